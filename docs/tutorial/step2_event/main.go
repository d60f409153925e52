// Command step2_event is step 2 of the tutorial: the handler of the command
// records an event, which has a handler of its own.
//
//	go run ./docs/tutorial/step2_event
package main

import (
	"context"
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

// Store holds what outlives a request. The container builds it once.
type Store struct {
	users   []string
	minutes []string
}

func NewStore() *Store { return &Store{} }

// JoinMeetingHandler is built for each command.
type JoinMeetingHandler struct {
	cqrs.EventRecorder
	store *Store
}

func NewJoinMeetingHandler(store *Store) *JoinMeetingHandler {
	return &JoinMeetingHandler{store: store}
}

func (h *JoinMeetingHandler) Handle(_ context.Context, c JoinMeeting) error {
	h.store.users = append(h.store.users, c.User)
	fmt.Printf("%s joins as number %d\n", c.User, len(h.store.users))
	h.Record(UserJoined{User: c.User})
	return nil
}

// MinutesHandler writes the minutes of the meeting. It is built for each event.
type MinutesHandler struct{ store *Store }

func NewMinutesHandler(store *Store) *MinutesHandler { return &MinutesHandler{store: store} }

func (h *MinutesHandler) Handle(_ context.Context, e UserJoined) error {
	h.store.minutes = append(h.store.minutes, e.User+" has joined")
	fmt.Printf("Minutes: %s\n", h.store.minutes[len(h.store.minutes)-1])
	return nil
}

func commands(m *cqrs.RequestMap) { cqrs.BindCommand[*JoinMeetingHandler](m) }

func events(m *cqrs.EventMap) { cqrs.BindEvent[*MinutesHandler](m) }

func main() {
	c := container.New()
	if err := c.ProvideAll(NewStore, NewJoinMeetingHandler, NewMinutesHandler); err != nil {
		log.Fatal(err)
	}
	mediator, err := bootstrap.New(c, commands, events)
	if err != nil {
		log.Fatal(err)
	}
	for _, user := range []string{"Ann", "Bob"} {
		if err := mediator.Send(context.Background(), JoinMeeting{User: user}); err != nil {
			log.Fatal(err)
		}
	}
}
