// Command step5_after_scope is step 5 of the tutorial: a mail that is sent when
// the command is done, and what the caller learns if the mail fails.
//
//	go run ./docs/tutorial/step5_after_scope
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

// JoinMeeting returns the number of the seat that the user gets.
type JoinMeeting struct {
	cqrs.CommandOf[int]
	User string
}

// UserJoined says that a user has joined the meeting.
type UserJoined struct {
	cqrs.DomainEvent
	User string
}

// Store is all that outlives a request. The container has one.
type Store struct{ users []string }

func NewStore() *Store { return &Store{} }

// JoinMeetingHandler is built anew for each command.
type JoinMeetingHandler struct {
	cqrs.EventRecorder
	store *Store
}

func NewJoinMeetingHandler(store *Store) *JoinMeetingHandler {
	return &JoinMeetingHandler{store: store}
}

func (h *JoinMeetingHandler) Handle(_ context.Context, c JoinMeeting) (int, error) {
	h.store.users = append(h.store.users, c.User)
	h.Record(UserJoined{User: c.User})
	return len(h.store.users), nil
}

// WelcomeMailHandler runs when the command is done.
type WelcomeMailHandler struct{}

func NewWelcomeMailHandler() *WelcomeMailHandler { return &WelcomeMailHandler{} }

func (h *WelcomeMailHandler) Handle(_ context.Context, e UserJoined) error {
	if e.User == "Bob" {
		return errors.New("there is no mail address")
	}
	fmt.Printf("%s gets a mail\n", e.User)
	return nil
}

func commands(m *cqrs.RequestMap) { cqrs.BindRequest[*JoinMeetingHandler](m) }

func events(m *cqrs.EventMap) { cqrs.BindEvent[*WelcomeMailHandler](m, cqrs.AfterScope()) }

func main() {
	c := container.New()
	if err := c.ProvideAll(NewStore, NewJoinMeetingHandler, NewWelcomeMailHandler); err != nil {
		log.Fatal(err)
	}
	mediator, err := bootstrap.New(c, commands, events)
	if err != nil {
		log.Fatal(err)
	}
	for _, user := range []string{"Ann", "Bob"} {
		seat, err := cqrs.Send(context.Background(), mediator, JoinMeeting{User: user})
		switch {
		case err == nil:
			fmt.Printf("%s has seat %d\n", user, seat)
		case cqrs.Done(err):
			fmt.Printf("%s has seat %d, but: %v\n", user, seat, err)
		default:
			log.Fatal(err)
		}
	}
}
