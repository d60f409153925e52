// Package outcome names the outcome of a message and the type of its error, for all
// logs and measurements of this module.
package outcome

import (
	"context"
	"runtime"
	"runtime/debug"
	"slices"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// Outcome is the result of handling a message.
type Outcome string

// The outcomes of a message.
const (
	OK               Outcome = "ok"                 // there is no error
	Stopped          Outcome = "stopped"            // the consumer of a stream stopped
	SideEffectFailed Outcome = "side_effect_failed" // done, but after-scope handlers failed
	Rejected         Outcome = "rejected"           // not handled, or rolled back, as expected
	Failed           Outcome = "error"              // not handled, or rolled back
	Panicked         Outcome = "panic"              // the same, because of a panic
	Exited           Outcome = "exit"               // the same, because a goroutine ended
)

// IsFailure reports whether a message was not handled, or was rolled back, unexpectedly.
func (o Outcome) IsFailure() bool { return o == Failed || o == Panicked || o == Exited }

// Judge reports whether an error is expected: a *cqrs.Mediator, or an *cqrs.Invocation.
type Judge interface {
	Expected(err error) bool
}

// Of returns the outcome of a message of a binding whose chain returned err. If judge is
// nil, no error is expected.
func Of(b *cqrs.Binding, judge Judge, err error) Outcome {
	if err == nil {
		return OK
	}
	cause := cqrs.Cause(err)
	panicked, _ := cause.(*cqrs.PanicError)
	switch {
	case b.Kind() == cqrs.KindStream && cause == cqrs.ErrStreamStopped:
		return Stopped
	case cqrs.Done(err):
		return SideEffectFailed
	case panicked != nil && isOwn(b, panicked):
		return Panicked
	case cause == cqrs.ErrExit:
		return Exited
	case judge != nil && judge.Expected(err):
		return Rejected
	default:
		return Failed
	}
}

// isOwn reports whether the handler, a middleware around it or a finalizer panicked,
// rather than the handler of another message that it sent.
func isOwn(b *cqrs.Binding, p *cqrs.PanicError) bool {
	return p.Message == nil || p.Message == b.Message() || slices.Contains(b.Handlers(), p.Handler)
}

// Observe calls next, and then done with the outcome and the error of the message. A
// panic of next and the end of its goroutine pass through. A panic of done has no effect.
func Observe(
	ctx context.Context, in *cqrs.Invocation, next cqrs.Next, done func(Outcome, error),
) (result any, err error) {
	returned := false
	defer func() {
		if returned {
			safe.Do(func() { done(Of(in.Binding(), in, err), err) })
			return
		}
		// Only recover tells a panic from runtime.Goexit.
		value := recover()
		if value == nil {
			safe.Do(func() { done(Exited, cqrs.ErrExit) })
			// A program may let panic(nil) be nil; then this is returned.
			err = &cqrs.PanicError{Value: new(runtime.PanicNilError), Stack: debug.Stack()}
			return
		}
		safe.Do(func() { done(Panicked, &cqrs.PanicError{Value: value}) })
		panic(value)
	}()
	result, err = next(ctx, in)
	returned = true
	return result, err
}
