// Command step1_command is step 1 of the tutorial: a command and its handler.
//
//	go run ./docs/tutorial/step1_command
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

// Store holds what outlives a request. The container builds it once.
type Store struct{ users []string }

func NewStore() *Store { return &Store{} }

// JoinMeetingHandler is built for each command.
type JoinMeetingHandler struct{ store *Store }

func NewJoinMeetingHandler(store *Store) *JoinMeetingHandler {
	return &JoinMeetingHandler{store: store}
}

func (h *JoinMeetingHandler) Handle(_ context.Context, c JoinMeeting) error {
	h.store.users = append(h.store.users, c.User)
	fmt.Printf("%s joins as number %d\n", c.User, len(h.store.users))
	return nil
}

func commands(m *cqrs.RequestMap) { cqrs.BindCommand[*JoinMeetingHandler](m) }

func main() {
	c := container.New()
	if err := c.ProvideAll(NewStore, NewJoinMeetingHandler); err != nil {
		log.Fatal(err)
	}
	mediator, err := bootstrap.New(c, commands, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, user := range []string{"Ann", "Bob"} {
		if err := mediator.Send(context.Background(), JoinMeeting{User: user}); err != nil {
			log.Fatal(err)
		}
	}
}
