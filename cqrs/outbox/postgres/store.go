package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/internal/sqloutbox"
)

// Store is the outbox of a PostgreSQL database that the application uses with pgx. It implements
// [outbox.Store], and is safe for concurrent use.
type Store struct{ store }

// store has the methods of [outbox.Store].
type store = *sqloutbox.Store

var _ outbox.Store = (*Store)(nil)

// NewStore returns the outbox in the database of a pool. It does not connect: call Migrate once before the
// store is used.
func NewStore(pool *pgxpool.Pool, opts ...Option) (*Store, error) {
	if pool == nil {
		return nil, invalid("the pool is nil; pass the result of pgxpool.New")
	}
	s, err := sqloutbox.New(database{executor{pool}, pool}, dialect(opts))
	if err != nil {
		return nil, err
	}
	return &Store{s}, nil
}

// Migrate creates the tables, or changes those of an older version. It is safe to call it from several
// processes at once, and does nothing if there is nothing to do. The files that it applies are in
// the folder migrations, for tools such as goose.
func (s *Store) Migrate(ctx context.Context) error { return s.store.Migrate(ctx) }

// NewJournal returns the journal of a transaction, in which a request records events and completes
// its delivery. The transaction must belong to the database of the store. If an argument is nil, the
// methods of the journal return an error.
func NewJournal(s *Store, tx pgx.Tx) cqrs.Journal {
	switch {
	case s == nil || s.store == nil:
		return sqloutbox.WithoutStore(pkg)
	case tx == nil:
		return sqloutbox.WithoutTransaction(pkg)
	}
	return s.Journal(executor{tx})
}
