package cqrs_test

import (
	"context"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type (
	RingBell struct {
		cqrs.Command
		Times int
	}
	BellRung struct{ cqrs.DomainEvent }
)

// Validator is implemented by messages that can check themselves.
type Validator interface{ Validate() error }

func (c RingBell) Validate() error {
	if c.Times < 1 {
		return fmt.Errorf("a bell cannot ring %d times", c.Times)
	}
	return nil
}

type RingBellHandler struct{ cqrs.EventRecorder }

func NewRingBellHandler() *RingBellHandler { return &RingBellHandler{} }

func (h *RingBellHandler) Handle(context.Context, RingBell) error {
	h.Record(BellRung{})
	return nil
}

type Neighbour struct{}

func NewNeighbour() *Neighbour { return &Neighbour{} }

func (*Neighbour) Handle(context.Context, BellRung) error { return nil }

// Trace prints each message with its handler and the error that it returned.
func Trace(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	result, err := next(ctx, in)
	fmt.Printf("%v %T to %s: %v\n", in.Kind(), in.Message(), in.Handler(), err)
	return result, err
}

// Validate rejects invalid messages.
func Validate(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	if v, ok := in.Message().(Validator); ok {
		if err := v.Validate(); err != nil {
			return nil, err
		}
	}
	return next(ctx, in)
}

// Middleware wraps every handler, the first one outermost: here
// Trace(Validate(handler)).
func Example_middleware() {
	c := container.New()
	if err := c.ProvideAll(NewRingBellHandler, NewNeighbour); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*RingBellHandler](m)
	}, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*Neighbour](m)
	}, bootstrap.WithMiddleware(cqrs.MiddlewareFunc(Trace), cqrs.MiddlewareFunc(Validate)))
	if err != nil {
		panic(err)
	}
	for _, times := range []int{2, 0} {
		_ = mediator.Send(context.Background(), RingBell{Times: times})
	}
	// Output:
	// command cqrs_test.RingBell to *cqrs_test.RingBellHandler: <nil>
	// event cqrs_test.BellRung to *cqrs_test.Neighbour: <nil>
	// command cqrs_test.RingBell to *cqrs_test.RingBellHandler: a bell cannot ring 0 times
}
