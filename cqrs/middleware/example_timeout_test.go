package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
)

type (
	CallTaxi struct{ cqrs.Command }
	CallBus  struct{ cqrs.Command }
)

// Timeout overrides the default timeout.
func (CallTaxi) Timeout() time.Duration { return time.Millisecond }

type CallTaxiHandler struct{}

func NewCallTaxiHandler() *CallTaxiHandler { return &CallTaxiHandler{} }

// Handle waits for a taxi that never comes.
func (*CallTaxiHandler) Handle(ctx context.Context, _ CallTaxi) error {
	<-ctx.Done()
	return fmt.Errorf("no taxi: %w", ctx.Err())
}

type CallBusHandler struct{}

func NewCallBusHandler() *CallBusHandler { return &CallBusHandler{} }

func (*CallBusHandler) Handle(ctx context.Context, _ CallBus) error {
	_, limited := ctx.Deadline()
	fmt.Println("the bus has a deadline:", limited)
	return nil
}

// A message can set its own timeout. A TimeoutError tells it apart from a deadline
// that the caller set.
func ExampleTimeout() {
	c := container.New()
	if err := c.ProvideAll(NewCallTaxiHandler, NewCallBusHandler); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*CallTaxiHandler](m)
		cqrs.BindCommand[*CallBusHandler](m)
	}, nil, bootstrap.WithMiddleware(middleware.Timeout(time.Minute)))
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	err = mediator.Send(ctx, CallTaxi{})
	fmt.Println(err)
	if late, ok := errors.AsType[*middleware.TimeoutError](err); ok {
		fmt.Println(late.Message, "timed out after", late.After)
	}
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	fmt.Println(mediator.Send(ctx, CallBus{}))
	// Output:
	// middleware: *middleware_test.CallTaxiHandler did not handle middleware_test.CallTaxi within 1ms: no taxi: context deadline exceeded; raise the timeout, or make the handler faster
	// middleware_test.CallTaxi timed out after 1ms
	// true
	// the bus has a deadline: true
	// <nil>
}
