package cqrs

import (
	"context"
	"reflect"
	"time"

	"github.com/digcqrs/digcqrs/internal/safe"
)

// Observer observes what a mediator does. It must be safe for concurrent use. A panic in
// one of its methods has no effect.
type Observer interface {
	// Enabled reports whether to call Handled. It is called once for each request.
	Enabled() bool
	// Handled receives each command, query and stream when it has ended.
	Handled(ctx context.Context, b *Binding, took time.Duration, err error)
	// FellBack is called when the handler from has failed and a [Fallback] tries another.
	FellBack(ctx context.Context, b *Binding, from reflect.Type, err error)
	// Unhandled receives the type of an event that has no handler.
	Unhandled(ctx context.Context, event reflect.Type)
	// Panicked receives each panic in the application's code.
	Panicked(ctx context.Context, err *PanicError)
	// Lost receives an error that cannot be returned to anybody, such as that of a finalizer
	// after the consumer has stopped the stream.
	Lost(ctx context.Context, b *Binding, err error)
}

// observe passes the observer to call, if there is one, and ignores panics.
func (m *Mediator) observe(call func(Observer)) {
	if o := m.config.Observer; o != nil {
		safe.Do(func() { call(o) })
	}
}

// observes reports whether there is an observer that is enabled.
func (m *Mediator) observes() (enabled bool) {
	if o := m.config.Observer; o != nil {
		safe.Do(func() { enabled = o.Enabled() })
	}
	return enabled
}
