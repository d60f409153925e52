// Command quickstart is the program of the README: a command, and an event that
// its handler records.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type JoinMeeting struct {
	cqrs.Command
	User string
}

type UserJoined struct {
	cqrs.DomainEvent
	User string
}

type JoinMeetingHandler struct{ cqrs.EventRecorder }

func NewJoinMeetingHandler() *JoinMeetingHandler { return &JoinMeetingHandler{} }

func (h *JoinMeetingHandler) Handle(ctx context.Context, c JoinMeeting) error {
	fmt.Println(c.User, "joins the meeting")
	h.Record(UserJoined{User: c.User})
	return nil
}

type WelcomeHandler struct{}

func NewWelcomeHandler() *WelcomeHandler { return &WelcomeHandler{} }

func (h *WelcomeHandler) Handle(ctx context.Context, e UserJoined) error {
	fmt.Println("Welcome,", e.User)
	return nil
}

func commands(m *cqrs.RequestMap) { cqrs.BindCommand[*JoinMeetingHandler](m) }

func events(m *cqrs.EventMap) { cqrs.BindEvent[*WelcomeHandler](m) }

func main() {
	c := container.New()
	c.ProvideAll(NewJoinMeetingHandler, NewWelcomeHandler) // what it refuses, New reports
	mediator, err := bootstrap.New(c, commands, events)
	if err != nil {
		log.Fatal(err)
	}
	if err := mediator.Send(context.Background(), JoinMeeting{User: "Ann"}); err != nil {
		log.Fatal(err)
	}
}
