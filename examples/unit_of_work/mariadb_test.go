package main_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zaptest"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	program "github.com/digcqrs/digcqrs/examples/unit_of_work"
)

// defaultDSN is where MariaDB runs unless MYSQL_DSN says otherwise.
const defaultDSN = "root@tcp(127.0.0.1:3306)/test"

// refused is the code of the error "Cannot execute statement in a READ ONLY transaction".
const refused = 1792

// connect returns a database of MariaDB. It skips the test if there is none.
func connect(t *testing.T) *sql.DB {
	t.Helper()
	dsn := os.Getenv("MYSQL_DSN")
	if dsn == "" {
		dsn = defaultDSN
	}
	db, err := sql.Open("mysql", dsn)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := db.PingContext(ctx); err != nil {
		if os.Getenv("CI") != "" {
			require.NoError(t, err, "CI is set, so MariaDB must run at %s", dsn)
		}
		t.Skipf("MariaDB is not running at %s; set MYSQL_DSN: %v", dsn, err)
	}
	return db
}

type (
	Register  struct{ cqrs.Command }
	Registers struct{ cqrs.Query[int] }
)

// MariaDB refuses what a query writes, with the BeginTx of the program.
func TestBeginTx_MariaDB(t *testing.T) {
	db := connect(t)
	ctx := t.Context()
	const table = "digcqrs_read_only"
	_, err := db.ExecContext(ctx, "CREATE OR REPLACE TABLE "+table+" (n INTEGER)")
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := db.ExecContext(context.WithoutCancel(ctx), "DROP TABLE "+table)
		assert.NoError(t, err)
	})

	var read int
	c := container.New()
	insert := func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO "+table+" VALUES (1)")
		return err
	}
	require.NoError(t, errors.Join(
		c.Provide(func() *sql.DB { return db }),
		c.Provide(program.BeginTx, container.Scoped()),
		c.ProvideAll(func(tx *sql.Tx) cqrs.CommandFunc[Register] {
			return func(ctx context.Context, _ Register) error { return insert(ctx, tx) }
		}, func(tx *sql.Tx) cqrs.RequestFunc[Registers, int] {
			return func(ctx context.Context, _ Registers) (int, error) {
				if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&read); err != nil {
					return 0, err
				}
				return read, insert(ctx, tx)
			}
		}),
	))
	m, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[cqrs.CommandFunc[Register]](m)
		cqrs.BindRequest[cqrs.RequestFunc[Registers, int]](m)
	}, nil, bootstrap.WithLogger(zaptest.NewLogger(t)))
	require.NoError(t, err)

	require.NoError(t, m.Send(ctx, Register{}))
	_, err = cqrs.Send(ctx, m, Registers{})
	assert.Equal(t, 1, read, "the query may read")
	var failure *mysql.MySQLError
	require.ErrorAs(t, err, &failure)
	assert.EqualValues(t, refused, failure.Number)
	require.NoError(t, db.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&read))
	assert.Equal(t, 1, read, "the query has written nothing")
}
