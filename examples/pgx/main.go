// Command pgx shows a unit of work with pgx: a command and the handler of its event in one
// transaction of PostgreSQL, and a query in a read-only transaction. It needs a
// server:
//
//	DATABASE_URL=postgres://postgres@127.0.0.1:5432/test go run ./examples/pgx
//
// The program is a module of its own, so that nothing else depends on the driver.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// BeginTx is scoped. The transaction of a query is read-only.
func BeginTx(ctx context.Context, b *cqrs.Binding, pool *pgxpool.Pool) (pgx.Tx, container.Finalizer, error) {
	var options pgx.TxOptions
	if b != nil && b.Kind() == cqrs.KindQuery {
		options.AccessMode = pgx.ReadOnly
	}
	tx, err := pool.BeginTx(ctx, options)
	return tx, container.TransactionContext(tx, pgx.ErrTxClosed), err
}

// JoinMeeting makes a user a member.
type JoinMeeting struct {
	cqrs.Command
	User string
}

// UserJoined reports that a user has joined the meeting.
type UserJoined struct{ cqrs.DomainEvent }

// CountMembers returns the number of members.
type CountMembers struct{ cqrs.Query[int] }

type JoinMeetingHandler struct {
	cqrs.EventRecorder
	tx pgx.Tx
}

func NewJoinMeetingHandler(tx pgx.Tx) *JoinMeetingHandler { return &JoinMeetingHandler{tx: tx} }

func (h *JoinMeetingHandler) Handle(ctx context.Context, c JoinMeeting) error {
	h.Record(UserJoined{})
	_, err := h.tx.Exec(ctx, "INSERT INTO members VALUES ($1)", c.User)
	return err
}

func NewUserJoinedHandler(tx pgx.Tx) cqrs.EventFunc[UserJoined] {
	return func(ctx context.Context, _ UserJoined) error {
		_, err := tx.Exec(ctx, "UPDATE room SET taken = taken + 1")
		return err
	}
}

func NewCountMembersHandler(tx pgx.Tx) cqrs.RequestFunc[CountMembers, int] {
	return func(ctx context.Context, _ CountMembers) (n int, err error) {
		err = tx.QueryRow(ctx, "SELECT count(*) FROM members").Scan(&n)
		return n, err
	}
}

func requests(m *cqrs.RequestMap) {
	cqrs.BindCommand[*JoinMeetingHandler](m)
	cqrs.BindRequest[cqrs.RequestFunc[CountMembers, int]](m)
}

func events(m *cqrs.EventMap) { cqrs.BindEvent[cqrs.EventFunc[UserJoined]](m) }

// NewMediator wires the application.
func NewMediator(c *container.Container) (*cqrs.Mediator, error) {
	err := errors.Join(
		c.ProvideAll(OpenPool, NewJoinMeetingHandler, NewUserJoinedHandler, NewCountMembersHandler),
		c.Provide(BeginTx, container.Scoped()),
	)
	if err != nil {
		return nil, err
	}
	return bootstrap.New(c, requests, events)
}

func main() {
	c := container.New()
	mediator, err := NewMediator(c)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	for _, user := range []string{"Ann", "Bob", "Cid"} {
		fmt.Printf("%s: %v\n", user, mediator.Send(ctx, JoinMeeting{User: user}))
	}
	members, err := cqrs.Send(ctx, mediator, CountMembers{})
	if err := errors.Join(err, c.Close(ctx)); err != nil {
		log.Fatal(err)
	}
	fmt.Println("members:", members)
}
