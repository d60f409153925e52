package cqrs

import (
	"context"
	"reflect"
	"sync"

	"github.com/digcqrs/digcqrs/cqrs/topology"
	"github.com/digcqrs/digcqrs/internal/instrument"
	"github.com/digcqrs/digcqrs/internal/wiring"
	"github.com/digcqrs/digcqrs/internal/workers"
)

// Mediator dispatches messages to their handlers. Each call of one of its methods is a
// request with a scope of its own. bootstrap.New returns one. It is immutable and safe for
// concurrent use.
type Mediator struct {
	routes           typeTable[*endpoint]
	topics           typeTable[*topic]
	open             []*subscription // to interfaces
	met              sync.Map        // reflect.Type to *topic, for events that only open subscriptions handle
	named            map[string]*subscription
	registry         *registry
	types            messageTypes
	codec            Codec
	declared         *declared // nil unless events are proven
	propagators      []Propagator
	listeners        listeners // for records that a request has committed
	factories        map[reflect.Type]wiring.Factory
	components       func() ([]topology.Component, []string) // see wiring.Plan
	observers        []Observer
	settings         wiring.Settings
	afterScopeErrors func(ctx context.Context, all, silent []*EventError) // nil to return them
	expected         []func(error) bool                                   // of the application
	helpers          *workers.Helpers                                     // for after-scope deliveries
	idle             sync.Pool                                            // of *request
	fake             wiring.Fake[Event]                                   // of a Sender for tests
	reports          bool                                                 // an observer wants reports
	hooks            instrument.Hooks                                     // of those observers
	calls            calls
}

// route finds the endpoint of a request by its exact type. A message that can be sent both
// ways, as a stream and as another request, is bound as one of them.
func (m *Mediator) route(ctx context.Context, message any, stream bool) (*endpoint, error) {
	t := reflect.TypeOf(message)
	if err := m.check(ctx, t); err != nil {
		return nil, err
	}
	if t == nil {
		return nil, m.unroutable(t)
	}
	switch e := m.routes.get(t); {
	case e == nil:
		return nil, m.unroutable(t)
	case stream != (e.kind == KindStream):
		return nil, &NoHandlerError{Message: t}
	default:
		return e, nil
	}
}

// check returns an error if a call lacks its mediator or its context.
func (m *Mediator) check(ctx context.Context, message reflect.Type) error {
	switch {
	case m == nil:
		return nilMediatorError(message)
	case ctx == nil:
		return nilContextError(message)
	default:
		return nil
	}
}

// unroutable returns the error for a message that is not bound.
func (m *Mediator) unroutable(t reflect.Type) error {
	switch {
	case t == nil:
		return nilMessageError("sent")
	case t.Kind() == reflect.Pointer:
		return pointerError("sent", t)
	default:
		return &NoHandlerError{Message: t, Suggestions: m.registry.suggest(t)}
	}
}

// Publish delivers events to their handlers in one request: first to the handlers in the
// scope, then to those after the scope.
//
// If a handler in the scope fails, the request fails with an [*EventError] and its
// finalizers roll back. If handlers after the scope fail, the request stays done and the
// error joins an [*EventError] for each: see [Done] and [EventErrors].
//
// With bootstrap.WithProvenEvents, an event that nothing declares is a [*MessageError]: see
// [DeclarePublished].
func (m *Mediator) Publish(ctx context.Context, events ...Event) error {
	if err := m.check(ctx, nil); err != nil {
		return err
	}
	if err := m.declared.checkPublished(events); err != nil {
		return err
	}
	call := m.calls.begin()
	if call == nil {
		return closedError(nil)
	}
	defer m.calls.end(call)
	if m.reports {
		return m.call(ctx, "Publish", nil, func(ctx context.Context, t *trace) error {
			err, _ := m.run(ctx, nil, t, func(_ context.Context, r *request) error { return r.raise(recorded{events, ctx}, nil) })
			return err
		})
	}
	err, _ := m.raiseFree(ctx, nil, recorded{events, ctx})
	return err
}

// Run runs do as one request. Everything that do sends through the [Sender] shares one
// scope. If do returns nil, the recorded events are dispatched; otherwise they are dropped
// and Run returns the error. Errors of events and finalizers are returned as by
// [Mediator.Send].
func (m *Mediator) Run(ctx context.Context, do func(ctx context.Context, s Sender) error) error {
	if err := m.check(ctx, nil); err != nil {
		return err
	}
	if do == nil {
		return nilFuncError()
	}
	call := m.calls.begin()
	if call == nil {
		return closedError(nil)
	}
	defer m.calls.end(call)
	return m.call(ctx, "Run", nil, func(ctx context.Context, t *trace) error {
		err, _ := m.run(ctx, nil, t, func(ctx context.Context, r *request) error {
			return m.guard(ctx, nil, "the function passed to Run", func() error { return do(ctx, r.senderOfRun()) })
		})
		return err
	})
}

// run opens a request that has no handler of its own and calls do in it.
func (m *Mediator) run(
	ctx context.Context, b *Binding, t *trace, do func(context.Context, *request) error,
) (outcome error, done bool) {
	r, ctx := m.begin(ctx, b, t)
	defer r.close(ctx)
	return r.conclude(ctx, do(ctx, r))
}

func (m *Mediator) target() (*Mediator, *sender) { return m, nil }

// targetOf returns the mediator of s and, if s belongs to a request, its sender. It returns
// nil for a nil Sender.
func targetOf(s Sender) (*Mediator, *sender) {
	switch s := s.(type) {
	case nil:
		return nil, nil
	case *Mediator:
		return s, nil
	case *sender:
		return s.target()
	default:
		return embeddedTarget(s)
	}
}

// embeddedTarget returns the target of a type that embeds a Sender, which may be nil.
func embeddedTarget(s Sender) (m *Mediator, via *sender) {
	defer func() {
		if recover() != nil {
			m, via = nil, nil
		}
	}()
	return s.target()
}
