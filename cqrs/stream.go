package cqrs

import (
	"context"
	"iter"
	"reflect"
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
	to     endpoint
	handle func(ctx context.Context, handler any, message S) iter.Seq2[T, error]
	chain  Next
}

func newStreamRoute[S, T any](e endpoint, handle func(context.Context, any, S) iter.Seq2[T, error]) router {
	r := &streamRoute[S, T]{to: e, handle: handle}
	r.chain = compose(e.m.config.Middleware, func(ctx context.Context, in *Invocation) (any, error) {
		if err := in.enter(); err != nil {
			return nil, err
		}
		defer in.mu.Unlock()
		return nil, in.stream(ctx)
	})
	return r
}

// sendBoxed is for a message that is a command or query too, but is not bound as one.
func (r *streamRoute[S, T]) sendBoxed(_ context.Context, _ *sender, message any) (any, error) {
	return nil, &NoHandlerError{Message: reflect.TypeOf(message)}
}

func (r *streamRoute[S, T]) stream(ctx context.Context, s *sender, message any, yield func(T, error) bool) {
	f := &flow[S, T]{route: r, message: message.(S), yield: yield, joined: s}
	if o := r.to.m.config.Observer; o != nil && o.Enabled() {
		start := time.Now()
		defer func() { o.Handled(ctx, r.to.Binding, time.Since(start), f.err) }()
	}
	if s == nil {
		f.begin(ctx)
	} else {
		f.join(ctx)
	}
}

// A flow is one stream while it is consumed.
type flow[S, T any] struct {
	route     *streamRoute[S, T]
	req       *request
	message   S
	yield     func(T, error) bool
	joined    *sender // the Sender of another request, whose scope it uses and whose queue gets the events in the end
	inside    bool    // of a joined flow, whether the request waits for it
	source    EventSource
	taken     int     // events of the source
	held      []Event // of a joined flow, until it has succeeded
	over      bool    // nothing more is handed out
	stopped   bool    // because the consumer stopped
	consuming bool    // the consumer is running
	handed    bool    // the consumer got an item
	broken    error   // an event could not be handled, so that the request has failed
	spent     error   // the handler failed after an item, so that it cannot try again
	err       error   // what ended it
}

// begin streams in a scope of its own.
func (f *flow[S, T]) begin(ctx context.Context) {
	f.req = f.route.to.m.open(ctx)
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
	f.finish(ctx)
}

// join streams in the scope of another request.
func (f *flow[S, T]) join(ctx context.Context) {
	if f.err = f.enter(); f.err == nil {
		f.joinInside(ctx)
	}
	f.finish(ctx)
}

func (f *flow[S, T]) joinInside(ctx context.Context) {
	defer f.leave()
	f.err = ErrExit // unless run returns
	if f.err = failed(f.run(ctx)); f.err == nil {
		f.err = f.req.raise(f.held)
	}
	f.consuming = false
}

// enter and leave tell the request when a joined flow is at work in it. It is
// not while the consumer has an item: one that never comes back, as with
// iter.Pull, must not keep the request from ending.
func (f *flow[S, T]) enter() (err error) {
	if f.joined != nil && !f.inside {
		f.req, err = f.joined.enter(f.route.to.message)
		f.inside = err == nil
	}
	return err
}

func (f *flow[S, T]) leave() {
	if f.inside {
		f.inside = false
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
	if o := f.route.to.m.config.Observer; o != nil && f.err != ErrStreamStopped {
		o.Lost(ctx, f.route.to.Binding, f.err)
	}
}

// run has the handler yield all its items. A panic of the handler becomes an
// error; one of the consumer is not caught.
func (f *flow[S, T]) run(ctx context.Context) (err error) {
	defer func() {
		if f.consuming {
			return
		}
		if p := recover(); p != nil {
			err = f.route.to.m.panicked(ctx, p, f.route.to.Binding, "")
		}
	}()
	if f.route.chain == nil {
		err = f.iterate(ctx)
	} else {
		in := newParcel(f.route.to.Binding, f.req, f.message)
		in.stream = f.iterate
		defer in.end()
		_, err = f.route.chain(ctx, &in.Invocation)
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

// iterate builds the handler and hands out its items.
func (f *flow[S, T]) iterate(ctx context.Context) error {
	switch { // a middleware may try again
	case f.stopped || f.consuming:
		return ErrStreamStopped
	case f.broken != nil:
		return f.broken
	case f.spent != nil:
		return f.spent
	}
	if err := f.enter(); err != nil {
		return err
	}
	handler, err := f.route.to.build(f.req)
	if err != nil {
		return err
	}
	f.taken, f.held = 0, nil
	if f.route.to.records {
		f.source, _ = handler.(EventSource)
	}
	items := f.route.handle(ctx, handler, f.message)
	if items == nil {
		return nilStreamError(f.route.to.Binding)
	}
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
		f.consuming, f.handed = true, true
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
	switch {
	case f.stopped || f.consuming:
		return ErrStreamStopped
	case failed == nil:
		failed = f.emit(ctx)
	case f.handed:
		f.spent = failed
	}
	return failed
}

// emit dispatches what was raised since it was last called, by the handler or
// through a Sender. If that fails, so has the stream.
func (f *flow[S, T]) emit(ctx context.Context) error {
	events := f.recorded()
	if f.joined != nil {
		f.held = append(f.held, events...)
		return nil
	}
	f.broken = f.req.raise(events)
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
