package outbox_test

import (
	"context"
	"fmt"
	"log"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

type JoinMeeting struct {
	cqrs.Command
	User string
}

type UserJoined struct {
	cqrs.DomainEvent
	User string
}

type JoinMeetingHandler struct{ cqrs.EventRecorder }

func NewJoinMeetingHandler() *JoinMeetingHandler { return new(JoinMeetingHandler) }

func (h *JoinMeetingHandler) Handle(ctx context.Context, c JoinMeeting) error {
	fmt.Println("join", c.User)
	h.Record(UserJoined{User: c.User})
	return nil
}

type WelcomeMail struct{}

func NewWelcomeMail() *WelcomeMail { return new(WelcomeMail) }

func (m *WelcomeMail) Handle(ctx context.Context, e UserJoined) error {
	fmt.Println("mail to", e.User, "- attempt", outbox.Attempt(ctx))
	return nil
}

// BeginTx stands in for one that begins an sql.Tx.
func BeginTx(store *outboxtest.Store) (*outboxtest.Tx, container.Finalizer) {
	tx := store.Begin()
	return tx, container.Transaction(tx)
}

func commands(m *cqrs.RequestMap) { cqrs.BindCommand[*JoinMeetingHandler](m) }

func events(m *cqrs.EventMap) {
	cqrs.RegisterEvent(m, cqrs.EventType[UserJoined]{Name: "meeting.user_joined"})
	cqrs.BindEvent[*WelcomeMail](m, cqrs.Durable("welcome-mail"))
}

func Example() {
	ctx := context.Background()
	store := outboxtest.NewStore() // with a database, sqlite.NewStore or one of its siblings
	c := container.New()
	for _, ctor := range []any{NewJoinMeetingHandler, NewWelcomeMail, func() *outboxtest.Store { return store }} {
		if err := c.Provide(ctor); err != nil {
			log.Fatal(err)
		}
	}
	for _, ctor := range []any{BeginTx, outboxtest.NewJournal} {
		if err := c.Provide(ctor, container.Scoped()); err != nil {
			log.Fatal(err)
		}
	}
	mediator, err := bootstrap.New(c, commands, events)
	if err != nil {
		log.Fatal(err)
	}
	if err := mediator.Send(ctx, JoinMeeting{User: "Ann"}); err != nil {
		log.Fatal(err)
	}
	relay, err := outbox.NewRelay(store, mediator)
	if err != nil {
		log.Fatal(err)
	}
	if err := relay.Drain(ctx); err != nil { // a server calls Run
		log.Fatal(err)
	}
	// Output:
	// join Ann
	// mail to Ann - attempt 1
}
