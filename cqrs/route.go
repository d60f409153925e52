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
	m, joined := targetOf(s)
	if ctx != nil && m != nil {
		if r, ok := m.routes[typeID(reflect.TypeFor[Q]())].(*route[Q, R]); ok {
			switch {
			case !r.direct || joined != nil:
				return r.send(ctx, joined, message)
			case r.inside == nil:
				return r.callBare(ctx, message)
			default:
				return r.beginFree(ctx, message)
			}
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
	to      *endpoint // not embedded: its methods would be made again for every type of message
	handle  func(ctx context.Context, handler any, message Q) (R, error)
	outside Next // the middlewares around the scope; nil if there are none
	inside  Next // those around the handler; nil if there are none, and one handler
	direct  bool // nobody is told, nothing stands around the scope, and none is needed
}

func newRoute[Q, R any](e *endpoint, handle func(context.Context, any, Q) (R, error)) router {
	r := &route[Q, R]{to: e, handle: handle}
	r.inside = e.compose(e.inside, r.innermost)
	if e.several() {
		r.inside = e.composeSteps()
	}
	r.outside = e.compose(e.outside, intoScope(r))
	r.direct = e.free && r.outside == nil && e.m.config.Observer == nil
	return r
}

func (r *route[Q, R]) sendBoxed(ctx context.Context, s *sender, message any) (any, error) {
	return r.send(ctx, s, message.(Q))
}

func (r *route[Q, R]) send(ctx context.Context, s *sender, message Q) (R, error) {
	if o := r.to.m.config.Observer; o != nil && o.Enabled() {
		return r.observe(ctx, s, message)
	}
	return r.enter(ctx, s, message)
}

func (r *route[Q, R]) observe(ctx context.Context, s *sender, message Q) (result R, err error) {
	start := time.Now()
	err = ErrExit // unless pass returns
	defer func() { r.to.m.config.Observer.Handled(ctx, r.to.Binding, time.Since(start), err) }()
	result, err = r.enter(ctx, s, message)
	return result, err
}

func (r *route[Q, R]) enter(ctx context.Context, s *sender, message Q) (R, error) {
	if r.outside != nil {
		return r.callOutside(ctx, s, message)
	}
	return r.pass(ctx, s, message)
}

// pass has a message handled in the scope that it is to be handled in.
func (r *route[Q, R]) pass(ctx context.Context, s *sender, message Q) (R, error) {
	switch {
	case s != nil:
		return r.join(ctx, s, message)
	case r.to.free:
		return r.beginFree(ctx, message)
	default:
		return r.begin(ctx, message)
	}
}

// begin handles a message in a scope of its own.
func (r *route[Q, R]) begin(ctx context.Context, message Q) (R, error) {
	req := r.to.m.begin(ctx)
	defer req.close(ctx)
	result, told, err := r.call(ctx, req, message, false)
	if err == nil {
		err = req.raise(told)
	}
	return r.end(ctx, req, result, err)
}

// callBare is beginFree if nobody stands around the handler. It is the short form
// of all that is below and above, and saves 5 of 27 ns for a shared handler.
func (r *route[Q, R]) callBare(ctx context.Context, message Q) (result R, err error) {
	defer func() {
		if p := recover(); p != nil {
			var zero R
			result, err = zero, r.to.panicked(ctx, p)
		}
	}()
	handler, err := r.to.build(nil, nil)
	if err != nil {
		return result, err
	}
	if result, err = r.handle(ctx, handler, message); err != nil {
		var zero R
		return zero, failed(err)
	}
	if r.to.records {
		return r.raiseFree(ctx, result, recording{recorded(handler), ctx})
	}
	return result, nil
}

// beginFree is begin for a handler that needs nothing of a request. One is
// opened only if there are events to dispatch; if not, that saves 40 ns.
func (r *route[Q, R]) beginFree(ctx context.Context, message Q) (R, error) {
	result, told, err := r.call(ctx, nil, message, false)
	if err != nil {
		return result, failed(err)
	}
	return r.raiseFree(ctx, result, told)
}

// raiseFree has the events handled of a handler that needed no request.
func (r *route[Q, R]) raiseFree(ctx context.Context, result R, told recording) (R, error) {
	err, done := r.to.m.raiseFree(ctx, told)
	if !done {
		var zero R
		return zero, err
	}
	return result, err
}

// join handles a message in the scope of the request that a Sender belongs to.
func (r *route[Q, R]) join(ctx context.Context, s *sender, message Q) (R, error) {
	var zero R
	req, err := s.enter(r.to.message)
	if err != nil {
		return zero, err
	}
	defer s.leave()
	result, told, err := r.call(ctx, req, message, true)
	if err == nil {
		err = req.raise(told)
	}
	if err != nil {
		return zero, failed(err)
	}
	return result, nil
}

// end brings a request to its end and returns what it has come to.
func (r *route[Q, R]) end(ctx context.Context, req *request, result R, err error) (R, error) {
	err, done := req.conclude(ctx, err)
	if !done {
		var zero R
		return zero, err
	}
	return result, err
}

// call builds the handler and calls it, with the middlewares around both, and
// returns the events that it recorded. A panic becomes an error.
func (r *route[Q, R]) call(ctx context.Context, req *request, message Q, nested bool) (result R, told recording, err error) {
	if r.inside != nil {
		return r.callInside(ctx, req, message, nested)
	}
	defer func() {
		if p := recover(); p != nil {
			var zero R
			result, told, err = zero, recording{}, r.to.panicked(ctx, p)
		}
	}()
	handler, err := r.to.build(req, r.to.message)
	if err != nil {
		return result, told, err
	}
	if result, err = r.handle(ctx, handler, message); err != nil {
		var zero R
		return zero, told, err
	}
	if r.to.records {
		told = recording{recorded(handler), ctx}
	}
	return result, told, nil
}

func (r *route[Q, R]) callInside(ctx context.Context, req *request, message Q, nested bool) (result R, told recording, err error) {
	e := &envelope[Q]{in: Invocation{binding: r.to.Binding, req: req, nested: nested}, content: message}
	in := &e.in
	in.message = e
	defer func() {
		if in.ended {
			return
		}
		in.end()
		if p := recover(); p != nil {
			err = r.to.panicked(ctx, p)
		}
	}()
	boxed, err := r.inside(ctx, in)
	in.end()
	if err != nil {
		return result, told, err
	}
	result, _ = boxed.(R)
	return result, in.told, nil
}

// innermost is what the last middleware goes on to. Middlewares need not look
// out for panics: they get an error.
func (r *route[Q, R]) innermost(ctx context.Context, in *Invocation) (boxed any, err error) {
	if err := in.enter(ctx); err != nil {
		return nil, err
	}
	defer func() {
		in.mu.Unlock()
		if p := recover(); p != nil {
			boxed, err = nil, r.to.panicked(ctx, p)
		}
	}()
	handler, err := r.to.build(in.req, r.to.message)
	if err != nil {
		return nil, err
	}
	result, err := r.handle(ctx, handler, in.message.(*envelope[Q]).content)
	if err != nil {
		return nil, failed(err)
	}
	if r.to.records {
		in.told.events = recorded(handler)
	}
	return result, nil
}

// callOutside calls the middlewares around the scope. The result is valid if
// Done says so of the error.
func (r *route[Q, R]) callOutside(ctx context.Context, s *sender, message Q) (result R, err error) {
	boxed, err := r.to.callOutside(ctx, s, r.outside, message)
	if Done(err) {
		result, _ = boxed.(R)
	}
	return result, err
}

func (r *route[Q, R]) passBoxed(ctx context.Context, message any) (any, error) {
	return r.pass(ctx, nil, message.(Q))
}

func (r *route[Q, R]) callBoxed(ctx context.Context, req *request, message any) (any, recording, error) {
	return r.call(ctx, req, message.(Q), true)
}
