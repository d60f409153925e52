package mysql_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox/mysql"
	"github.com/digcqrs/digcqrs/internal/outboxproof"
)

// proofTx is the transaction of a request.
type proofTx struct{ *sql.Tx }

func (t proofTx) Exec(ctx context.Context, statement string, args ...any) error {
	_, err := t.ExecContext(ctx, statement, args...)
	return err
}

// openProof opens the database of a proof, whose tables have a prefix.
func openProof(prefix string) (outboxproof.Database, error) {
	db, err := sql.Open("mysql", dsn())
	if err != nil {
		return outboxproof.Database{}, err
	}
	db.SetMaxIdleConns(40)
	store, err := mysql.NewStore(db, mysql.WithPrefix(prefix))
	if err != nil {
		return outboxproof.Database{}, err
	}
	begin := func(ctx context.Context) (*sql.Tx, outboxproof.Tx, container.Finalizer, error) {
		tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
		return tx, proofTx{tx}, container.Transaction(tx, sql.ErrTxDone), err
	}
	table := prefix + "effects"
	return outboxproof.Database{
		Store: store,
		Provide: func(c *container.Container) error {
			return outboxproof.Provide(c, begin, func(tx *sql.Tx) cqrs.Journal { return mysql.NewJournal(store, tx) })
		},
		InTx:   func(ctx context.Context, f func(cqrs.Journal) error) error { return inTx(ctx, db, store, f) },
		Table:  table,
		Insert: "INSERT INTO " + table + " (handler, ordering_key, n) VALUES (?, ?, ?)",
		Query:  outboxproof.QuerySQL(db),
		Close:  func() { _ = db.Close() },
	}, nil
}

// newProof returns a new database for a proof, and its source.
func newProof(tb testing.TB) (db outboxproof.Database, source string) {
	raw := openDB(tb)
	source = newPrefix(tb, raw)
	newStore(tb, raw, mysql.WithPrefix(source))
	_, err := raw.Exec("CREATE TABLE " + source + "effects (id BIGINT AUTO_INCREMENT PRIMARY KEY, " +
		"handler VARCHAR(50), ordering_key VARCHAR(50), n INT)")
	require.NoError(tb, err)
	db, err = openProof(source)
	require.NoError(tb, err)
	tb.Cleanup(func() {
		db.Close()
		_, err := raw.Exec("DROP TABLE " + source + "effects")
		require.NoError(tb, err)
	})
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
