package sqlite_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
	"github.com/digcqrs/digcqrs/cqrs/outbox/sqlite"
)

// settings are those of a database that suits an outbox.
const settings = "?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)"

// openDB opens a file until the test ends.
func openDB(t testing.TB, file, settings string) *sql.DB {
	db, err := sql.Open("sqlite", "file:"+file+settings)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// newDB opens a new database.
func newDB(t testing.TB) *sql.DB { return openDB(t, filepath.Join(t.TempDir(), "outbox.db"), settings) }

// newStore returns a store that is ready.
func newStore(t testing.TB, db *sql.DB, opts ...sqlite.Option) *sqlite.Store {
	s, err := sqlite.NewStore(db, opts...)
	require.NoError(t, err)
	require.NoError(t, s.Migrate(context.Background()))
	return s
}

// inTx runs f with the journal of a transaction.
func inTx(ctx context.Context, db *sql.DB, s *sqlite.Store, f func(cqrs.Journal) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := f(sqlite.NewJournal(s, tx)); err != nil {
		return err
	}
	return tx.Commit()
}

func database(t *testing.T) outboxtest.Database {
	file := filepath.Join(t.TempDir(), "outbox.db")
	db := openDB(t, file, settings)
	store := newStore(t, db)
	return outboxtest.Database{
		Store: store,
		Other: newStore(t, openDB(t, file, settings)),
		Tx:    func(ctx context.Context, f func(cqrs.Journal) error) error { return inTx(ctx, db, store, f) },
		Behead: func(ctx context.Context) error {
			_, err := db.ExecContext(ctx, "UPDATE outbox_deliveries SET claimable = 0 WHERE ordering_key IS NOT NULL")
			return err
		},
	}
}
