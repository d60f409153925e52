// Command step3_query is step 3 of the tutorial: a query, whose result has the
// type that the query declares.
//
//	go run ./docs/tutorial/step3_query
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

// Seat is a user's place in the meeting.
type Seat struct{ Number int }

// FindSeat returns the seat of a user.
type FindSeat struct {
	cqrs.Query[Seat]
	User string
}

// ErrNotHere reports that a user is not in the meeting.
var ErrNotHere = errors.New("the user is not in the meeting")

// FindSeatHandler reads the store.
type FindSeatHandler struct{ store *Store }

func NewFindSeatHandler(store *Store) *FindSeatHandler { return &FindSeatHandler{store: store} }

func (h *FindSeatHandler) Handle(_ context.Context, q FindSeat) (Seat, error) {
	for i, user := range h.store.users {
		if user == q.User {
			return Seat{Number: i + 1}, nil
		}
	}
	return Seat{}, ErrNotHere
}

func commands(m *cqrs.RequestMap) { cqrs.BindCommand[*JoinMeetingHandler](m) }

func events(m *cqrs.EventMap) { cqrs.BindEvent[*MinutesHandler](m) }

func queries(m *cqrs.RequestMap) { cqrs.BindRequest[*FindSeatHandler](m) }

func main() {
	c := container.New()
	err := c.ProvideAll(NewStore, NewJoinMeetingHandler, NewMinutesHandler, NewFindSeatHandler)
	if err != nil {
		log.Fatal(err)
	}
	mediator, err := bootstrap.New(c, commands, events, bootstrap.WithQueries(queries))
	if err != nil {
		log.Fatal(err)
	}
	for _, user := range []string{"Ann", "Bob"} {
		if err := mediator.Send(context.Background(), JoinMeeting{User: user}); err != nil {
			log.Fatal(err)
		}
	}
	for _, user := range []string{"Bob", "Cid"} {
		seat, err := cqrs.Send(context.Background(), mediator, FindSeat{User: user})
		switch {
		case errors.Is(err, ErrNotHere):
			fmt.Printf("%s has no seat: %v\n", user, err)
		case err != nil:
			log.Fatal(err)
		default:
			fmt.Printf("%s has seat %d\n", user, seat.Number)
		}
	}
}
