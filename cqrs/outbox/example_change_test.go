package outbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

// MemberJoined was called UserJoined once, and had the whole name in one field.
type MemberJoined struct {
	cqrs.DomainEvent
	First, Last string
}

// decodeMemberJoined decodes both shapes, by the name under which the event was stored.
func decodeMemberJoined(name string, data []byte) (e MemberJoined, err error) {
	if name == "meeting.member_joined" {
		err = json.Unmarshal(data, &e)
		return e, err
	}
	var old struct{ User string }
	if err := json.Unmarshal(data, &old); err != nil {
		return e, err
	}
	e.First, e.Last, _ = strings.Cut(old.User, " ")
	return e, nil
}

func memberEvents(m *cqrs.EventMap) {
	cqrs.RegisterEvent(m, cqrs.EventType[MemberJoined]{
		Name:        "meeting.member_joined",
		FormerNames: []string{"meeting.user_joined"},
		Decode:      decodeMemberJoined,
	})
	cqrs.BindEvent[cqrs.EventFunc[MemberJoined]](m, cqrs.Durable("welcome-mail"))
}

func NewMemberMail() cqrs.EventFunc[MemberJoined] {
	return func(_ context.Context, e MemberJoined) error {
		fmt.Printf("Dear %s %s\n", e.First, e.Last)
		return nil
	}
}

// An event that was stored by an earlier version, under another name and in another shape, is
// delivered to the handler of today.
func Example_changedEvent() {
	ctx := context.Background()
	store := outboxtest.NewStore()
	c := container.New()
	err := errors.Join(
		c.ProvideAll(NewMemberMail, func() *outboxtest.Store { return store }),
		c.Provide(BeginTx, container.Scoped()),
		c.Provide(outboxtest.NewJournal, container.Scoped()),
	)
	if err != nil {
		log.Fatal(err)
	}
	mediator, err := bootstrap.New(c, nil, memberEvents)
	if err != nil {
		log.Fatal(err)
	}
	relay, err := outbox.NewRelay(store, mediator)
	if err != nil {
		log.Fatal(err)
	}
	storeByEarlierVersion(ctx, store)
	err = errors.Join(mediator.Publish(ctx, MemberJoined{First: "Bob", Last: "Stone"}), relay.Drain(ctx))
	if err != nil {
		log.Fatal(err)
	}
	// Unordered output:
	// Dear Ann Hill
	// Dear Bob Stone
}

// storeByEarlierVersion stores what a process did before the change.
func storeByEarlierVersion(ctx context.Context, store *outboxtest.Store) {
	tx := store.Begin()
	err := outboxtest.NewJournal(tx).Write(ctx, []cqrs.Record{{
		ID: "01900000-0000-7000-8000-000000000000", Name: "meeting.user_joined", Payload: []byte(`{"User":"Ann Hill"}`),
		To: []cqrs.Destination{{Subscription: "welcome-mail"}},
	}}, nil)
	if err := errors.Join(err, tx.Commit()); err != nil {
		log.Fatal(err)
	}
}
