package mysql_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"testing"

	driver "github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox/mysql"
	"github.com/digcqrs/digcqrs/internal/sqloutbox/storetest"
)

// newDatabase opens a new database, which is dropped when the test ends.
func newDatabase(t testing.TB) *sql.DB {
	server := openDB(t)
	name := fmt.Sprintf("outbox_test_%016x", rand.Uint64())
	_, err := server.ExecContext(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := server.ExecContext(context.Background(), "DROP DATABASE "+name)
		require.NoError(t, err)
	})
	config, err := driver.ParseDSN(dsn())
	require.NoError(t, err)
	config.DBName = name
	db, err := sql.Open("mysql", config.FormatDSN())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func TestStore_Tables(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t testing.TB) storetest.Tables {
		db := newDatabase(t)
		return storetest.Tables{
			New: func(t testing.TB) storetest.Store {
				s, err := mysql.NewStore(db)
				require.NoError(t, err)
				return s
			},
			Tx: func(ctx context.Context, s storetest.Store, f func(cqrs.Journal) error) error {
				return inTx(ctx, db, s.(*mysql.Store), f)
			},
			Exec: func(ctx context.Context, text string) error {
				_, err := db.ExecContext(ctx, text)
				return err
			},
		}
	})
}
