// Command follow_up_events shows the two times at which an event handler can run. The read model is
// updated in the scope of the command: if it fails, so does the command. The email is sent after the
// scope: if that fails, the command is still done, and the caller receives an error that says so.
//
//	go run ./examples/follow_up_events
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"slices"

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

var ErrNameTaken = errors.New("the name is already on the list")
var ErrNoAddress = errors.New("there is no address")

// Store holds what outlives a request. There is only one.
type Store struct{ guests, mails []string }

// JoinMeetingHandler records the event.
type JoinMeetingHandler struct{ cqrs.EventRecorder }

func NewJoinMeetingHandler() *JoinMeetingHandler { return &JoinMeetingHandler{} }

func (h *JoinMeetingHandler) Handle(_ context.Context, c JoinMeeting) error {
	fmt.Printf("%s joins\n", c.User)
	h.Record(UserJoined{User: c.User})
	return nil
}

// GuestListHandler updates the read model in the scope of the command.
type GuestListHandler struct{ store *Store }

func NewGuestListHandler(s *Store) *GuestListHandler { return &GuestListHandler{store: s} }

func (h *GuestListHandler) Handle(_ context.Context, e UserJoined) error {
	if slices.Contains(h.store.guests, e.User) {
		return ErrNameTaken
	}
	h.store.guests = append(h.store.guests, e.User)
	fmt.Printf("  In the scope: %s is on the list\n", e.User)
	return nil
}

// WelcomeMailHandler runs after the scope, and only if the command succeeded.
type WelcomeMailHandler struct{ store *Store }

func NewWelcomeMailHandler(s *Store) *WelcomeMailHandler { return &WelcomeMailHandler{store: s} }

func (h *WelcomeMailHandler) Handle(_ context.Context, e UserJoined) error {
	if e.User == "Bob" {
		return ErrNoAddress
	}
	h.store.mails = append(h.store.mails, e.User)
	fmt.Printf("  After the scope: %s gets an email\n", e.User)
	return nil
}

func commands(m *cqrs.RequestMap) { cqrs.BindCommand[*JoinMeetingHandler](m) }

func events(m *cqrs.EventMap) {
	cqrs.BindEvent[*WelcomeMailHandler](m, cqrs.AfterScope())
	cqrs.BindEvent[*GuestListHandler](m)
}

func NewMediator(store *Store) (*cqrs.Mediator, error) {
	c := container.New()
	err := c.ProvideAll(func() *Store { return store }, NewJoinMeetingHandler, NewGuestListHandler, NewWelcomeMailHandler)
	if err != nil {
		return nil, err
	}
	return bootstrap.New(c, commands, events)
}

func main() {
	store := &Store{}
	mediator, err := NewMediator(store)
	if err != nil {
		log.Fatal(err)
	}
	done := []bool{join(mediator, "Ann"), join(mediator, "Ann"), join(mediator, "Bob")}
	got := fmt.Sprintf("Done %v, guests %v, mails %v", done, store.guests, store.mails)
	if want := "Done [true false true], guests [Ann Bob], mails [Ann]"; got != want {
		log.Fatalf("got %s, want %s", got, want)
	}
}

// join distinguishes a command that failed from one that is done but whose email failed.
func join(mediator *cqrs.Mediator, user string) (done bool) {
	err := mediator.Send(context.Background(), JoinMeeting{User: user})
	failed, ok := errors.AsType[*cqrs.EventError](err)
	switch {
	case err == nil:
		fmt.Println("  The command is done")
	case ok && failed.Delivery == cqrs.DeliveryAfterScope:
		fmt.Printf("  The command is done, but %v failed: %v\n", failed.Handler, failed.Err)
	default:
		fmt.Printf("  The command failed: %v\n", err)
		return false
	}
	return true
}
