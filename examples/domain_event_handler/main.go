// Command domain_event_handler shows the smallest whole application: a command,
// its handler, the domain event that the handler records, and the handler of
// that event. Users join a meeting, and an event handler notes each of them.
//
//	go run ./examples/domain_event_handler
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// JoinMeetingCommand lets a user join a meeting.
type JoinMeetingCommand struct {
	cqrs.Command
	UserID, MeetingID string
}

// UserJoined reports that a user has joined a meeting.
type UserJoined struct {
	cqrs.DomainEvent
	UserID, MeetingID string
}

// Store holds what outlives a request. The container builds it once.
type Store struct {
	Meetings map[string][]string     // the users in each meeting
	Handled  map[UserJoined]struct{} // the events that were handled
}

func NewStore() *Store {
	return &Store{Meetings: make(map[string][]string), Handled: make(map[UserJoined]struct{})}
}

// JoinMeetingCommandHandler is built for each command.
type JoinMeetingCommandHandler struct {
	cqrs.EventRecorder
	store *Store
}

func NewJoinMeetingCommandHandler(store *Store) *JoinMeetingCommandHandler {
	return &JoinMeetingCommandHandler{store: store}
}

func (h *JoinMeetingCommandHandler) Handle(_ context.Context, c JoinMeetingCommand) error {
	h.store.Meetings[c.MeetingID] = append(h.store.Meetings[c.MeetingID], c.UserID)
	fmt.Printf("User %s joined meeting %s\n", c.UserID, c.MeetingID)
	h.Record(UserJoined{UserID: c.UserID, MeetingID: c.MeetingID})
	return nil
}

// UserJoinedEventHandler is built for each event.
type UserJoinedEventHandler struct {
	store *Store
}

func NewUserJoinedEventHandler(store *Store) *UserJoinedEventHandler {
	return &UserJoinedEventHandler{store: store}
}

func (h *UserJoinedEventHandler) Handle(_ context.Context, e UserJoined) error {
	h.store.Handled[e] = struct{}{}
	fmt.Printf("Handle user %s joined meeting %s event\n", e.UserID, e.MeetingID)
	return nil
}

func commands(m *cqrs.RequestMap) { cqrs.BindCommand[*JoinMeetingCommandHandler](m) }

func events(m *cqrs.EventMap) { cqrs.BindEvent[*UserJoinedEventHandler](m) }

// NewMediator wires the application.
func NewMediator(c *container.Container) (*cqrs.Mediator, error) {
	if err := c.ProvideAll(NewStore, NewJoinMeetingCommandHandler, NewUserJoinedEventHandler); err != nil {
		return nil, err
	}
	return bootstrap.New(c, commands, events)
}

func main() {
	c := container.New()
	mediator, err := NewMediator(c)
	if err != nil {
		log.Fatal(err)
	}
	for _, user := range []string{"1", "2", "3", "4"} {
		if err := mediator.Send(context.Background(), JoinMeetingCommand{UserID: user, MeetingID: "1"}); err != nil {
			log.Fatal(err)
		}
	}
	if err := c.Invoke(report); err != nil {
		log.Fatal(err)
	}
}

func report(store *Store) error {
	fmt.Printf("There are %d users in the room\n", len(store.Meetings["1"]))
	fmt.Printf("%d events were handled\n", len(store.Handled))
	if len(store.Handled) != 4 {
		return fmt.Errorf("want 4 events")
	}
	return nil
}
