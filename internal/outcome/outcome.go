// Package outcome says how a message ended, in the words that the logs and
// measurements of this module have in common.
package outcome

import (
	"context"
	"runtime"
	"runtime/debug"
	"slices"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// Outcome is how a message ended.
type Outcome string

// The outcomes of a message.
const (
	OK               Outcome = "ok"                 // there is no error
	Stopped          Outcome = "stopped"            // the consumer of a stream stopped
	SideEffectFailed Outcome = "side_effect_failed" // done, but after-scope handlers failed
	Failed           Outcome = "error"              // not handled, or undone
	Panicked         Outcome = "panic"              // so it was, and a panic was the cause
	Exited           Outcome = "exit"               // a goroutine ended
)

// IsFailure reports whether a message was not handled, or was undone.
func (o Outcome) IsFailure() bool { return o == Failed || o == Panicked || o == Exited }

// Of returns the outcome of a message of a binding whose chain has returned err.
func Of(b *cqrs.Binding, err error) Outcome {
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
	default:
		return Failed
	}
}

// isOwn reports whether a panic was that of the handler or around it, or of a
// finalizer, and not that of another message which the handler sent.
func isOwn(b *cqrs.Binding, p *cqrs.PanicError) bool {
	return p.Message == nil || p.Message == b.Message() || slices.Contains(b.Handlers(), p.Handler)
}

// Observe calls next and then done, with how the message ended. A panic of next and
// the end of its goroutine pass through; a panic of done has no effect.
func Observe(ctx context.Context, in *cqrs.Invocation, next cqrs.Next, done func(Outcome, error)) (result any, err error) {
	returned := false
	defer func() {
		if returned {
			safe.Do(func() { done(Of(in.Binding(), err), err) })
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
