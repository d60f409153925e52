// Command quickstart is the program in README.md: a command with a result, the handler of its
// event, and the transaction that both share.
//
//	go run ./docs/quickstart
package main

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type JoinMeeting struct {
	cqrs.CommandOf[string] // returns a link
	User                   string
}

type UserJoined struct {
	cqrs.DomainEvent
	User string
}

type Tx struct{} // stands in for *sql.Tx

func BeginTx() (*Tx, container.Finalizer) { // runs once per request
	tx := &Tx{}
	return tx, container.Transaction(tx)
}

func (*Tx) Insert(table, user string) { fmt.Println("insert", user, "into", table) }
func (*Tx) Commit() error             { fmt.Println("commit"); return nil }
func (*Tx) Rollback() error           { fmt.Println("roll back"); return nil }

type JoinMeetingHandler struct {
	cqrs.EventRecorder
	tx *Tx
}

func NewJoinMeetingHandler(tx *Tx) *JoinMeetingHandler { return &JoinMeetingHandler{tx: tx} }

func (h *JoinMeetingHandler) Handle(ctx context.Context, c JoinMeeting) (string, error) {
	h.tx.Insert("members", c.User)
	h.Record(UserJoined{User: c.User})
	return "https://meet.example/" + c.User, nil
}

type SeatHandler struct{ tx *Tx }

func NewSeatHandler(tx *Tx) *SeatHandler { return &SeatHandler{tx: tx} }

func (h *SeatHandler) Handle(ctx context.Context, e UserJoined) error {
	if e.User == "Bob" {
		return errors.New("the room is full")
	}
	h.tx.Insert("seats", e.User)
	return nil
}

func commands(m *cqrs.RequestMap) { cqrs.BindRequest[*JoinMeetingHandler](m) }
func events(m *cqrs.EventMap)     { cqrs.BindEvent[*SeatHandler](m) }

func main() {
	c := container.New()
	err := errors.Join(
		c.ProvideAll(NewJoinMeetingHandler, NewSeatHandler),
		c.Provide(BeginTx, container.Scoped()),
	)
	if err != nil {
		log.Fatal(err)
	}
	mediator, err := bootstrap.New(c, commands, events)
	if err != nil {
		log.Fatal(err)
	}
	for _, user := range []string{"Ann", "Bob"} {
		link, err := cqrs.Send(context.Background(), mediator, JoinMeeting{User: user})
		fmt.Printf("%s: %q, %v\n", user, link, err)
	}
}
