package mysql_test

import (
	"context"
	"database/sql"
	"errors"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/mysql"
)

// UserJoined reports that a user has joined a meeting.
type UserJoined struct {
	cqrs.DomainEvent
	Meeting, User string
}

// SeatHandler takes a seat in the transaction of its delivery.
type SeatHandler struct{ tx *sql.Tx }

func NewSeatHandler(tx *sql.Tx) *SeatHandler { return &SeatHandler{tx} }

func (h *SeatHandler) Handle(ctx context.Context, e UserJoined) error {
	_, err := h.tx.ExecContext(ctx, "INSERT INTO seats VALUES (?, ?)", e.Meeting, e.User)
	return err
}

// BeginTx is scoped: a request and its events share the transaction, and so do a delivery and its
// completion.
func BeginTx(ctx context.Context, db *sql.DB) (*sql.Tx, container.Finalizer, error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	return tx, container.Transaction(tx, sql.ErrTxDone), err
}

func events(m *cqrs.EventMap) {
	cqrs.RegisterEvent(m, cqrs.EventType[UserJoined]{
		Name: "meeting.user_joined",
		Key:  func(e UserJoined) string { return e.Meeting },
	})
	cqrs.BindEvent[*SeatHandler](m, cqrs.Durable("seats", cqrs.InOrder()))
}

// NewMediator wires the application.
func NewMediator(db *sql.DB, store *mysql.Store) (*cqrs.Mediator, error) {
	c := container.New()
	err := errors.Join(
		c.ProvideAll(NewSeatHandler, func() *sql.DB { return db }, func() *mysql.Store { return store }),
		c.Provide(BeginTx, container.Scoped()),
		c.Provide(mysql.NewJournal, container.Scoped()),
	)
	if err != nil {
		return nil, err
	}
	return bootstrap.New(c, nil, events)
}

// Serve delivers events until ctx ends, when the process is to stop.
func Serve(ctx context.Context, db *sql.DB) error {
	store, err := mysql.NewStore(db)
	if err != nil {
		return err
	}
	if err := store.Migrate(ctx); err != nil {
		return err
	}
	mediator, err := NewMediator(db, store)
	if err != nil {
		return err
	}
	relay, err := outbox.NewRelay(store, mediator, outbox.Workers(16))
	if err != nil {
		return err
	}
	return relay.Run(ctx)
}
