// Command typed_queries shows requests that return a value: a query and a command
// with a result. Each message states its result once, and no call needs a type
// argument.
//
//	go run ./examples/typed_queries
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

// Meeting is the read model of a meeting.
type Meeting struct {
	Title string
	Seats int
}

// MeetingID is a distinct type, so that no other number can be mistaken for one.
type MeetingID int

// ErrNoMeeting reports that there is no such meeting.
var ErrNoMeeting = errors.New("no such meeting")

// ScheduleMeeting is a command that returns the ID of the new meeting.
type ScheduleMeeting struct {
	cqrs.CommandOf[MeetingID]
	Title string
	Seats int
}

// ReadMeeting is a query that returns a meeting.
type ReadMeeting struct {
	cqrs.Query[Meeting]
	ID MeetingID
}

// Store holds what outlives a request. The container builds it once.
type Store struct{ meetings []Meeting }

func NewStore() *Store { return &Store{} }

// ScheduleMeetingHandler must return the type that its message states: anything else does not compile.
type ScheduleMeetingHandler struct{ store *Store }

func NewScheduleMeetingHandler(store *Store) *ScheduleMeetingHandler {
	return &ScheduleMeetingHandler{store: store}
}

func (h *ScheduleMeetingHandler) Handle(_ context.Context, c ScheduleMeeting) (MeetingID, error) {
	h.store.meetings = append(h.store.meetings, Meeting{Title: c.Title, Seats: c.Seats})
	return MeetingID(len(h.store.meetings)), nil
}

// ReadMeetingHandler returns ErrNoMeeting, wrapped, if there is no such meeting.
type ReadMeetingHandler struct{ store *Store }

func NewReadMeetingHandler(store *Store) *ReadMeetingHandler {
	return &ReadMeetingHandler{store: store}
}

func (h *ReadMeetingHandler) Handle(_ context.Context, q ReadMeeting) (Meeting, error) {
	if q.ID < 1 || int(q.ID) > len(h.store.meetings) {
		return Meeting{}, fmt.Errorf("meeting %d: %w", q.ID, ErrNoMeeting)
	}
	return h.store.meetings[q.ID-1], nil
}

func commands(m *cqrs.RequestMap) { cqrs.BindRequest[*ScheduleMeetingHandler](m) }

func queries(m *cqrs.RequestMap) { cqrs.BindRequest[*ReadMeetingHandler](m) }

// NewMediator wires the application.
func NewMediator() (*cqrs.Mediator, error) {
	c := container.New()
	if err := c.ProvideAll(NewStore, NewScheduleMeetingHandler, NewReadMeetingHandler); err != nil {
		return nil, err
	}
	return bootstrap.New(c, commands, nil, bootstrap.WithQueries(queries))
}

func main() {
	mediator, err := NewMediator()
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()

	id, err := cqrs.Send(ctx, mediator, ScheduleMeeting{Title: "Planning", Seats: 12}) // id is a MeetingID
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("Scheduled meeting %d\n", id)

	meeting, err := cqrs.Send(ctx, mediator, ReadMeeting{ID: id}) // meeting is a Meeting
	if err != nil || meeting.Seats != 12 {
		log.Fatalf("want 12 seats, got: %+v, %v", meeting, err)
	}
	fmt.Printf("Meeting %d is %s and has %d seats\n", id, meeting.Title, meeting.Seats)

	_, err = cqrs.Send(ctx, mediator, ReadMeeting{ID: id + 1})
	if !errors.Is(err, ErrNoMeeting) {
		log.Fatalf("want %v, got: %v", ErrNoMeeting, err)
	}
	fmt.Println("Not found:", err)
}
