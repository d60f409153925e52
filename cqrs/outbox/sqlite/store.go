package sqlite

import (
	"context"
	"database/sql"
	"embed"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/internal/sqloutbox"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is the outbox of a SQLite database. It implements [outbox.Store], and is safe
// for concurrent use.
type Store struct {
	store
	db *sqloutbox.SQL
}

// store has the methods of [outbox.Store].
type store = *sqloutbox.Store

var _ outbox.Store = (*Store)(nil)

// NewStore returns the outbox in a database. It returns an error if the settings of its connections
// do not suit an outbox; see the package documentation. It writes nothing: call Migrate once
// before the store is used.
func NewStore(db *sql.DB, opts ...Option) (*Store, error) {
	if db == nil {
		return nil, invalid("the database is nil; pass the result of sql.Open")
	}
	names := sqloutbox.Names{Prefix: sqloutbox.DefaultPrefix, Quote: `"`}
	for _, o := range opts {
		if o != nil {
			o.apply(&names)
		}
	}
	sqlDB := sqloutbox.NewSQL(db, sqloutbox.SQLOptions{})
	s, err := sqloutbox.New(sqlDB, &sqloutbox.Dialect{
		Package:    pkg,
		Names:      names,
		Migrations: migrations,
		Statements: statements,
		Retry:      func(error) bool { return false }, // busy_timeout does it
	})
	if err != nil {
		return nil, err
	}
	if err := checkSettings(context.Background(), db); err != nil {
		return nil, err
	}
	return &Store{store: s, db: sqlDB}, nil
}

// Migrate creates the tables, or changes those of an older version. It is safe to call it from several
// processes at once, and does nothing if there is nothing to do. The files that it applies are in
// the folder migrations, for tools such as goose.
func (s *Store) Migrate(ctx context.Context) error { return s.store.Migrate(ctx) }

// SingleWriter returns true: since SQLite has one writer at a time, a relay makes one delivery at a
// time.
func (s *Store) SingleWriter() bool { return true }

// NewJournal returns the journal of a transaction, in which a request records events and completes
// its delivery. The transaction must belong to the database of the store. If an argument is nil, the
// methods of the journal return an error.
func NewJournal(s *Store, tx *sql.Tx) cqrs.Journal {
	switch {
	case s == nil || s.store == nil:
		return sqloutbox.WithoutStore(pkg)
	case tx == nil:
		return sqloutbox.WithoutTransaction(pkg)
	}
	return s.Journal(s.db.Tx(tx))
}
