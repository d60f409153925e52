package postgres_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox/postgres"
	"github.com/digcqrs/digcqrs/internal/outboxproof"
)

// proofTx is the transaction of a request.
type proofTx struct{ pgx.Tx }

func (t proofTx) Exec(ctx context.Context, statement string, args ...any) error {
	_, err := t.Tx.Exec(ctx, statement, args...)
	return err
}

// end ends the transaction whatever the context of the request.
type end struct{ pgx.Tx }

func (t end) Commit() error   { return t.Tx.Commit(context.Background()) }
func (t end) Rollback() error { return t.Tx.Rollback(context.Background()) }

// openProof opens the database of a proof, whose tables are in a schema.
func openProof(schema string) (outboxproof.Database, error) {
	config, err := pgxpool.ParseConfig(databaseURL())
	if err != nil {
		return outboxproof.Database{}, err
	}
	config.MaxConns = 40
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return outboxproof.Database{}, err
	}
	store, err := postgres.NewStore(pool, postgres.WithSchema(schema))
	if err != nil {
		return outboxproof.Database{}, err
	}
	begin := func(ctx context.Context) (pgx.Tx, outboxproof.Tx, container.Finalizer, error) {
		tx, err := pool.Begin(ctx)
		return tx, proofTx{tx}, container.Transaction(end{tx}, pgx.ErrTxClosed), err
	}
	table := schema + ".proof_effects"
	return outboxproof.Database{
		Store: store,
		Provide: func(c *container.Container) error {
			return outboxproof.Provide(c, begin, func(tx pgx.Tx) cqrs.Journal { return postgres.NewJournal(store, tx) })
		},
		InTx:   func(ctx context.Context, f func(cqrs.Journal) error) error { return inTx(ctx, pool, store, f) },
		Table:  table,
		Insert: "INSERT INTO " + table + " (handler, ordering_key, n) VALUES ($1, $2, $3)",
		Query:  query(pool),
		Close:  pool.Close,
	}, nil
}

func query(pool *pgxpool.Pool) func(context.Context, string, func(func(...any) error) error) error {
	return func(ctx context.Context, query string, scan func(func(...any) error) error) error {
		rows, err := pool.Query(ctx, query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := scan(rows.Scan); err != nil {
				return err
			}
		}
		return rows.Err()
	}
}

// newProof returns a new database for a proof, and its source.
func newProof(tb testing.TB) (db outboxproof.Database, source string) {
	source = newSchema(tb)
	newStore(tb, postgres.WithSchema(source))
	_, err := openPool(tb).Exec(context.Background(), "CREATE TABLE "+source+
		".proof_effects (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, handler TEXT, ordering_key TEXT, n INT)")
	require.NoError(tb, err)
	db, err = openProof(source)
	require.NoError(tb, err)
	tb.Cleanup(db.Close)
	return db, source
}

func TestMain(m *testing.M) { outboxproof.Main(m, openProof) }

func TestStore_Kill(t *testing.T) {
	db, source := newProof(t)
	outboxproof.Kill(t, db, source)
}

func TestStore_Suspend(t *testing.T) { outboxproof.Suspend(t, newProof) }

func BenchmarkStore(b *testing.B) {
	outboxproof.Benchmark(b, func(tb testing.TB) outboxproof.Database { db, _ := newProof(tb); return db },
		outboxproof.Setup{OneByOne: 16, Batches: 4})
}
