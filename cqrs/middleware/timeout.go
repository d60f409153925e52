package middleware

import (
	"context"
	"reflect"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/outcome"
)

// A timed message says itself how long it may take.
type timed interface{ Timeout() time.Duration }

// Timeout returns a middleware that gives handlers a context with a deadline,
// so much time after they were reached. A message that has the method
//
//	Timeout() time.Duration
//
// says its own time, where 0 is none and a negative one is over at once. If after
// is 0, only such messages have a deadline; all others cost nothing.
//
// A handler that fails when its time is over fails with a [*TimeoutError], which
// has the handler's error in its chain. It makes none if the context was over for
// another reason before: the caller's own deadline is the caller's. A success is a
// success, however late. A panic remains a [*cqrs.PanicError].
//
// The handler is told by its context, and no other way: one that ignores it is
// waited for, since nothing outlives a request. The time counts from the moment
// when the middleware is reached. It is that for building the handler and for
// Handle; for a stream all of it until it has ended, with what its consumer does.
// In cqrs.AroundScope it is that of the request with its events, too. After-scope
// handlers that have not started by then are not started: the request is done
// then and stays so, and the error is theirs.
//
// A negative time, and a message that has the method on its pointer only, is an
// [*UnfitError] of bootstrap.New.
func Timeout(after time.Duration) cqrs.Middleware {
	m := maker{"Timeout", caller()}
	if after < 0 {
		return failing(m.unfit("was given %v; give it a positive time, or 0 to have only the messages that say their own", after))
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
		cqrs.PerBinding(func(b *cqrs.Binding) cqrs.Middleware {
			switch {
			case mayImplement(b, methods):
				return cqrs.Around(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					return within(ctx, in, next, ownTime(in, after))
				})
			case after > 0:
				return cqrs.Around(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					return within(ctx, in, next, after)
				})
			default:
				return nil
			}
		}),
	)
}

// ownTime returns the time that a message says, or the one for all others.
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
	// The cause is one of this call, so that it tells this deadline from all
	// others, also from that of a message of the same type further out.
	over := &TimeoutError{Message: messageType(in), Handler: in.Binding().Handler(), After: after, Err: context.DeadlineExceeded}
	ctx, cancel := context.WithTimeoutCause(ctx, after, over)
	defer cancel()
	result, err := next(ctx, in)
	o := outcome.Of(in.Binding(), err)
	if !o.IsFailure() || o == outcome.Panicked || context.Cause(ctx) != error(over) {
		return result, err
	}
	if err == error(over) { // the handler returned the cause
		return nil, over
	}
	failed := *over // which the handler may still have
	failed.Err = err
	return nil, &failed
}
