// Package meetings is the application whose tests are the example.
package meetings

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox/sqlite"
)

// JoinMeeting lets a user join a meeting.
type JoinMeeting struct {
	cqrs.Command
	Meeting, User string
}

// CountMembers asks how many users have joined a meeting.
type CountMembers struct {
	cqrs.Query[int]
	Meeting string
}

// UserJoined reports that a user has joined a meeting.
type UserJoined struct {
	cqrs.DomainEvent
	Meeting, User string
}

// ErrFull is the error of JoinMeeting if the meeting has enough members.
var ErrFull = errors.New("the meeting is full")

const seats = 2

// JoinMeetingHandler makes the user a member unless the meeting is full.
type JoinMeetingHandler struct {
	cqrs.EventRecorder
	tx     *sql.Tx
	sender cqrs.Sender
}

func NewJoinMeetingHandler(tx *sql.Tx, sender cqrs.Sender) *JoinMeetingHandler {
	return &JoinMeetingHandler{tx: tx, sender: sender}
}

func (h *JoinMeetingHandler) Handle(ctx context.Context, c JoinMeeting) error {
	members, err := cqrs.Send(ctx, h.sender, CountMembers{Meeting: c.Meeting})
	if err != nil {
		return err
	}
	if members >= seats {
		return ErrFull
	}
	h.Record(UserJoined{Meeting: c.Meeting, User: c.User})
	_, err = h.tx.ExecContext(ctx, "INSERT INTO members VALUES (?, ?)", c.Meeting, c.User)
	return err
}

// CountMembersHandler counts in the transaction of the request.
type CountMembersHandler struct{ tx *sql.Tx }

func NewCountMembersHandler(tx *sql.Tx) *CountMembersHandler { return &CountMembersHandler{tx} }

func (h *CountMembersHandler) Handle(ctx context.Context, q CountMembers) (n int, err error) {
	err = h.tx.QueryRowContext(ctx, "SELECT count(*) FROM members WHERE meeting = ?", q.Meeting).Scan(&n)
	return n, err
}

// RoomProjection keeps the number of taken seats, in the transaction of the command.
type RoomProjection struct{ tx *sql.Tx }

func NewRoomProjection(tx *sql.Tx) *RoomProjection { return &RoomProjection{tx} }

func (h *RoomProjection) Handle(ctx context.Context, e UserJoined) error {
	_, err := h.tx.ExecContext(ctx, `INSERT INTO rooms VALUES (?, 1)
		ON CONFLICT (meeting) DO UPDATE SET taken = taken + 1`, e.Meeting)
	return err
}

// Mailer sends mail.
type Mailer interface {
	Send(ctx context.Context, to, text string) error
}

// WelcomeMail welcomes a user when the command has committed.
type WelcomeMail struct{ mailer Mailer }

func NewWelcomeMail(m Mailer) *WelcomeMail { return &WelcomeMail{m} }

func (h *WelcomeMail) Handle(ctx context.Context, e UserJoined) error {
	return h.mailer.Send(ctx, e.User, "welcome to "+e.Meeting)
}

// Statistics counts users, whatever happens to the process.
type Statistics struct{ tx *sql.Tx }

func NewStatistics(tx *sql.Tx) *Statistics { return &Statistics{tx} }

func (h *Statistics) Handle(ctx context.Context, _ UserJoined) error {
	_, err := h.tx.ExecContext(ctx, "UPDATE statistics SET joined = joined + 1")
	return err
}

// Commands binds the commands and queries.
func Commands(m *cqrs.RequestMap) {
	cqrs.BindCommand[*JoinMeetingHandler](m)
	cqrs.BindRequest[*CountMembersHandler](m)
}

// Events binds the events.
func Events(m *cqrs.EventMap) {
	cqrs.RegisterEvent(m, cqrs.EventType[UserJoined]{Name: "meeting.user_joined"})
	cqrs.BindEvent[*RoomProjection](m)
	cqrs.BindEvent[*WelcomeMail](m, cqrs.AfterScope())
	cqrs.BindEvent[*Statistics](m, cqrs.Durable("statistics"))
}

// BeginTx is scoped: a command and its events share the transaction.
func BeginTx(ctx context.Context, db *sql.DB) (*sql.Tx, container.Finalizer, error) {
	tx, err := db.BeginTx(ctx, nil)
	return tx, container.Transaction(tx, sql.ErrTxDone), err
}

// NewContainer returns the constructors of the application.
func NewContainer(db *sql.DB, store *sqlite.Store) (*container.Container, error) {
	c := container.New()
	return c, errors.Join(
		c.ProvideAll(NewJoinMeetingHandler, NewCountMembersHandler, NewRoomProjection, NewWelcomeMail, NewStatistics),
		c.ProvideAll(func() *sql.DB { return db }, func() *sqlite.Store { return store }, newPrinter),
		c.Provide(BeginTx, container.Scoped()),
		c.Provide(sqlite.NewJournal, container.Scoped()),
	)
}

// printer prints mail.
type printer struct{}

func newPrinter() Mailer { return printer{} }

func (printer) Send(_ context.Context, to, text string) error {
	fmt.Printf("mail to %s: %s\n", to, text)
	return nil
}
