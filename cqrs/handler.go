package cqrs

import (
	"context"
	"iter"
	"slices"
)

// A CommandHandler handles a command without a result.
type CommandHandler[C any] interface {
	Handle(context.Context, C) error
}

// A RequestHandler handles a query, or a command with a result.
type RequestHandler[Q, R any] interface {
	Handle(context.Context, Q) (R, error)
}

// A StreamHandler answers a request with any number of items. An error that it
// yields ends the stream.
type StreamHandler[S, T any] interface {
	Handle(context.Context, S) iter.Seq2[T, error]
}

// An EventHandler is told of events.
type EventHandler[E any] interface {
	Handle(context.Context, E) error
}

// An EventSource is a handler that records events. Events returns all that it
// has recorded so far, oldest first. The mediator asks once Handle has
// succeeded and, of a stream, also before each item; it takes what it has not
// taken before.
type EventSource interface {
	Events() []Event
}

// An EventRecorder makes the handler that embeds it an [EventSource]. The zero
// value is ready. It is not safe for concurrent use.
type EventRecorder struct {
	recorded []Event
	first    [1]Event // room for one, which saves an allocation of 40 ns
}

// Record adds events. They are dispatched if the handler succeeds. Events are
// values: recording a pointer fails the request.
func (r *EventRecorder) Record(events ...Event) {
	if r.recorded == nil {
		r.recorded = r.first[:0]
	}
	r.recorded = append(r.recorded, events...)
}

// Events returns what was recorded, oldest first. The result is not to be changed.
func (r *EventRecorder) Events() []Event { return slices.Clip(r.recorded) }
