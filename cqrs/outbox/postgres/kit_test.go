package postgres_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
	"github.com/digcqrs/digcqrs/cqrs/outbox/postgres"
)

// defaultURL is where PostgreSQL runs unless DATABASE_URL says otherwise.
const defaultURL = "postgres://postgres@127.0.0.1:5432/test"

func databaseURL() string {
	if url := os.Getenv("DATABASE_URL"); url != "" {
		return url
	}
	return defaultURL
}

// pools are shared by all tests, since each test has a schema of its own.
var pools = sync.OnceValues(func() (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(databaseURL())
	if err != nil {
		return nil, err
	}
	config.MaxConns = 24
	config.ConnConfig.RuntimeParams["synchronous_commit"] = "off" // no test crashes the server
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return pool, pool.Ping(ctx)
})

// openPool returns a pool, or skips the test if there is no server.
func openPool(t testing.TB) *pgxpool.Pool {
	pool, err := pools()
	if err != nil && os.Getenv("CI") == "" {
		t.Skipf("PostgreSQL is not running at %s; set DATABASE_URL: %v", databaseURL(), err)
	}
	require.NoError(t, err, "CI is set, so PostgreSQL must run at %s", databaseURL())
	return pool
}

// databases is the same for database/sql.
var databases = sync.OnceValue(func() *sql.DB {
	pool, err := pools()
	if err != nil {
		return nil
	}
	db := stdlib.OpenDB(*pool.Config().ConnConfig)
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(16)
	return db
})

// openSQL returns the database for database/sql, or skips the test if there is no server.
func openSQL(t testing.TB) *sql.DB {
	openPool(t)
	return databases()
}

func openConfig(t testing.TB, config *pgx.ConnConfig) *sql.DB {
	db := stdlib.OpenDB(*config)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// newSchema returns the name of a schema that is dropped when the test ends.
func newSchema(t testing.TB) string {
	pool := openPool(t)
	schema := fmt.Sprintf("outbox_test_%016x", rand.Uint64())
	t.Cleanup(func() {
		_, err := pool.Exec(context.Background(), "DROP SCHEMA IF EXISTS "+schema+" CASCADE")
		require.NoError(t, err)
	})
	return schema
}

func newStore(t testing.TB, opts ...postgres.Option) *postgres.Store {
	s, err := postgres.NewStore(openPool(t), opts...)
	require.NoError(t, err)
	require.NoError(t, s.Migrate(context.Background()))
	return s
}

func newSQLStore(t testing.TB, db *sql.DB, opts ...postgres.Option) *postgres.SQLStore {
	s, err := postgres.NewSQLStore(db, opts...)
	require.NoError(t, err)
	require.NoError(t, s.Migrate(context.Background()))
	return s
}

// inTx runs f with the journal of a transaction.
func inTx(ctx context.Context, pool *pgxpool.Pool, s *postgres.Store, f func(cqrs.Journal) error) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if err := f(postgres.NewJournal(s, tx)); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// inSQLTx runs f with the journal of a transaction.
func inSQLTx(ctx context.Context, db *sql.DB, s *postgres.SQLStore, f func(cqrs.Journal) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := f(postgres.NewSQLJournal(s, tx)); err != nil {
		return err
	}
	return tx.Commit()
}

// behead makes no ordered delivery claimable.
func behead(t testing.TB, schema string) func(context.Context) error {
	return func(ctx context.Context) error {
		table := schema + ".outbox_deliveries"
		_, err := openPool(t).Exec(ctx, "UPDATE "+table+" SET claimable = false WHERE ordering_key IS NOT NULL")
		return err
	}
}

func database(t *testing.T) outboxtest.Database {
	schema := newSchema(t)
	store := newStore(t, postgres.WithSchema(schema))
	return outboxtest.Database{
		Store:  store,
		Other:  newStore(t, postgres.WithSchema(schema)),
		Tx:     func(ctx context.Context, f func(cqrs.Journal) error) error { return inTx(ctx, openPool(t), store, f) },
		Behead: behead(t, schema),
	}
}

func sqlDatabase(t *testing.T) outboxtest.Database {
	schema := newSchema(t)
	db := openSQL(t)
	store := newSQLStore(t, db, postgres.WithSchema(schema))
	return outboxtest.Database{
		Store:  store,
		Other:  newStore(t, postgres.WithSchema(schema)),
		Tx:     func(ctx context.Context, f func(cqrs.Journal) error) error { return inSQLTx(ctx, db, store, f) },
		Behead: behead(t, schema),
	}
}
