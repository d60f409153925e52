package cqrs

import (
	"context"

	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// Close closes the mediator: it refuses further calls with [ErrClosed], waits for those in flight,
// and returns nil when all of them have finished. If ctx ends earlier, Close returns a
// [*CloseError] with the numbers. Requests that are still running then go on, and Close has no
// effect on their contexts. The observers of the mediator receive the numbers in both cases, and
// bootstrap.WithLogger logs them: see [Observer].
//
// Every call of the mediator counts: Send, Publish, PublishTo, Run, Schedule, a stream until its
// consumer has finished, and the deliveries of a relay. A request in flight may do everything it
// could do before, since nested sends, events and after-scope deliveries are part of it. However,
// a handler that keeps the mediator itself, instead of a [Sender], makes calls of its own with it,
// and these are refused.
//
// Close is safe for concurrent use, and may be called again, such as with more time: each call
// counts what is in flight when it begins. A call from within a request waits for that request
// as well, and therefore until ctx ends.
//
// After Close, close the container: container.Container.Close ends what handlers were using.
func (m *Mediator) Close(ctx context.Context) error {
	if err := m.check(ctx, nil); err != nil {
		return err
	}
	inFlight, first := m.calls.close()
	abandoned := m.calls.wait(ctx)
	if first || inFlight > 0 {
		m.observe(func(o *Observer) { o.Closed(ctx, inFlight-abandoned, abandoned) })
	}
	if abandoned == 0 {
		return nil
	}
	return &CloseError{Finished: inFlight - abandoned, Abandoned: abandoned, Err: safe.ContextErr(ctx)}
}

// CloseError reports that the context of [Mediator.Close] ended before all requests had. errors.Is
// finds the error of the context.
type CloseError struct {
	Finished  int   // requests that were in flight when Close began, and have ended
	Abandoned int   // requests that are still running
	Err       error // that of the context
}

func (e *CloseError) Error() string {
	return errtext.Write(newText(
		"mediator closed while %d of %d requests were still running: %v; allow more time, or end requests by their contexts",
		e.Abandoned, e.Finished+e.Abandoned, e.Err))
}

// Unwrap returns the error of the context.
func (e *CloseError) Unwrap() error { return e.Err }
