package cqrs

import (
	"context"
	"reflect"
	"time"
)

// This file is the way of a request from Send to its handler and back. What it
// does with events is in dispatch.go, what comes after the scope in aftermath.go.

// Send has the handler of a command or query handle it and returns the result.
// Its type is the one that the message states. s is a [*Mediator], which opens a
// scope for the request, or the [Sender] of another request, which this one
// joins.
//
// If the request fails, the result is the zero value and the error is that of
// the handler or, for errors.As, a [*NoHandlerError], a [*MessageError], a
// [*PanicError], or an [*EventError]. An error that joins an [*EventError] for
// each after-scope handler that failed comes beside the result: the request is
// done, as [Done] tells.
func Send[Q Request[R], R any](ctx context.Context, s Sender, message Q) (R, error) {
	m, joined := s.target()
	if ctx != nil {
		if r, ok := m.routes[typeID(reflect.TypeFor[Q]())].(*route[Q, R]); ok {
			return r.send(ctx, joined, message)
		}
	}
	// An interface type, or an error.
	var zero R
	r, err := m.route(ctx, message)
	if err != nil {
		return zero, err
	}
	result, err := r.sendBoxed(ctx, joined, message)
	typed, _ := result.(R)
	return typed, err
}

// A route leads requests of type Q to their handler.
type route[Q, R any] struct {
	to     endpoint // not embedded: its methods would be made again for every type of message
	handle func(ctx context.Context, handler any, message Q) (R, error)
	chain  Next // the middlewares around the handler; nil if there are none
}

func newRoute[Q, R any](e endpoint, handle func(context.Context, any, Q) (R, error)) router {
	r := &route[Q, R]{to: e, handle: handle}
	r.chain = compose(e.m.config.Middleware, r.innermost)
	return r
}

func (r *route[Q, R]) sendBoxed(ctx context.Context, s *sender, message any) (any, error) {
	return r.send(ctx, s, message.(Q))
}

func (r *route[Q, R]) send(ctx context.Context, s *sender, message Q) (R, error) {
	if o := r.to.m.config.Observer; o != nil && o.Enabled() {
		start := time.Now()
		result, err := r.pass(ctx, s, message)
		o.Handled(ctx, r.to.Binding, time.Since(start), err)
		return result, err
	}
	return r.pass(ctx, s, message)
}

func (r *route[Q, R]) pass(ctx context.Context, s *sender, message Q) (R, error) {
	switch {
	case s != nil:
		return r.join(ctx, s, message)
	case (r.to.Singleton || r.to.Free != nil) && r.chain == nil:
		return r.callFree(ctx, message)
	default:
		return r.begin(ctx, message)
	}
}

// begin handles a message in a scope of its own.
func (r *route[Q, R]) begin(ctx context.Context, message Q) (R, error) {
	req := r.to.m.open(ctx)
	defer req.close(ctx)
	result, err := r.call(ctx, req, message)
	if err = req.settle(ctx, err); err != nil {
		var zero R
		result = zero
	} else {
		err = req.afterScope(ctx)
	}
	req.ended = true
	return result, err
}

// join handles a message in the scope of the request that a Sender belongs to.
func (r *route[Q, R]) join(ctx context.Context, s *sender, message Q) (result R, err error) {
	req, err := s.enter(r.to.message)
	if err != nil {
		return result, err
	}
	defer s.leave()
	return r.call(ctx, req, message)
}

// call builds the handler and calls it, with the middlewares around both. What
// it recorded joins the queue of the request. A panic becomes an error.
func (r *route[Q, R]) call(ctx context.Context, req *request, message Q) (result R, err error) {
	defer func() {
		if p := recover(); p != nil {
			var zero R
			result, err = zero, r.to.m.panicked(ctx, p, r.to.Binding)
		}
	}()
	if r.chain != nil {
		return r.callChain(ctx, req, message)
	}
	handler, err := r.to.build(req)
	if err != nil {
		return result, err
	}
	if result, err = r.handle(ctx, handler, message); err == nil && r.to.records {
		err = req.collect(handler)
	}
	if err != nil {
		var zero R
		result = zero
	}
	return result, err
}

// callFree is begin for a handler that needs nothing of a request: a request is
// opened only if there are events to dispatch, which saves 40 ns if there are not.
func (r *route[Q, R]) callFree(ctx context.Context, message Q) (R, error) {
	var recorded []Event
	result, err := r.callRecording(ctx, message, &recorded)
	if err != nil {
		return result, failed(err)
	}
	if len(recorded) == 0 {
		return result, nil
	}
	req := r.to.m.open(ctx)
	defer req.close(ctx)
	if err = req.settle(ctx, req.raise(recorded)); err != nil {
		var zero R
		result = zero
	} else {
		err = req.afterScope(ctx)
	}
	req.ended = true
	return result, err
}

func (r *route[Q, R]) callRecording(ctx context.Context, message Q, recorded *[]Event) (result R, err error) {
	defer func() {
		if p := recover(); p != nil {
			var zero R
			result, err = zero, r.to.m.panicked(ctx, p, r.to.Binding)
		}
	}()
	handler, err := r.to.build(nil)
	if err != nil {
		return result, err
	}
	if result, err = r.handle(ctx, handler, message); err != nil {
		var zero R
		return zero, err
	}
	if r.to.records {
		if source, ok := handler.(EventSource); ok {
			*recorded = source.Events()
		}
	}
	return result, nil
}

func (r *route[Q, R]) callChain(ctx context.Context, req *request, message Q) (result R, err error) {
	in := &Invocation{binding: r.to.Binding, message: message, req: req}
	boxed, err := r.chain(ctx, in)
	if err != nil {
		return result, err
	}
	result, ok := boxed.(R)
	if !ok && !(boxed == nil && r.to.result.Kind() == reflect.Interface) {
		return result, resultTypeError(r.to.Binding, boxed)
	}
	return result, req.collectFrom(in.source)
}

// innermost is what the last middleware goes on to.
func (r *route[Q, R]) innermost(ctx context.Context, in *Invocation) (any, error) {
	in.source = nil
	handler, err := r.to.build(in.req)
	if err != nil {
		return nil, err
	}
	result, err := r.handle(ctx, handler, in.message.(Q))
	if err == nil && r.to.records {
		in.source, _ = handler.(EventSource)
	}
	return result, err
}
