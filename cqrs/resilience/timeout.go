package resilience

import (
	"context"
	"fmt"
	"time"

	"github.com/failsafe-go/failsafe-go/timeout"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/wrap"
)

// Timeout returns a middleware that limits the time of the handler: its context has a
// deadline. It is [middleware.Timeout] and follows the same rules: a handler that fails
// after its time is over fails with a [*middleware.TimeoutError], a late success is a
// success, and a handler that ignores its context is waited for. In addition, errors.Is
// matches timeout.ErrExceeded of failsafe-go.
//
// The timeout policy of failsafe-go itself is not used: it hides the deadline from the
// handler, and reports a late success as a failure even if it was committed.
//
// For a limit that is not positive, bootstrap.New returns a [*ConfigError].
func Timeout(limit time.Duration) cqrs.Middleware { return timeoutAt(errtext.Caller(), limit) }

// timeoutAt is Timeout, called at where.
func timeoutAt(where string, limit time.Duration) cqrs.Middleware {
	if limit <= 0 {
		return rejected("Timeout", where, fmt.Sprintf("invalid duration %v; use a positive one", limit))
	}
	return group(cqrs.MiddlewareFunc(nameTimeout), middleware.Timeout(limit))
}

// nameTimeout makes errors.Is match the error of failsafe-go.
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

// isTimeout reports whether a handler was cancelled because its time was over.
func isTimeout(err error) bool {
	return isA[*middleware.TimeoutError](err)
}
