// Command durable_events shows events that survive a crash. It starts itself as another process,
// which stores events in a SQLite file and delivers them until it kills itself in the middle of a
// delivery. Then it starts that process again. In the end each effect is there exactly once.
//
//	go run ./examples/durable_events
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox/sqlite"
	_ "modernc.org/sqlite"
)

// JoinMeeting lets a user join the meeting.
type JoinMeeting struct {
	cqrs.Command
	User string
}

// UserJoined reports that a user has joined the meeting.
type UserJoined struct {
	cqrs.DomainEvent
	User string
}

// JoinMeetingHandler makes the user a member.
type JoinMeetingHandler struct {
	cqrs.EventRecorder
	tx *sql.Tx
}

func NewJoinMeetingHandler(tx *sql.Tx) *JoinMeetingHandler { return &JoinMeetingHandler{tx: tx} }

func (h *JoinMeetingHandler) Handle(ctx context.Context, c JoinMeeting) error {
	h.Record(UserJoined{User: c.User})
	_, err := h.tx.ExecContext(ctx, "INSERT INTO members VALUES (?)", c.User)
	return err
}

// Script is what happens when a user gets a seat, for the sake of this example.
type Script func(user string)

// SeatHandler takes a seat in the transaction of its delivery.
type SeatHandler struct {
	tx     *sql.Tx
	script Script
}

func NewSeatHandler(tx *sql.Tx, script Script) *SeatHandler { return &SeatHandler{tx, script} }

func (h *SeatHandler) Handle(ctx context.Context, e UserJoined) error {
	fmt.Printf("  seat for %s\n", e.User)
	if _, err := h.tx.ExecContext(ctx, "INSERT INTO seats VALUES (?)", e.User); err != nil {
		return err
	}
	h.script(e.User)
	return nil
}

// BeginTx is scoped: a command and its events share the transaction, and so do a delivery
// and its completion.
func BeginTx(ctx context.Context, db *sql.DB) (*sql.Tx, container.Finalizer, error) {
	tx, err := db.BeginTx(ctx, nil)
	return tx, container.Transaction(tx, sql.ErrTxDone), err
}

func commands(m *cqrs.RequestMap) { cqrs.BindCommand[*JoinMeetingHandler](m) }

func events(m *cqrs.EventMap) {
	cqrs.RegisterEvent(m, cqrs.EventType[UserJoined]{
		Name: "meeting.user_joined",
		Key:  func(UserJoined) string { return "the meeting" },
	})
	cqrs.BindEvent[*SeatHandler](m, cqrs.Durable("seats", cqrs.InOrder()))
}

// NewMediator wires the application.
func NewMediator(db *sql.DB, store *sqlite.Store, script Script) (*cqrs.Mediator, error) {
	c := container.New()
	err := errors.Join(
		c.ProvideAll(NewJoinMeetingHandler, NewSeatHandler),
		c.ProvideAll(func() *sql.DB { return db }, func() *sqlite.Store { return store }, func() Script { return script }),
		c.Provide(BeginTx, container.Scoped()),
		c.Provide(sqlite.NewJournal, container.Scoped()),
	)
	if err != nil {
		return nil, err
	}
	return bootstrap.New(c, commands, events)
}

func main() {
	var err error
	if len(os.Args) > 3 {
		err = work(context.Background(), os.Args[1], os.Args[2], os.Args[3:])
	} else {
		err = supervise()
	}
	if err != nil {
		log.Fatal(err)
	}
}
