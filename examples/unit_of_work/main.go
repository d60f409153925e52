// Command unit_of_work shows a command and its event handlers in one database
// transaction, which is committed or rolled back as a whole. The database is
// SQLite in memory; the program is a module of its own, so that nothing else
// depends on the driver.
//
//	go run ./examples/unit_of_work
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
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

// Room holds the numbers of members and of taken seats.
type Room struct{ Members, Taken int }

// ReadRoom returns the state of the room.
type ReadRoom struct{ cqrs.Query[Room] }

// BeginTx is scoped: the command and the handlers of its events share the
// transaction. That of a query is read-only if the driver supports that; the one for SQLite
// ignores it. If the caller's context ends first, database/sql has already rolled back;
// sql.ErrTxDone says so.
func BeginTx(ctx context.Context, b *cqrs.Binding, db *sql.DB) (*sql.Tx, container.Finalizer, error) {
	query := b != nil && b.Kind() == cqrs.KindQuery
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: query})
	return tx, container.Transaction(tx, sql.ErrTxDone), err
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

// UserJoinedHandler takes a seat, and fails if there is none left.
type UserJoinedHandler struct{ tx *sql.Tx }

func NewUserJoinedHandler(tx *sql.Tx) *UserJoinedHandler { return &UserJoinedHandler{tx: tx} }

func (h *UserJoinedHandler) Handle(ctx context.Context, _ UserJoined) error {
	_, err := h.tx.ExecContext(ctx, "UPDATE room SET taken = taken + 1")
	return err
}

func NewReadRoomHandler(tx *sql.Tx) cqrs.RequestFunc[ReadRoom, Room] {
	return func(ctx context.Context, _ ReadRoom) (r Room, err error) {
		row := tx.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM members), taken FROM room")
		err = row.Scan(&r.Members, &r.Taken)
		return r, err
	}
}

func commands(m *cqrs.RequestMap) { cqrs.BindCommand[*JoinMeetingHandler](m) }

func events(m *cqrs.EventMap) { cqrs.BindEvent[*UserJoinedHandler](m) }

func queries(m *cqrs.RequestMap) { cqrs.BindRequest[cqrs.RequestFunc[ReadRoom, Room]](m) }

// NewMediator wires the application.
func NewMediator(c *container.Container) (*cqrs.Mediator, error) {
	err := errors.Join(
		c.ProvideAll(OpenDatabase, NewJoinMeetingHandler, NewUserJoinedHandler, NewReadRoomHandler),
		c.Provide(BeginTx, container.Scoped()),
	)
	if err != nil {
		return nil, err
	}
	return bootstrap.New(c, commands, events, bootstrap.WithQueries(queries))
}

func main() {
	c := container.New()
	mediator, err := NewMediator(c)
	if err != nil {
		log.Fatal(err)
	}
	for _, user := range []string{"1", "2", "3"} {
		if err := mediator.Send(context.Background(), JoinMeeting{User: user}); err != nil {
			fmt.Printf("User %s: rolled back: %v\n", user, err)
			continue
		}
		fmt.Printf("User %s: committed\n", user)
	}
	room, err := cqrs.Send(context.Background(), mediator, ReadRoom{})
	if err := errors.Join(err, c.Close(context.Background())); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("There are %d members in %d seats\n", room.Members, room.Taken)
}
