package cqrs

import (
	"context"
	"reflect"
	"sync"

	"github.com/digcqrs/digcqrs/internal/wiring"
)

// Mediator dispatches messages to their handlers. Each call of one of its methods is a
// request with a scope of its own. bootstrap.New returns one. It is immutable and safe for
// concurrent use.
type Mediator struct {
	routes           map[uintptr]*endpoint // by typeID
	topics           map[uintptr]*topic
	open             []*subscription // to interfaces
	met              sync.Map        // reflect.Type to *topic, for events that only open subscriptions handle
	named            map[string]*subscription
	registry         *registry
	factories        map[reflect.Type]wiring.Factory
	observers        []Observer
	settings         wiring.Settings
	afterScopeErrors func(context.Context, []*EventError) // nil to return them
	expected         func(error) bool                     // of the application; may be nil
	helpers          chan struct{}                        // a semaphore: one place for each extra goroutine that may run
	idle             sync.Pool                            // of *request
}

// typeID returns a number for a type. A map lookup by typeID takes 10 ns, one by
// reflect.Type 16 ns, since that hashes an interface.
func typeID(t reflect.Type) uintptr { return reflect.ValueOf(t).Pointer() }

// route finds the endpoint of a command or query by its exact type.
func (m *Mediator) route(ctx context.Context, message any) (*endpoint, error) {
	e, err := m.find(ctx, message)
	if err == nil && e.kind == KindStream { // the message is also a StreamRequest, and is bound as that
		return nil, &NoHandlerError{Message: e.message}
	}
	return e, err
}

// routeStream finds the endpoint of a stream request by its exact type.
func (m *Mediator) routeStream(ctx context.Context, message any) (*endpoint, error) {
	e, err := m.find(ctx, message)
	if err == nil && e.kind != KindStream {
		return nil, &NoHandlerError{Message: e.message}
	}
	return e, err
}

// find returns the endpoint that a message of any kind is bound to.
func (m *Mediator) find(ctx context.Context, message any) (*endpoint, error) {
	t := reflect.TypeOf(message)
	switch {
	case m == nil:
		return nil, nilMediatorError(t)
	case ctx == nil:
		return nil, nilContextError(t)
	}
	if t != nil {
		if e := m.routes[typeID(t)]; e != nil {
			return e, nil
		}
	}
	return nil, m.unroutable(t)
}

// unroutable returns the error for a message that is not bound.
func (m *Mediator) unroutable(t reflect.Type) error {
	switch {
	case t == nil:
		return nilMessageError("sent")
	case t.Kind() == reflect.Pointer:
		return pointerError("sent", t)
	default:
		return &NoHandlerError{Message: t, Suggestions: m.suggest(t)}
	}
}

// Publish delivers events to their handlers in one request: first to the handlers in the
// scope, then to those after the scope.
//
// If a handler in the scope fails, the request fails with an [*EventError] and its
// finalizers roll back. If handlers after the scope fail, the request stays done and the
// error joins an [*EventError] for each: see [Done] and [EventErrors].
func (m *Mediator) Publish(ctx context.Context, events ...Event) error {
	switch {
	case m == nil:
		return nilMediatorError(nil)
	case ctx == nil:
		return nilContextError(nil)
	}
	err, _ := m.raiseFree(ctx, nil, recorded{events, ctx})
	return err
}

// Run runs do as one request. Everything that do sends through the [Sender] shares one
// scope. If do returns nil, the recorded events are dispatched; otherwise they are dropped
// and Run returns the error. Errors of events and finalizers are returned as by
// [Mediator.Send].
func (m *Mediator) Run(ctx context.Context, do func(ctx context.Context, s Sender) error) error {
	switch {
	case m == nil:
		return nilMediatorError(nil)
	case ctx == nil:
		return nilContextError(nil)
	case do == nil:
		return nilFuncError()
	}
	err, _ := m.run(ctx, nil, func(r *request) (err error) {
		returned := false
		defer func() {
			if !returned {
				err = m.panicked(ctx, recover(), nil, "the function passed to Run")
			}
		}()
		err = do(ctx, r.senderOfRun())
		returned = true
		return err
	})
	return err
}

// run opens a request that has no handler of its own and calls do in it.
func (m *Mediator) run(ctx context.Context, b *Binding, do func(*request) error) (outcome error, done bool) {
	r := m.begin(ctx, b)
	defer r.close(ctx)
	return r.conclude(ctx, do(r))
}

func (m *Mediator) target() (*Mediator, *sender) { return m, nil }

// targetOf returns the mediator of s and, if s belongs to a request, its sender. It returns
// nil for a nil Sender.
func targetOf(s Sender) (*Mediator, *sender) {
	if s == nil {
		return nil, nil
	}
	return s.target()
}
