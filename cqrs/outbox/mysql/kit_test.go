package mysql_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox/mysql"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

// defaultDSN is where MariaDB or MySQL runs unless MYSQL_DSN says otherwise.
const defaultDSN = "root@tcp(127.0.0.1:3306)/test"

func dsn() string {
	if dsn := os.Getenv("MYSQL_DSN"); dsn != "" {
		return dsn
	}
	return defaultDSN
}

// openDB opens the database until the test ends, or skips the test if there is no server.
func openDB(t testing.TB) *sql.DB {
	db, err := sql.Open("mysql", dsn())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(16)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := db.PingContext(ctx); err != nil {
		if os.Getenv("CI") != "" {
			require.NoError(t, err, "CI is set, so MariaDB or MySQL must run at %s", dsn())
		}
		t.Skipf("MariaDB or MySQL is not running at %s; set MYSQL_DSN: %v", dsn(), err)
	}
	return db
}

// newPrefix returns a prefix for tables that are dropped when the test ends.
func newPrefix(t testing.TB, db *sql.DB) string {
	prefix := fmt.Sprintf("t%016x_", rand.Uint64())
	t.Cleanup(func() {
		for _, table := range []string{"events", "deliveries", "meta", "locks", "paused"} {
			_, err := db.Exec("DROP TABLE IF EXISTS " + prefix + table)
			require.NoError(t, err)
		}
	})
	return prefix
}

func newStore(t testing.TB, db *sql.DB, opts ...mysql.Option) *mysql.Store {
	s, err := mysql.NewStore(db, opts...)
	require.NoError(t, err)
	require.NoError(t, s.Migrate(context.Background()))
	return s
}

// inTx runs f with the journal of a transaction, and again after a deadlock.
func inTx(ctx context.Context, db *sql.DB, s *mysql.Store, f func(cqrs.Journal) error) error {
	for {
		err := inOneTx(ctx, db, s, f)
		if e, ok := err.(*driver.MySQLError); !ok || e.Number != 1213 {
			return err
		}
	}
}

func inOneTx(ctx context.Context, db *sql.DB, s *mysql.Store, f func(cqrs.Journal) error) error {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := f(mysql.NewJournal(s, tx)); err != nil {
		return err
	}
	return tx.Commit()
}

func database(t *testing.T) outboxtest.Database {
	db := openDB(t)
	prefix := newPrefix(t, db)
	store := newStore(t, db, mysql.WithPrefix(prefix))
	return outboxtest.Database{
		Store: store,
		Other: newStore(t, db, mysql.WithPrefix(prefix)),
		Tx:    func(ctx context.Context, f func(cqrs.Journal) error) error { return inTx(ctx, db, store, f) },
		Behead: func(ctx context.Context) error {
			_, err := db.ExecContext(ctx, "UPDATE "+prefix+"deliveries SET claimable = 0 WHERE ordering_key IS NOT NULL")
			return err
		},
	}
}
