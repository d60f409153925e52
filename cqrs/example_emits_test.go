package cqrs_test

import (
	"context"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type (
	OpenGate struct {
		cqrs.Command
		Force bool
	}
	CloseGate  struct{ cqrs.Command }
	GateOpened struct{ cqrs.DomainEvent }
	GateJammed struct{ cqrs.DomainEvent }
	GateClosed struct{ cqrs.DomainEvent }
	StormCame  struct{ cqrs.DomainEvent }

	// GateEvent is implemented by every event.
	GateEvent interface{ cqrs.Event }
)

// OpenGateHandler declares two events.
type OpenGateHandler struct {
	cqrs.Records2[GateOpened, GateJammed]
}

func NewOpenGateHandler() *OpenGateHandler { return &OpenGateHandler{} }

func (h *OpenGateHandler) Handle(_ context.Context, c OpenGate) error {
	if c.Force {
		h.Record(GateJammed{})
		return nil
	}
	h.Record(GateOpened{})
	return nil
}

// NewCloseGate returns a handler that is a function, and publishes through a Sender.
func NewCloseGate(s cqrs.Sender) cqrs.CommandFunc[CloseGate] {
	return func(ctx context.Context, _ CloseGate) error { return s.Publish(ctx, GateClosed{}) }
}

func NewGateLog() cqrs.EventFunc[GateEvent] {
	return func(_ context.Context, e GateEvent) error {
		fmt.Printf("%T\n", e)
		return nil
	}
}

// Emits declares what a type cannot declare, and DeclarePublished what comes from outside.
func ExampleEmits() {
	c := container.New()
	if err := c.ProvideAll(NewOpenGateHandler, NewCloseGate, NewGateLog); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*OpenGateHandler](m)
		cqrs.BindCommand[cqrs.CommandFunc[CloseGate]](m, cqrs.Emits[GateClosed]())
	}, func(m *cqrs.EventMap) {
		cqrs.DeclarePublished[StormCame](m)
		cqrs.BindEvent[cqrs.EventFunc[GateEvent]](m)
	}, bootstrap.WithProvenEvents())
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	_ = mediator.Send(ctx, OpenGate{Force: true})
	_ = mediator.Send(ctx, CloseGate{})
	_ = mediator.Publish(ctx, StormCame{})
	// Output:
	// cqrs_test.GateJammed
	// cqrs_test.GateClosed
	// cqrs_test.StormCame
}
