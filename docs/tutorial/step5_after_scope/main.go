// Command step5_after_scope is step 5 of the tutorial: an email that is sent
// after the command is done, and the error that the caller receives if that fails.
//
//	go run ./docs/tutorial/step5_after_scope
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

// JoinMeeting lets a user join the meeting. It returns the number of the seat.
type JoinMeeting struct {
	cqrs.CommandOf[int]
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

// ErrRoomFull reports that the room has no seat left.
var ErrRoomFull = errors.New("the room is full")

// Changes holds what one request is about to change.
type Changes struct {
	store   *Store
	users   []string
	minutes []string
}

// NewChanges runs once per request. When the request ends, the finalizer calls Commit if the
// request succeeded, or Rollback if it failed.
func NewChanges(store *Store) (*Changes, container.Finalizer) {
	changes := &Changes{
		store:   store,
		users:   slices.Clone(store.users),
		minutes: slices.Clone(store.minutes),
	}
	return changes, container.Transaction(changes)
}

func (c *Changes) Commit() error {
	c.store.users, c.store.minutes = c.users, c.minutes
	return nil
}

func (c *Changes) Rollback() error { return nil }

// JoinMeetingHandler is built for each command.
type JoinMeetingHandler struct {
	cqrs.EventRecorder
	changes *Changes
}

func NewJoinMeetingHandler(changes *Changes) *JoinMeetingHandler {
	return &JoinMeetingHandler{changes: changes}
}

func (h *JoinMeetingHandler) Handle(_ context.Context, c JoinMeeting) (int, error) {
	h.changes.users = append(h.changes.users, c.User)
	h.Record(UserJoined{User: c.User})
	return len(h.changes.users), nil
}

// SeatHandler sees what the command has changed, and can reject it.
type SeatHandler struct{ changes *Changes }

func NewSeatHandler(changes *Changes) *SeatHandler { return &SeatHandler{changes: changes} }

func (h *SeatHandler) Handle(_ context.Context, e UserJoined) error {
	if len(h.changes.users) > 2 {
		return ErrRoomFull
	}
	fmt.Printf("%s takes seat %d\n", e.User, len(h.changes.users))
	return nil
}

// MinutesHandler writes the minutes of the meeting. It is built for each event.
type MinutesHandler struct{ changes *Changes }

func NewMinutesHandler(changes *Changes) *MinutesHandler {
	return &MinutesHandler{changes: changes}
}

func (h *MinutesHandler) Handle(_ context.Context, e UserJoined) error {
	h.changes.minutes = append(h.changes.minutes, e.User+" has joined")
	fmt.Printf("Minutes: %s has joined\n", e.User)
	return nil
}

// WelcomeMailHandler runs after the command is done.
type WelcomeMailHandler struct{}

func NewWelcomeMailHandler() *WelcomeMailHandler { return &WelcomeMailHandler{} }

func (h *WelcomeMailHandler) Handle(_ context.Context, e UserJoined) error {
	if e.User == "Bob" {
		return errors.New("there is no email address")
	}
	fmt.Printf("%s gets an email\n", e.User)
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

func commands(m *cqrs.RequestMap) { cqrs.BindRequest[*JoinMeetingHandler](m) }

func events(m *cqrs.EventMap) {
	cqrs.BindEvent[*SeatHandler](m)
	cqrs.BindEvent[*MinutesHandler](m)
	cqrs.BindEvent[*WelcomeMailHandler](m, cqrs.AfterScope())
}

func queries(m *cqrs.RequestMap) { cqrs.BindRequest[*FindSeatHandler](m) }

func main() {
	c := container.New()
	err := errors.Join(
		c.ProvideAll(NewStore, NewJoinMeetingHandler, NewSeatHandler, NewMinutesHandler, NewFindSeatHandler),
		c.ProvideAll(NewWelcomeMailHandler),
		c.Provide(NewChanges, container.Scoped()),
	)
	if err != nil {
		log.Fatal(err)
	}
	mediator, err := bootstrap.New(c, commands, events, bootstrap.WithQueries(queries))
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
