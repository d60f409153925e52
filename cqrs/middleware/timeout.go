package middleware

import (
	"context"
	"reflect"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/outcome"
)

// timed is a message that sets its own timeout.
type timed interface{ Timeout() time.Duration }

// Timeout returns a middleware that gives handlers a context with a deadline, after the
// given duration. A message that has the method
//
//	Timeout() time.Duration
//
// sets its own duration; 0 means no deadline, and a negative one is over at once. If after
// is 0, only messages with the method have a deadline; all others cost nothing.
//
// A handler that fails after its time is over fails with a [*TimeoutError], which wraps
// the handler's error. If the context ended earlier for another reason, such as the
// caller's own deadline, the error is returned unchanged. A success remains a success,
// however late. A panic remains a [*cqrs.PanicError].
//
// The handler is notified through its context only. Timeout waits for a handler that
// ignores the context, since nothing outlives a request. The time starts when the
// middleware is reached, and covers building the handler and Handle; for a stream, it
// covers everything until the stream ends, including what its consumer does. In
// cqrs.AroundScope it also covers the events of the request. After-scope handlers that
// have not started by then are not started: the request stays done, and only these
// deliveries fail.
//
// bootstrap.New returns a [*ConfigError] for a negative duration, and for a message that
// has the method on its pointer only.
func Timeout(after time.Duration) cqrs.Middleware {
	m := origin{"Timeout", errtext.Caller()}
	if after < 0 {
		return failing(m.errorf(
			"invalid duration %v; use a positive one, or 0 to limit only messages that set their own timeout", after))
	}
	methods := reflect.TypeFor[timed]()
	check := func(b *cqrs.Binding) error {
		if onPointer(b, methods) {
			return m.pointerError(b, "Timeout() time.Duration")
		}
		return nil
	}
	return cqrs.Checked(
		func(bindings []*cqrs.Binding) []error { return eachMessage(bindings, check) },
		cqrs.Policy(policyTimeout, cqrs.PerBinding(func(b *cqrs.Binding) cqrs.Middleware {
			switch {
			case mayImplement(b, methods):
				return cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					return within(ctx, in, next, ownTime(in, after))
				})
			case after > 0:
				return cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					return within(ctx, in, next, after)
				})
			default:
				return nil
			}
		})),
	)
}

// ownTime returns the timeout of a message, or the default.
func ownTime(in *cqrs.Invocation, after time.Duration) time.Duration {
	if message, ok := in.Message().(timed); ok {
		return message.Timeout()
	}
	return after
}

func within(ctx context.Context, in *cqrs.Invocation, next cqrs.Next, after time.Duration) (any, error) {
	if after == 0 {
		return next(ctx, in)
	}
	// The cause is unique to this call, which distinguishes this deadline from all others,
	// including that of an outer message of the same type.
	over := &TimeoutError{Message: messageType(in), Handler: in.Binding().Handler(), After: after, Err: context.DeadlineExceeded}
	ctx, cancel := context.WithTimeoutCause(ctx, after, over)
	defer cancel()
	result, err := next(ctx, in)
	o := outcome.Of(in.Binding(), nil, err)
	if !o.IsFailure() || o == outcome.Panicked || context.Cause(ctx) != error(over) {
		return result, err
	}
	if err == error(over) { // the handler returned the cause
		return nil, over
	}
	failed := *over // a copy, because the handler may still hold over
	failed.Err = err
	return nil, &failed
}
