package postgres

import (
	"context"
	"database/sql"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/internal/sqloutbox"
)

// SQLStore is the outbox of a PostgreSQL database that the application uses with database/sql. It
// implements [outbox.Store], and is safe for concurrent use. Its tables are those of a [Store].
type SQLStore struct {
	store
	db *sqloutbox.SQL
}

var _ outbox.Store = (*SQLStore)(nil)

// NewSQLStore returns the outbox in a database, with any driver. It does not connect: call Migrate once
// before the store is used.
func NewSQLStore(db *sql.DB, opts ...Option) (*SQLStore, error) {
	if db == nil {
		return nil, invalid("the database is nil; pass the result of sql.Open")
	}
	// Statements after a lock must see what others have committed meanwhile.
	sqlDB := sqloutbox.NewSQL(db, sqloutbox.SQLOptions{Isolation: sql.LevelReadCommitted})
	s, err := sqloutbox.New(sqlDB, dialect(opts))
	if err != nil {
		return nil, err
	}
	return &SQLStore{s, sqlDB}, nil
}

// Migrate is like [Store.Migrate].
func (s *SQLStore) Migrate(ctx context.Context) error { return s.store.Migrate(ctx) }

// NewSQLJournal is like [NewJournal].
func NewSQLJournal(s *SQLStore, tx *sql.Tx) cqrs.Journal {
	switch {
	case s == nil || s.store == nil:
		return sqloutbox.WithoutStore(pkg)
	case tx == nil:
		return sqloutbox.WithoutTransaction(pkg)
	}
	return s.Journal(s.db.Tx(tx))
}
