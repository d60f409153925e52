// Command step4_scope is step 4 of the tutorial: a value that lives as long as
// one request, shared by the command and the handler of its event. Its finalizer
// keeps what the request did, or gives it up.
//
//	go run ./docs/tutorial/step4_scope
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

// JoinMeeting lets a user join the meeting.
type JoinMeeting struct {
	cqrs.Command
	User string
}

// UserJoined says that a user has joined the meeting.
type UserJoined struct {
	cqrs.DomainEvent
	User string
}

// ErrRoomFull says that the room has no seat left.
var ErrRoomFull = errors.New("the room is full")

// Store is all that outlives a request. The container has one.
type Store struct{ users []string }

func NewStore() *Store { return &Store{} }

// Changes is what one request is about to change.
type Changes struct{ users []string }

// NewChanges runs once in each request. The finalizer runs when the request ends.
func NewChanges(store *Store) (*Changes, container.Finalizer) {
	changes := &Changes{users: append([]string{}, store.users...)}
	return changes, func(_ context.Context, outcome error) error {
		if outcome == nil {
			store.users = changes.users
		}
		return nil
	}
}

// JoinMeetingHandler is built anew for each command.
type JoinMeetingHandler struct {
	cqrs.EventRecorder
	changes *Changes
}

func NewJoinMeetingHandler(changes *Changes) *JoinMeetingHandler {
	return &JoinMeetingHandler{changes: changes}
}

func (h *JoinMeetingHandler) Handle(_ context.Context, c JoinMeeting) error {
	h.changes.users = append(h.changes.users, c.User)
	h.Record(UserJoined{User: c.User})
	return nil
}

// SeatHandler sees what the command has changed, and can refuse it.
type SeatHandler struct{ changes *Changes }

func NewSeatHandler(changes *Changes) *SeatHandler { return &SeatHandler{changes: changes} }

func (h *SeatHandler) Handle(_ context.Context, e UserJoined) error {
	if len(h.changes.users) > 2 {
		return ErrRoomFull
	}
	fmt.Printf("%s takes seat %d\n", e.User, len(h.changes.users))
	return nil
}

func commands(m *cqrs.RequestMap) { cqrs.BindCommand[*JoinMeetingHandler](m) }

func events(m *cqrs.EventMap) { cqrs.BindEvent[*SeatHandler](m) }

func main() {
	c := container.New()
	err := errors.Join(
		c.ProvideAll(NewStore, NewJoinMeetingHandler, NewSeatHandler),
		c.Provide(NewChanges, container.Scoped()),
	)
	if err != nil {
		log.Fatal(err)
	}
	mediator, err := bootstrap.New(c, commands, events)
	if err != nil {
		log.Fatal(err)
	}
	for _, user := range []string{"Ann", "Bob", "Cid"} {
		if err := mediator.Send(context.Background(), JoinMeeting{User: user}); err != nil {
			fmt.Printf("%s does not join: %v\n", user, err)
		}
	}
	if err := c.Invoke(func(store *Store) { fmt.Println("In the room:", store.users) }); err != nil {
		log.Fatal(err)
	}
}
