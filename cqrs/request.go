package cqrs

import (
	"context"
	"errors"
	"reflect"
	"runtime/debug"
)

// A request is one call of a mediator, from opening its scope until all of its
// events are handled. It is taken from a pool and goes back to it, so opening
// one costs no allocation; nothing of it is kept in between.
type request struct {
	m      *Mediator
	ctx    context.Context
	scope  Scope
	sender *sender // the one that was handed out, if any
	queue  []raised
	next   int      // the first in the queue that is not dispatched
	after  []raised // events that have after-scope handlers, in order
	now    raised   // the event that is being handled
	cause  *cause   // of the events that its handlers raise
	used   bool     // whether anything was built in the scope
	closed bool     // whether the scope is
	ended  bool     // whether the request is
}

var (
	contextType = reflect.TypeFor[context.Context]()
	senderType  = reflect.TypeFor[Sender]()
)

func (m *Mediator) begin(ctx context.Context) *request {
	r := m.idle.Get().(*request)
	r.ctx = ctx
	return r
}

// Supply gives the scope what constructors may ask a request for.
func (r *request) Supply(t reflect.Type) any {
	switch t {
	case contextType:
		return r.ctx
	case senderType:
		if r.sender == nil {
			r.bind().beginFirstBuild()
		}
		return r.sender
	default:
		panic("cqrs: a request cannot supply " + t.String())
	}
}

// bind returns the Sender of the request.
func (r *request) bind() *sender {
	if r.sender == nil {
		r.sender = newSender(r)
	}
	return r.sender
}

// build has the scope build a handler. From the moment on that a Sender is
// handed out other goroutines may do so too, one at a time.
func (r *request) build(root int, message reflect.Type) (any, error) {
	if r.sender != nil {
		if err := r.sender.lockBuilding(message); err != nil {
			return nil, err
		}
	}
	defer r.built()
	r.used = true
	return r.scope.Build(root)
}

func (r *request) built() {
	if r.sender != nil {
		r.sender.unlockBuilding()
	}
}

// conclude brings a request to its end. done tells whether it has done its
// part, so that an error can only be of after-scope handlers.
func (r *request) conclude(ctx context.Context, err error) (outcome error, done bool) {
	if err = r.settle(ctx, err); err == nil {
		done = true
		err = r.m.afterScope(ctx, r.after)
	}
	r.ended = true
	return err, done
}

// settle brings the part of a request that is in its scope to an end: it
// dispatches the events, if the handler succeeded, and closes the scope. It
// returns what the request has come to.
func (r *request) settle(ctx context.Context, err error) error {
	if err == nil {
		err = r.dispatch(ctx)
	}
	if err != nil && r.sender != nil {
		r.sender.end()
	}
	err = failed(err)
	if r.used {
		err = r.finalize(ctx, err)
		r.scope.Reset()
	}
	r.closed = true
	return err
}

// finalize runs the finalizers and returns what the request has come to by then.
func (r *request) finalize(ctx context.Context, outcome error) error {
	if r.scope.Pending() == 0 {
		return outcome
	}
	if ctx.Done() != nil {
		ctx = context.WithoutCancel(ctx)
	}
	r.finalizeAll(ctx, &outcome)
	return outcome
}

// finalizeAll runs each finalizer with the outcome as it is by then, also if
// one of them ends the goroutine.
func (r *request) finalizeAll(ctx context.Context, outcome *error) {
	defer func() {
		if r.scope.Pending() > 0 {
			*outcome = errors.Join(*outcome, ErrExit)
			r.finalizeAll(ctx, outcome)
		}
	}()
	for r.scope.Pending() > 0 {
		switch err := r.finalizeOne(ctx, *outcome); {
		case err == nil:
		case *outcome == nil || wraps(err, *outcome):
			*outcome = err
		default:
			*outcome = errors.Join(*outcome, err)
		}
	}
}

// wraps is errors.Is, which panics for some errors of applications.
func wraps(err, target error) (is bool) {
	defer func() {
		if recover() != nil {
			is = false
		}
	}()
	return errors.Is(err, target)
}

func (r *request) finalizeOne(ctx context.Context, outcome error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = r.m.panicked(ctx, p, nil, nil, r.scope.Finalizing())
		}
	}()
	_, err = r.scope.Finalize(ctx, outcome)
	return err
}

// close is deferred by whoever opens a request. If the request has not come to
// its end, the goroutine is being ended in an application's code, by
// runtime.Goexit or a panic that is not ours to stop, and the scope is still to
// be closed.
func (r *request) close(ctx context.Context) {
	defer r.release()
	if !r.ended && !r.closed {
		r.settle(ctx, ErrExit)
	}
}

// release gives the request back to the pool, with nothing in it.
func (r *request) release() {
	if r.used && !r.closed { // a finalizer has ended the goroutine
		r.scope.Reset()
	}
	r.ctx, r.sender, r.now, r.cause = nil, nil, raised{}, nil
	r.queue, r.after, r.next = recycle(r.queue), recycle(r.after), 0
	r.used, r.closed, r.ended = false, false, false
	r.m.idle.Put(r)
}

// recycle empties a slice for another request, unless it has grown large.
func recycle(s []raised) []raised {
	const large = 256
	if cap(s) > large {
		return nil
	}
	clear(s)
	return s[:0]
}

// panicked makes an error of a panic. It is called by the function that recovered it.
// message and handler are nil where there are none, and where says what it was.
func (m *Mediator) panicked(ctx context.Context, value any, message, handler reflect.Type, where string) error {
	err := &PanicError{Value: value, Stack: debug.Stack(), Message: message, Handler: handler, Where: where}
	if o := m.config.Observer; o != nil {
		o.Panicked(ctx, err)
	}
	return err
}
