package cqrs

import (
	"context"
	"iter"
	"reflect"
	"sync/atomic"
	"time"
)

// Stream returns what the handler of a request answers with, item by item. The
// request begins when the result is ranged over, each time anew, and lasts as
// long as the range. Events that the handler recorded before an item are
// dispatched before the item is handed out, and those after the last item
// before the scope closes.
//
// An error comes last, with the zero item, when the scope has closed: see [Send]
// for which errors there are. If the consumer stops before, finalizers get
// [ErrStreamStopped], and no after-scope handler runs.
func Stream[S StreamRequest[T], T any](ctx context.Context, s Sender, message S) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		m, joined := targetOf(s)
		r, err := m.route(ctx, message)
		if route, ok := r.(streamer[T]); ok {
			route.stream(ctx, joined, message, yield)
			return
		}
		if err == nil { // it is bound as a command or query, which it is too
			err = &NoHandlerError{Message: reflect.TypeOf(message)}
		}
		var zero T
		yield(zero, err)
	}
}

// A streamer is the route of a request that is answered by many T.
type streamer[T any] interface {
	stream(ctx context.Context, s *sender, message any, yield func(T, error) bool)
}

type streamRoute[S, T any] struct {
	to      *endpoint
	outside Next // the middlewares around the scope, or nil
	inside  Next // those around the handler, or nil
}

func newStreamRoute[S, T any](e *endpoint) router {
	return &streamRoute[S, T]{
		to:      e,
		outside: e.compose(e.outside, proceed),
		inside:  e.compose(e.inside, proceed),
	}
}

// sendBoxed is for a message that is a command or query too, but is not bound as one.
func (r *streamRoute[S, T]) sendBoxed(_ context.Context, _ *sender, message any) (any, error) {
	return nil, &NoHandlerError{Message: reflect.TypeOf(message)}
}

func (r *streamRoute[S, T]) stream(ctx context.Context, s *sender, message any, yield func(T, error) bool) {
	f := &flow[S, T]{to: r.to, inside: r.inside, message: message.(S), yield: yield, joined: s}
	if o := r.to.m.config.Observer; o != nil && o.Enabled() {
		start := time.Now()
		defer func() { o.Handled(ctx, r.to.Binding, time.Since(start), f.err) }()
	}
	if f.outside = r.outside != nil; f.outside {
		f.callOutside(ctx, r.outside)
	} else {
		f.attempt(ctx)
	}
	f.finish(ctx)
}

// A flow is one stream while it is consumed.
type flow[S, T any] struct {
	to        *endpoint
	inside    Next
	outside   bool // whether middlewares stand around the scope
	req       *request
	message   S
	yield     func(T, error) bool
	joined    *sender // the Sender of another request, whose scope it uses and whose queue gets the events in the end
	within    bool    // of a joined flow, whether the request waits for it
	source    EventSource
	taken     int             // events of the source
	pending   []Event         // of handlers that have passed the message on
	held      []Event         // of a joined flow, until it has succeeded
	heldIn    context.Context // which their handler had
	over      bool            // nothing more is handed out
	stopped   bool            // because the consumer stopped
	consuming bool            // the consumer is running
	handed    atomic.Bool     // the consumer got an item
	complete  bool            // it has ended well
	broken    error           // an event could not be handled, so that the request has failed
	spent     error           // what the handler that handed out items came to; it cannot try again
	err       error           // what ended it
}

// callOutside calls the middlewares around the scope. They cannot make a
// success of a stop.
func (f *flow[S, T]) callOutside(ctx context.Context, chain Next) {
	in := newParcel(f.to.Binding, nil, f.message)
	in.nested, in.handed = f.joined != nil, &f.handed
	in.proceed = func(ctx context.Context) error {
		f.attempt(ctx)
		return f.err
	}
	defer f.guard(ctx, &f.err)
	defer in.end()
	f.err = ErrExit // unless the chain returns
	_, err := chain(ctx, &in.Invocation)
	in.end()
	f.stopped = f.stopped || f.consuming
	if f.stopped {
		return
	}
	if f.err = err; err == nil && f.joined != nil {
		f.raiseHeld()
	}
}

// attempt streams, unless that has ended before with items handed out.
func (f *flow[S, T]) attempt(ctx context.Context) {
	switch {
	case f.stopped || f.consuming:
		f.err = ErrStreamStopped
		return
	case f.handed.Load() || f.complete && f.err == nil:
		return
	}
	f.broken, f.complete = nil, false
	if f.joined == nil {
		f.begin(ctx)
	} else {
		f.join(ctx)
	}
}

// guard is deferred. It makes an error of a panic, unless it is the consumer's.
func (f *flow[S, T]) guard(ctx context.Context, err *error) {
	if f.consuming {
		return
	}
	if p := recover(); p != nil {
		*err = f.to.panicked(ctx, p)
	}
}

// begin streams in a scope of its own.
func (f *flow[S, T]) begin(ctx context.Context) {
	f.req = f.to.m.begin(ctx)
	defer f.req.close(ctx)
	defer func() {
		if f.consuming { // it panicked or left its goroutine
			f.err = f.req.settle(ctx, ErrStreamStopped)
			f.lose(ctx)
		}
	}()
	f.err = ErrExit // unless run returns
	err := f.run(ctx)
	f.consuming = false
	f.err, _ = f.req.conclude(ctx, err)
}

// join streams in the scope of another request.
func (f *flow[S, T]) join(ctx context.Context) {
	if f.err = f.enter(); f.err != nil {
		return
	}
	defer f.leave()
	f.err = ErrExit // unless run returns
	f.err = failed(f.run(ctx))
	f.consuming = false
	switch {
	case f.err != nil:
		f.held = nil
	case !f.outside:
		f.raiseHeld()
	}
}

// raiseHeld raises the events of a joined flow.
func (f *flow[S, T]) raiseHeld() {
	if f.err = f.enter(); f.err == nil {
		defer f.leave()
		f.err = f.req.raise(recording{f.held, f.heldIn})
	}
}

// enter and leave tell the request when a joined flow is at work in it. It is
// not while the consumer has an item: one that never comes back, as with
// iter.Pull, must not keep the request from ending.
func (f *flow[S, T]) enter() (err error) {
	if f.joined != nil && !f.within {
		f.req, err = f.joined.enter(f.to.message)
		f.within = err == nil
	}
	return err
}

func (f *flow[S, T]) leave() {
	if f.within {
		f.within = false
		f.joined.leave()
	}
}

// finish hands out the error, if there is one and somebody to take it.
func (f *flow[S, T]) finish(ctx context.Context) {
	switch {
	case f.stopped:
		f.lose(ctx)
	case f.err != nil:
		var zero T
		f.yield(zero, f.err)
	}
}

// lose reports what went wrong beside that the consumer stopped.
func (f *flow[S, T]) lose(ctx context.Context) {
	if o := f.to.m.config.Observer; o != nil && f.err != ErrStreamStopped {
		o.Lost(ctx, f.to.Binding, f.err)
	}
}

// run has the handler yield all its items. A panic of the handler becomes an
// error; one of the consumer is not caught.
func (f *flow[S, T]) run(ctx context.Context) (err error) {
	defer f.guard(ctx, &err)
	if f.inside == nil {
		err = f.iterate(ctx)
	} else {
		in := newParcel(f.to.Binding, f.req, f.message)
		in.nested, in.handed, in.proceed = f.joined != nil, &f.handed, f.iterate
		defer in.end()
		_, err = f.inside(ctx, &in.Invocation)
		in.end()
	}
	switch { // whatever the middlewares make of it
	case f.stopped || f.consuming:
		f.stopped = true
		return ErrStreamStopped
	case f.broken != nil:
		return f.broken
	default:
		return err
	}
}

// iterate has the handler, or several, hand out items.
func (f *flow[S, T]) iterate(ctx context.Context) error {
	switch { // a middleware may try again
	case f.stopped || f.consuming:
		return ErrStreamStopped
	case f.broken != nil:
		return f.broken
	case f.handed.Load() || f.complete:
		return f.spent
	}
	if err := f.enter(); err != nil {
		return err
	}
	f.pending, f.held = nil, nil
	t := try{m: f.to.m, binding: f.to.Binding, events: &f.pending, call: f.answer,
		final:   func() bool { return f.handed.Load() || f.stopped || f.broken != nil },
		foreign: func() bool { return f.consuming },
	}
	_, err := t.run(ctx, f.to.step)
	switch {
	case f.stopped || f.consuming:
		return ErrStreamStopped
	case f.handed.Load():
		f.spent = err
	}
	if f.complete = err == nil; !f.complete {
		f.pending, f.held = nil, nil
	}
	return err
}

// answer builds a handler and hands out its items.
func (f *flow[S, T]) answer(ctx context.Context, l *leaf) (any, error) {
	handler, err := l.build(f.req, f.to.message)
	if err != nil {
		return nil, err
	}
	f.taken, f.source = 0, nil
	if l.records {
		f.source, _ = handler.(EventSource)
	}
	answer, _ := l.call(ctx, handler, f.message)
	if items := answer.(iter.Seq2[T, error]); items != nil {
		return nil, f.handOut(ctx, items)
	}
	return nil, nilStreamError(f.to.message, l.handler)
}

// handOut hands out items, and dispatches events in between.
func (f *flow[S, T]) handOut(ctx context.Context, items iter.Seq2[T, error]) error {
	var failed error
	f.over = false
	live := true // for a handler that keeps yield
	defer func() { live = false }()
	items(func(item T, err error) bool {
		if !live || f.over || f.consuming {
			return false
		}
		if err == nil {
			err = f.emit(ctx)
		}
		if err != nil {
			failed, f.over = err, true
			return false
		}
		f.consuming = true
		f.handed.Store(true)
		f.leave()
		more := f.yield(item, nil)
		f.consuming = false
		if !more {
			f.over, f.stopped = true, true
		} else if failed = f.enter(); failed != nil {
			f.over = true
		}
		return !f.over
	})
	switch failed {
	case nil:
		if !f.stopped && !f.consuming {
			failed = f.emit(ctx)
		}
	case ErrNotHandled:
		f.pending = append(f.pending, f.recorded()...)
	}
	return failed
}

// emit dispatches what was raised since it was last called, by the handler or
// through a Sender. If that fails, so has the stream.
func (f *flow[S, T]) emit(ctx context.Context) error {
	events := append(f.pending, f.recorded()...)
	f.pending = nil
	if f.joined != nil {
		f.held, f.heldIn = append(f.held, events...), ctx
		return nil
	}
	f.broken = f.req.raise(recording{events, ctx})
	if f.broken == nil {
		f.broken = f.req.dispatchSoFar(ctx)
	}
	return f.broken
}

// recorded returns the events that the handler has recorded since it was last
// called.
func (f *flow[S, T]) recorded() []Event {
	if f.source == nil {
		return nil
	}
	events := f.source.Events()
	fresh := events[min(f.taken, len(events)):]
	f.taken = len(events)
	return fresh
}
