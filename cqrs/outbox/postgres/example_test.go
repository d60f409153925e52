package postgres_test

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/postgres"
)

// UserJoined reports that a user has joined a meeting.
type UserJoined struct {
	cqrs.DomainEvent
	Meeting, User string
}

// SeatHandler takes a seat in the transaction of its delivery.
type SeatHandler struct{ tx pgx.Tx }

func NewSeatHandler(tx pgx.Tx) *SeatHandler { return &SeatHandler{tx} }

func (h *SeatHandler) Handle(ctx context.Context, e UserJoined) error {
	_, err := h.tx.Exec(ctx, "INSERT INTO seats VALUES ($1, $2)", e.Meeting, e.User)
	return err
}

// BeginTx is scoped: a request and its events share the transaction, and so do a delivery and its
// completion.
func BeginTx(ctx context.Context, pool *pgxpool.Pool) (pgx.Tx, container.Finalizer, error) {
	tx, err := pool.Begin(ctx)
	return tx, container.TransactionContext(tx, pgx.ErrTxClosed), err
}

func events(m *cqrs.EventMap) {
	cqrs.RegisterEvent(m, cqrs.EventType[UserJoined]{
		Name: "meeting.user_joined",
		Key:  func(e UserJoined) string { return e.Meeting },
	})
	cqrs.BindEvent[*SeatHandler](m, cqrs.Durable("seats", cqrs.InOrder()))
}

// NewMediator wires the application.
func NewMediator(pool *pgxpool.Pool, store *postgres.Store) (*cqrs.Mediator, error) {
	c := container.New()
	err := errors.Join(
		c.ProvideAll(NewSeatHandler, func() *pgxpool.Pool { return pool }, func() *postgres.Store { return store }),
		c.Provide(BeginTx, container.Scoped()),
		c.Provide(postgres.NewJournal, container.Scoped()),
	)
	if err != nil {
		return nil, err
	}
	return bootstrap.New(c, nil, events)
}

// Serve delivers events until ctx ends, when the process is to stop.
func Serve(ctx context.Context, pool *pgxpool.Pool) error {
	store, err := postgres.NewStore(pool)
	if err != nil {
		return err
	}
	if err := store.Migrate(ctx); err != nil {
		return err
	}
	mediator, err := NewMediator(pool, store)
	if err != nil {
		return err
	}
	relay, err := outbox.NewRelay(store, mediator, outbox.Workers(16))
	if err != nil {
		return err
	}
	return relay.Run(ctx)
}

// BeginSQLTx is the same with database/sql.
func BeginSQLTx(ctx context.Context, db *sql.DB) (*sql.Tx, container.Finalizer, error) {
	tx, err := db.BeginTx(ctx, nil)
	return tx, container.Transaction(tx, sql.ErrTxDone), err
}

// ProvideSQL provides what an outbox needs with database/sql.
func ProvideSQL(c *container.Container, db *sql.DB) error {
	return errors.Join(
		c.Provide(func() *sql.DB { return db }),
		c.Provide(func(db *sql.DB) (*postgres.SQLStore, error) { return postgres.NewSQLStore(db) }),
		c.Provide(BeginSQLTx, container.Scoped()),
		c.Provide(postgres.NewSQLJournal, container.Scoped()),
	)
}
