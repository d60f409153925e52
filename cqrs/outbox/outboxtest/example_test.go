package outboxtest_test

import (
	"context"
	"errors"
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

type JoinHandler struct{ cqrs.EventRecorder }

func NewJoinHandler() *JoinHandler { return &JoinHandler{} }

func (h *JoinHandler) Handle(_ context.Context, c JoinMeeting) error {
	h.Record(UserJoined{User: c.User})
	if c.User == "" {
		return errors.New("a user has a name")
	}
	return nil
}

type WelcomeMail struct{}

func NewWelcomeMail() *WelcomeMail { return &WelcomeMail{} }

func (*WelcomeMail) Handle(_ context.Context, e UserJoined) error {
	fmt.Println("welcome,", e.User)
	return nil
}

func BeginTx(store *outboxtest.Store) (*outboxtest.Tx, container.Finalizer) {
	tx := store.Begin()
	return tx, container.Transaction(tx)
}

func ExampleNewStore() {
	store := outboxtest.NewStore()
	c := container.New()
	err := errors.Join(
		c.Provide(func() *outboxtest.Store { return store }),
		c.Provide(BeginTx, container.Scoped()),
		c.Provide(outboxtest.NewJournal, container.Scoped()),
		c.ProvideAll(NewJoinHandler, NewWelcomeMail),
	)
	if err != nil {
		log.Fatal(err)
	}
	mediator, err := bootstrap.New(c,
		func(m *cqrs.RequestMap) { cqrs.BindCommand[*JoinHandler](m) },
		func(m *cqrs.EventMap) {
			cqrs.RegisterEvent(m, cqrs.EventType[UserJoined]{Name: "meeting.user_joined"})
			cqrs.BindEvent[*WelcomeMail](m, cqrs.Durable("welcome-mail"))
		})
	if err != nil {
		log.Fatal(err)
	}
	relay, err := outbox.NewRelay(store, mediator)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()

	fmt.Println(mediator.Send(ctx, JoinMeeting{User: "alice"}))
	fmt.Println(mediator.Send(ctx, JoinMeeting{}) != nil) // rolled back, with its event
	fmt.Println(relay.Drain(ctx))
	// Output:
	// <nil>
	// true
	// welcome, alice
	// <nil>
}
