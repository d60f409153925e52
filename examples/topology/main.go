// Command topology describes an application without opening its database.
//
//	go run ./examples/topology
package main

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/topology"
)

type (
	JoinMeeting struct {
		cqrs.Command
		User string
	}
	UserJoined struct {
		cqrs.DomainEvent
		User string
	}

	Database struct{}
	Tx       struct{ db *Database }

	JoinMeetingHandler struct {
		cqrs.EventRecorder
		tx *Tx
	}
	Welcome struct{ tx *Tx }
)

// OpenDatabase fails here, as it may in a CI job.
func OpenDatabase() (*Database, error) { return nil, errors.New("there is no database") }

func BeginTx(_ context.Context, db *Database) (*Tx, container.Finalizer) {
	return &Tx{db}, func(context.Context, error) error { return nil }
}

func NewJoinMeetingHandler(tx *Tx) *JoinMeetingHandler { return &JoinMeetingHandler{tx: tx} }

func NewWelcome(tx *Tx) *Welcome { return &Welcome{tx} }

func (h *JoinMeetingHandler) Handle(_ context.Context, c JoinMeeting) error {
	h.Record(UserJoined{User: c.User})
	return nil
}

func (*Welcome) Handle(context.Context, UserJoined) error { return nil }

// Describe describes the application.
func Describe() (topology.Application, error) {
	c := container.New()
	err := errors.Join(
		c.ProvideAll(OpenDatabase, NewJoinMeetingHandler, NewWelcome),
		c.Provide(BeginTx, container.Scoped()),
	)
	if err != nil {
		return topology.Application{}, err
	}
	return bootstrap.Describe(c, commands, events)
}

func commands(m *cqrs.RequestMap) { cqrs.BindCommand[*JoinMeetingHandler](m) }
func events(m *cqrs.EventMap)     { cqrs.BindEvent[*Welcome](m, cqrs.AfterScope()) }

func main() {
	app, err := Describe()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(app)
}
