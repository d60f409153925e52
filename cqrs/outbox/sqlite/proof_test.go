package sqlite_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox/sqlite"
	"github.com/digcqrs/digcqrs/internal/outboxproof"
)

// durableSettings are those of a database that loses nothing when the power fails.
const durableSettings = "?_txlock=immediate&_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"

// proofTx is the transaction of a request.
type proofTx struct{ *sql.Tx }

func (t proofTx) Exec(ctx context.Context, statement string, args ...any) error {
	_, err := t.ExecContext(ctx, statement, args...)
	return err
}

// openProof opens the database of a proof.
func openProof(file string) (outboxproof.Database, error) {
	db, err := sql.Open("sqlite", "file:"+file+durableSettings)
	if err != nil {
		return outboxproof.Database{}, err
	}
	store, err := sqlite.NewStore(db)
	if err != nil {
		return outboxproof.Database{}, err
	}
	begin := func(ctx context.Context) (*sql.Tx, outboxproof.Tx, container.Finalizer, error) {
		tx, err := db.BeginTx(ctx, nil)
		return tx, proofTx{tx}, container.Transaction(tx, sql.ErrTxDone), err
	}
	return outboxproof.Database{
		Store: store,
		Provide: func(c *container.Container) error {
			return outboxproof.Provide(c, begin, func(tx *sql.Tx) cqrs.Journal { return sqlite.NewJournal(store, tx) })
		},
		InTx:   func(ctx context.Context, f func(cqrs.Journal) error) error { return inTx(ctx, db, store, f) },
		Table:  "proof_effects",
		Insert: "INSERT INTO proof_effects (handler, ordering_key, n) VALUES (?, ?, ?)",
		Query:  outboxproof.QuerySQL(db),
		Close:  func() { _ = db.Close() },
	}, nil
}

// newProof returns a new database for a proof, and its source.
func newProof(tb testing.TB) (db outboxproof.Database, source string) {
	source = filepath.Join(tb.TempDir(), "proof.db")
	raw, err := sql.Open("sqlite", "file:"+source+durableSettings)
	require.NoError(tb, err)
	newStore(tb, raw)
	_, err = raw.Exec("CREATE TABLE proof_effects (id INTEGER PRIMARY KEY, handler TEXT, ordering_key TEXT, n INTEGER)")
	require.NoError(tb, err)
	require.NoError(tb, raw.Close())
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

func BenchmarkStore(b *testing.B) {
	outboxproof.Benchmark(b, func(tb testing.TB) outboxproof.Database { db, _ := newProof(tb); return db },
		outboxproof.Setup{OneByOne: 1, Batches: 1})
}
