package resilience

import (
	"context"
	"fmt"
	"time"

	"github.com/failsafe-go/failsafe-go/timeout"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/safe"
	"github.com/digcqrs/digcqrs/internal/wrap"
)

// Timeout returns a middleware that gives the handler so much time: its context
// has that deadline. It is [middleware.Timeout], with the rules that it has: a
// handler that fails when its time is over fails with a
// [*middleware.TimeoutError], a late success is a success, and a handler that
// ignores its context is waited for. errors.Is finds timeout.ErrExceeded of
// failsafe-go too.
//
// The timeout policy of failsafe-go itself is not used. It hides the deadline
// from the handler, and calls a late success a failure even if it was committed.
//
// A limit that is not positive is an [*UnfitError] that bootstrap.New returns.
func Timeout(limit time.Duration) cqrs.Middleware {
	if limit <= 0 {
		return unfit("Timeout", fmt.Sprintf("was given %v; give it a positive time", limit))
	}
	return group(cqrs.Around(nameTimeout), middleware.Timeout(limit))
}

// nameTimeout has errors.Is find the error of failsafe-go.
func nameTimeout(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	result, err := next(ctx, in)
	if over, is := err.(*middleware.TimeoutError); is {
		return result, timeoutError{over, wrap.Around(over)}
	}
	return result, err
}

type timeoutError struct {
	*middleware.TimeoutError
	only
}

type only = wrap.Only

func (e timeoutError) Unwrap() []error { return []error{e.TimeoutError, timeout.ErrExceeded} }

// isTimeout tells whether a handler was cancelled because its time was over.
func isTimeout(err error) bool {
	_, is := safe.As[*middleware.TimeoutError](err)
	return is
}
