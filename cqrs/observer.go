package cqrs

import (
	"context"
	"reflect"
	"time"

	"github.com/digcqrs/digcqrs/internal/instrument"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// Instrument returns an observer whose hooks carry out the steps of requests. It is for package
// cqrstest: the parameter is of an internal type.
func Instrument(o Observer, hooks instrument.Hooks) Observer {
	o.hooks = hooks
	return o
}

// Observer is a set of functions that a mediator calls to report what it does, including
// what a middleware cannot see: an event without a handler, a fallback, a panic, and an
// error that nobody receives. Functions may be nil. They must be safe for concurrent use and
// return quickly, since the request waits for them. A panic in one of them has no effect.
//
// bootstrap.WithObserver adds an Observer to a mediator.
type Observer struct {
	// Enabled reports whether to call Handled. It is called once for each request. The
	// default is true.
	Enabled func() bool
	// Handled receives each command, query and stream when it has ended, with the error that
	// the sender receives; for a command that was scheduled see Delivered. Setting it costs each
	// request two readings of the clock.
	Handled func(ctx context.Context, b *Binding, took time.Duration, err error)
	// FellBack is called when the handler from has failed and a [Fallback] tries another.
	FellBack func(ctx context.Context, b *Binding, from reflect.Type, err error)
	// Unhandled receives the type of an event that has no handler, unless that is an error.
	Unhandled func(ctx context.Context, event reflect.Type)
	// Panicked receives each panic in the application's code.
	Panicked func(ctx context.Context, err *PanicError)
	// Lost receives an error that cannot be returned to anybody, such as that of a finalizer
	// after the consumer has stopped the stream, or after runtime.Goexit. b is nil for
	// [Mediator.Run] and [Mediator.Publish].
	Lost func(ctx context.Context, b *Binding, err error)
	// Delivered receives the outcome of each attempt of a durable delivery.
	Delivered func(ctx context.Context, o DeliveryOutcome)
	// RelayFailed receives an error of a relay itself, such as one of its store. The relay goes on.
	RelayFailed func(ctx context.Context, err error)
	// Reported receives what happened in each call of the mediator when the call has ended. Setting it
	// has all steps recorded, which makes requests several times slower: use it in tests and to debug.
	Reported func(*Report)
	// Closed receives the numbers of a call of [Mediator.Close]: how many requests that were in
	// flight have finished, and how many it has not waited for any longer.
	Closed func(ctx context.Context, finished, abandoned int)

	hooks instrument.Hooks
}

// DeliveryOutcome is the outcome of an attempt to make a durable delivery.
type DeliveryOutcome struct {
	Binding      *Binding // nil if nothing is bound to the subscription
	Subscription string
	Name         string // the name under which the event or command is stored
	ID           string // of the delivery
	Attempt      int    // 1 for the first
	Took         time.Duration
	Err          error         // nil if the delivery is completed
	Retry        time.Duration // how long the relay waits before the next attempt
	Dead         bool          // the delivery is now a dead letter
	Reported     bool          // a middleware has received the outcome; see Invocation.Delivered
}

// complete returns an observer without nil functions, except for Handled.
func (o Observer) complete() Observer {
	if o.Enabled == nil {
		o.Enabled = func() bool { return true }
	}
	if o.FellBack == nil {
		o.FellBack = func(context.Context, *Binding, reflect.Type, error) {}
	}
	if o.Unhandled == nil {
		o.Unhandled = func(context.Context, reflect.Type) {}
	}
	if o.Panicked == nil {
		o.Panicked = func(context.Context, *PanicError) {}
	}
	if o.Lost == nil {
		o.Lost = func(context.Context, *Binding, error) {}
	}
	if o.Delivered == nil {
		o.Delivered = func(context.Context, DeliveryOutcome) {}
	}
	if o.RelayFailed == nil {
		o.RelayFailed = func(context.Context, error) {}
	}
	if o.Closed == nil {
		o.Closed = func(context.Context, int, int) {}
	}
	return o
}

// observe passes each observer to call, and ignores panics.
func (m *Mediator) observe(call func(*Observer)) {
	for i := range m.observers {
		safe.Do(func() { call(&m.observers[i]) })
	}
}

// lose reports an error that nobody receives to the observers, unless it only says that the
// consumer of a stream stopped, or that a goroutine ended.
func (m *Mediator) lose(ctx context.Context, b *Binding, err error) {
	for e := range safe.Tree(err) {
		if e != ErrStreamStopped && e != ErrExit && len(safe.Unwrap(e)) == 0 {
			m.observe(func(o *Observer) { o.Lost(ctx, b, err) })
			return
		}
	}
}

// observesRequests reports whether an observer wants to know of requests.
func (m *Mediator) observesRequests() bool {
	for i := range m.observers {
		if m.observers[i].Handled != nil {
			return true
		}
	}
	return false
}

// handling returns the function to call when a request has ended, or nil if no observer is
// enabled.
func (m *Mediator) handling(b *Binding) (handled func(ctx context.Context, err error)) {
	var enabled []*Observer
	for i := range m.observers {
		o := &m.observers[i]
		safe.Do(func() {
			if o.Handled != nil && o.Enabled() {
				enabled = append(enabled, o)
			}
		})
	}
	if enabled == nil {
		return nil
	}
	return reportTo(enabled, b)
}

// reportTo starts the clock of a request. It is a function of its own so that handling
// allocates nothing if no observer is enabled.
func reportTo(observers []*Observer, b *Binding) func(ctx context.Context, err error) {
	start := time.Now()
	return func(ctx context.Context, err error) {
		took := time.Since(start)
		for _, o := range observers {
			safe.Do(func() { o.Handled(ctx, b, took, err) })
		}
	}
}
