// Command nested_commands shows several commands in one request: a handler that
// sends other commands, and a caller that does the same with Mediator.Run. All
// of them share one unit of work, which is committed once or not at all.
//
//	go run ./examples/nested_commands
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

// JoinAsTeam lets all users of a team join the meeting.
type JoinAsTeam struct {
	cqrs.Command
	Users []string
}

// ErrNoName reports that a user without a name cannot join.
var ErrNoName = errors.New("a user has no name")

// Store holds what outlives a request. There is only one.
type Store struct{ commits [][]string }

// UnitOfWork holds what a request is about to change.
type UnitOfWork struct{ users []string }

// NewUnitOfWork is scoped: it is called once per request, and so is its finalizer,
// however many commands the request sends.
func NewUnitOfWork(store *Store) (*UnitOfWork, container.Finalizer) {
	unit := &UnitOfWork{}
	return unit, func(_ context.Context, outcome error) error {
		if outcome != nil {
			fmt.Printf("Roll back %v: %v\n", unit.users, outcome)
			return nil
		}
		fmt.Printf("Commit %v\n", unit.users)
		store.commits = append(store.commits, unit.users)
		return nil
	}
}

// JoinMeetingHandler is built for each command, with the unit of work of the request.
type JoinMeetingHandler struct{ unit *UnitOfWork }

func NewJoinMeetingHandler(u *UnitOfWork) *JoinMeetingHandler { return &JoinMeetingHandler{unit: u} }

func (h *JoinMeetingHandler) Handle(_ context.Context, c JoinMeeting) error {
	if c.User == "" {
		return ErrNoName
	}
	h.unit.users = append(h.unit.users, c.User)
	return nil
}

// JoinAsTeamHandler sends other commands within its own request, through a Sender.
type JoinAsTeamHandler struct{ sender cqrs.Sender }

func NewJoinAsTeamHandler(s cqrs.Sender) *JoinAsTeamHandler { return &JoinAsTeamHandler{sender: s} }

func (h *JoinAsTeamHandler) Handle(ctx context.Context, c JoinAsTeam) error {
	for _, user := range c.Users {
		if err := h.sender.Send(ctx, JoinMeeting{User: user}); err != nil {
			return err
		}
	}
	return nil
}

func commands(m *cqrs.RequestMap) {
	cqrs.BindCommand[*JoinMeetingHandler](m)
	cqrs.BindCommand[*JoinAsTeamHandler](m)
}

// NewMediator wires the application.
func NewMediator(store *Store) (*cqrs.Mediator, error) {
	c := container.New()
	if err := errors.Join(
		c.ProvideAll(func() *Store { return store }, NewJoinMeetingHandler, NewJoinAsTeamHandler),
		c.Provide(NewUnitOfWork, container.Scoped()),
	); err != nil {
		return nil, err
	}
	return bootstrap.New(c, commands, nil)
}

func main() {
	store := &Store{}
	mediator, err := NewMediator(store)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()

	team := mediator.Send(ctx, JoinAsTeam{Users: []string{"Ann", "Bob"}})
	both := mediator.Run(ctx, func(ctx context.Context, s cqrs.Sender) error {
		if err := s.Send(ctx, JoinMeeting{User: "Cid"}); err != nil {
			return err
		}
		return s.Send(ctx, JoinAsTeam{Users: []string{"Dee", "Eve"}})
	})
	none := mediator.Send(ctx, JoinAsTeam{Users: []string{"Fay", ""}})

	fmt.Printf("There were %d commits\n", len(store.commits))
	if len(store.commits) != 2 || !errors.Is(none, ErrNoName) {
		log.Fatalf("want 2 commits; the requests returned: %v, %v, %v", team, both, none)
	}
}
