// Command seeing_an_application prints what a small application has wired: as text, and as a
// flowchart that Markdown viewers draw. If it gets a folder, it writes the pictures to it that
// docs/howto/topology.md shows, and a graph for Graphviz.
//
//	go run ./examples/seeing_an_application
//	go run ./examples/seeing_an_application pictures
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
	"github.com/digcqrs/digcqrs/cqrs/topology"
)

// BeginTx is scoped. Its finalizer commits or rolls back.
func BeginTx(store *outboxtest.Store) (*outboxtest.Tx, container.Finalizer) {
	tx := store.Begin()
	return tx, container.Transaction(tx)
}

// Audit is a middleware.
func Audit(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	return next(ctx, in)
}

func commands(m *cqrs.RequestMap) {
	cqrs.BindRequest[*JoinMeetingHandler](m, cqrs.WithMiddleware(cqrs.MiddlewareFunc(Audit)))
	cqrs.BindTarget(m, cqrs.Fallback(
		cqrs.CommandTarget[*InviteByPhone](), cqrs.CommandTarget[*InviteByMail](),
		func(error) bool { return true }))
}

func queries(m *cqrs.RequestMap) { cqrs.BindRequest[*CountGuestsHandler](m) }

func events(m *cqrs.EventMap) {
	cqrs.RegisterEvent(m, cqrs.EventType[UserJoined]{Name: "meeting.user_joined"})
	cqrs.BindEvent[*SeatHandler](m)
	cqrs.BindEvent[*WelcomeMail](m, cqrs.Durable("welcome-mail"))
	cqrs.BindEvent[*Chime](m, cqrs.AfterScope())
	cqrs.BindEvent[*SeatPlan](m)
	cqrs.BindEvent[*Invitations](m, cqrs.AfterScope())
}

// NewMediator wires the application.
func NewMediator() (*cqrs.Mediator, error) {
	c := container.New()
	err := errors.Join(
		c.ProvideAll(NewGuests, outboxtest.NewStore),
		c.ProvideAll(NewJoinMeetingHandler, NewInviteByPhone, NewInviteByMail, NewCountGuestsHandler),
		c.ProvideAll(NewSeatHandler, NewWelcomeMail, NewChime, NewSeatPlan, NewInvitations),
		c.Provide(BeginTx, container.Scoped()),
		c.Provide(outboxtest.NewJournal, container.Scoped()),
	)
	if err != nil {
		return nil, err
	}
	return bootstrap.New(c, commands, events, bootstrap.WithQueries(queries),
		bootstrap.WithMiddleware(cqrs.AroundScope(middleware.Timeout(time.Minute))))
}

func main() {
	mediator, err := NewMediator()
	if err != nil {
		log.Fatal(err)
	}
	app := mediator.Topology()
	fmt.Println(app)
	fmt.Println(app.Mermaid())
	if len(os.Args) > 1 {
		if err := write(os.Args[1], app); err != nil {
			log.Fatal(err)
		}
	}
}

// write writes the pictures to a folder.
func write(dir string, app topology.Application) error {
	sequence, err := app.MermaidSequence("JoinMeeting")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, text := range map[string]string{
		"flowchart.mmd": app.Mermaid(), "sequence_JoinMeeting.mmd": sequence,
		"classes.mmd": app.MermaidClasses(), "graph.dot": app.DOT(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
