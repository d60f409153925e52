package cqrs

import (
	"context"
	"reflect"

	"github.com/digcqrs/digcqrs/internal/wiring"
)

// endpoint is a binding in use by a mediator. It takes messages of every kind to their
// handlers, which is the general way; shortWay is the other one.
type endpoint struct {
	*Binding
	m           *Mediator
	one         *single // the handler; nil if there are several
	factory     factory // of the handler; of the first, if there are several
	aroundScope Next    // the chain around the scope; nil if there is none
	inScope     Next    // the chain in the scope; nil if there is none and only one handler
	free        bool    // nothing in the scope needs a request
	short       any     // a *shortWay, or nil
}

// endpoint returns the endpoint of a binding, with its middleware composed.
func (m *Mediator) endpoint(b *Binding) *endpoint {
	e := &endpoint{Binding: b, m: m, factory: m.factory(b.handler), free: true}
	for _, h := range b.Handlers() {
		e.free = e.free && m.factory(h).isFree()
	}
	e.one, _ = b.plan.(*single)
	around, in := m.registry.split(b)
	for _, l := range in {
		e.free = e.free && (l.built == nil || m.factory(l.built).isFree())
	}
	if len(around) > 0 {
		e.aroundScope = e.compose(around, func(end *link) Next { return end.openScope })
	}
	if len(in) > 0 || e.one == nil || b.kind == KindStream {
		e.inScope = e.compose(in, func(end *link) Next { return end.callHandlers })
	}
	if b.shorten != nil && e.one != nil && e.free && e.aroundScope == nil && e.inScope == nil && !m.observesRequests() &&
		!m.reports {
		e.short = b.shorten(e)
	}
	return e
}

// send sends a command or query through via, or in a request of its own if via is nil.
// message is what enclose returned. The result is valid if [Done] is true for the error.
func (e *endpoint) send(ctx context.Context, via *sender, message any) (result any, err error) {
	if via == nil {
		call := e.m.calls.begin()
		if call == nil {
			return nil, closedError(e.message)
		}
		defer e.m.calls.end(call)
	}
	if handled := e.m.handling(e.Binding); handled != nil {
		err = ErrExit // unless it returns
		defer func() { handled(ctx, err) }()
	}
	switch {
	case via != nil:
		return e.join(ctx, via, message)
	case e.m.reports:
		return e.sendRecorded(ctx, message)
	default:
		return e.open(ctx, message, nil)
	}
}

// open sends a command or query in a request of its own.
func (e *endpoint) open(ctx context.Context, message any, t *trace) (any, error) {
	if e.aroundScope == nil {
		return e.begin(ctx, message, 0, t)
	}
	open := func(ctx context.Context, in *Invocation) (any, error) {
		return e.begin(ctx, message, in.repeats.Load(), t)
	}
	in := newInvocationWith(e, frame{}, message, extra{open: open, trace: t})
	return startAroundScope(ctx, in)
}

// join handles a message in the request that via belongs to.
func (e *endpoint) join(ctx context.Context, via *sender, message any) (any, error) {
	f, err := via.enter(e.message)
	if err != nil {
		return nil, err
	}
	defer via.leave()
	if f.req.trace != nil {
		return e.joinRecorded(ctx, f, message)
	}
	return e.joinIn(ctx, f, message)
}

// joinIn is join for a sender that is in use.
func (e *endpoint) joinIn(ctx context.Context, f frame, message any) (any, error) {
	result, events, err := e.callNested(ctx, f, message, nil)
	if err == nil {
		err = f.req.raise(events, f.cause)
	}
	if err != nil {
		return nil, failed(err)
	}
	return result, nil
}

// callNested takes a message through both of its chains, in the scope of another message.
// The results are those of call.
func (e *endpoint) callNested(
	ctx context.Context, f frame, message any, origin context.Context,
) (result any, events recorded, err error) {
	if e.aroundScope == nil {
		return e.call(ctx, f, message, origin, true)
	}
	in := newInvocationWith(e, f, message, extra{nested: true, origin: origin, open: joinScope})
	result, err = startAroundScope(ctx, in)
	return result, in.recorded, err
}

// begin handles a message in a scope of its own. If nothing needs one it opens a
// request only for the events, which saves 40 ns.
func (e *endpoint) begin(ctx context.Context, message any, repeats int32, t *trace) (any, error) {
	if e.free && t == nil {
		result, events, err := e.call(ctx, frame{repeats: repeats}, message, nil, false)
		if err != nil {
			return nil, failed(err)
		}
		err, done := e.m.raiseFree(ctx, e.Binding, events)
		return doneResult(result, done), err
	}
	r, ctx := e.m.begin(ctx, e.Binding, t)
	defer r.close(ctx)
	result, err := e.handleIn(ctx, frame{lease: r.lease(), repeats: repeats}, message, nil)
	err, done := r.conclude(ctx, err)
	return doneResult(result, done), err
}

// handleIn handles the message that the request of f was opened for.
func (e *endpoint) handleIn(ctx context.Context, f frame, message any, origin context.Context) (any, error) {
	result, events, err := e.call(ctx, f, message, origin, false)
	if err == nil {
		err = f.req.raiseHere(events)
	}
	return result, err
}

// doneResult returns the result if the request is done, and nil otherwise.
func doneResult(result any, done bool) any {
	if !done {
		return nil
	}
	return result
}

// call takes a message, which may be enclosed, through the chain in the scope to its handlers.
// It returns the result and the recorded events if it succeeds, and only the error otherwise.
func (e *endpoint) call(
	ctx context.Context, f frame, payload any, origin context.Context, nested bool,
) (any, recorded, error) {
	if e.inScope == nil {
		events := recorded{ctx: ctx}
		result, err := e.handle(ctx, e.one, f, payload, &events)
		if err != nil {
			return nil, recorded{}, err
		}
		return result, events, nil
	}
	in, enveloped := payload.(*Invocation)
	switch {
	case enveloped:
		in.lease = f.lease
	case nested || origin != nil:
		in = newInvocationWith(e, f, payload, extra{nested: nested, origin: origin})
	default:
		in = newInvocation(e, f, payload)
	}
	result, err := startInScope(ctx, in)
	if err != nil {
		return nil, recorded{}, err
	}
	return result, in.recorded, nil
}

// handle builds a handler and calls it. It adds the recorded events to events if the handler
// succeeded or passed the message on. It turns a panic into an error.
//
//go:noinline
func (e *endpoint) handle(
	ctx context.Context, h *single, f frame, payload any, events *recorded,
) (result any, err error) {
	if f.req != nil && f.req.trace != nil {
		return e.handleRecorded(ctx, h, f, payload, events)
	}
	at := constructing
	defer func() {
		if at != returned && !isConsuming(payload) {
			result, err = nil, e.unwound(ctx, recover(), at, h)
		}
	}()
	k := &e.factory
	if h != e.one {
		of := e.m.factory(h.handler)
		k = &of
	}
	handler, err := k.build(ctx, f, e.message)
	if err == nil {
		at = handling
		result, err = h.call(ctx, handler, payload)
		if err = e.collect(h, handler, events, err); err != nil {
			result, err = nil, failed(err)
		}
	}
	at = returned
	return result, err
}

// collect adds the events of a handler that succeeded or passed the message on. It returns the error
// of the handler, or one of the events.
func (e *endpoint) collect(h *single, handler any, events *recorded, err error) error {
	if !h.records || err != nil && err != ErrNotHandled {
		return err
	}
	fresh := eventsOf(handler)
	if undeclared := e.m.declared.checkRecorded(e.Binding, h.handler, fresh); undeclared != nil {
		return undeclared
	}
	events.add(fresh)
	return err
}

// eventsOf returns the events that a handler has recorded.
func eventsOf(handler any) []Event {
	if source, ok := handler.(EventSource); ok {
		return source.Events()
	}
	return nil
}

// factory makes a handler, or a middleware that the container builds.
type factory struct{ wiring.Factory }

func (m *Mediator) factory(t reflect.Type) factory { return factory{m.factories[t]} }

// isFree reports whether the factory needs no request.
func (k factory) isFree() bool { return k.Singleton || k.New != nil }

// build returns an instance for a message of the given type.
func (k *factory) build(ctx context.Context, f frame, message reflect.Type) (any, error) {
	switch {
	case k.Singleton:
		return k.Instance, nil
	case k.New != nil:
		return k.New()
	default:
		return f.req.build(ctx, f, k.Root, message)
	}
}
