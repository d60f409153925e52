package cqrs_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type DialModem struct{ cqrs.Command }

// NewDialModem returns a handler that succeeds at the third call.
func NewDialModem() cqrs.CommandFunc[DialModem] {
	calls := 0
	return func(context.Context, DialModem) error {
		if calls++; calls < 3 {
			return errors.New("the line is busy")
		}
		return nil
	}
}

// Persist is a simple retry. Package cqrs/resilience has a better one.
func Persist(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (result any, err error) {
	for range 5 {
		if result, err = next(ctx, in); err == nil {
			break
		}
	}
	return result, err
}

// Report prints how a message ended.
func Report(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	result, err := next(ctx, in)
	fmt.Println("attempt", in.Attempt(), "was the last:", err)
	return result, err
}

// OnRetry shows attempts that a middleware outside of the retry does not see.
func ExampleOnRetry() {
	c := container.New()
	if err := c.Provide(NewDialModem, container.Singleton()); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[cqrs.CommandFunc[DialModem]](m)
	}, nil, bootstrap.WithMiddleware(
		cqrs.OnRetry(func(_ context.Context, in *cqrs.Invocation, err error) {
			fmt.Println("attempt", in.Attempt(), "failed:", err)
		}, cqrs.MiddlewareFunc(Report)),
		cqrs.AroundScope(cqrs.MiddlewareFunc(Persist)),
	))
	if err != nil {
		panic(err)
	}
	_ = mediator.Send(context.Background(), DialModem{})
	// Output:
	// attempt 1 failed: the line is busy
	// attempt 2 failed: the line is busy
	// attempt 3 was the last: <nil>
}
