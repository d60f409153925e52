package cqrs

import (
	"context"
	"iter"
	"slices"
)

// CommandHandler handles a command without a result.
type CommandHandler[C any] interface {
	Handle(context.Context, C) error
}

// RequestHandler handles a query, or a command with a result.
type RequestHandler[Q, R any] interface {
	Handle(context.Context, Q) (R, error)
}

// StreamHandler handles a request by yielding any number of items. Yielding an error
// ends the stream.
type StreamHandler[S, T any] interface {
	Handle(context.Context, S) iter.Seq2[T, error]
}

// EventHandler handles an event.
type EventHandler[E any] interface {
	Handle(context.Context, E) error
}

// EventSource is implemented by handlers that record events, usually by embedding
// [EventRecorder]. Events returns all events recorded so far, oldest first. The mediator
// calls it when Handle has succeeded. For a stream it also calls it before each item and
// dispatches only the events that are new since the previous call.
type EventSource interface {
	Events() []Event
}

// EventRecorder makes the handler that embeds it an [EventSource]. The zero value is
// ready to use. It is not safe for concurrent use.
type EventRecorder struct {
	recorded []Event
	first    [1]Event // room for one, which saves an allocation of 40 ns
}

// Record adds events, which are dispatched only if the handler succeeds. Events are
// values: recording a pointer fails the request with [ErrPointer].
func (r *EventRecorder) Record(events ...Event) {
	r.reserve(len(events))
	r.recorded = append(r.recorded, events...)
}

// reserve makes room for n more events.
func (r *EventRecorder) reserve(n int) {
	if r.recorded == nil {
		r.recorded = r.first[:0]
	}
	r.recorded = slices.Grow(r.recorded, n)
}

// Events returns the recorded events, oldest first. The caller must not modify the
// result.
func (r *EventRecorder) Events() []Event { return slices.Clip(r.recorded) }
