package cqrs

import (
	"context"
	"iter"
	"time"
)

// Stream sends a request to its handler and returns what that answers with, item by
// item. The request begins when the result is ranged over, each time anew, and lasts as
// long as the range. Events that the handler recorded before an item are dispatched
// before the consumer gets the item, and those after the last item before the scope
// closes.
//
// An error comes last, with the zero item, when the scope has closed: see [Send] for
// which errors there are. If the consumer stops before, finalizers get
// [ErrStreamStopped], and there are no after-scope deliveries.
func Stream[S StreamRequest[T], T any](ctx context.Context, s Sender, message S) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		m, via := targetOf(s)
		e, err := m.routeStream(ctx, message)
		if err != nil {
			yield(zero, err)
			return
		}
		item := new(T)
		f := &flow{to: e, via: via, message: message, item: item}
		f.give = func(err error) bool {
			if err != nil {
				return yield(zero, err)
			}
			return yield(*item, nil)
		}
		f.run(ctx)
	}
}

// handOut hands out the items of a handler. It is where their type is known.
func handOut[T any](ctx context.Context, f *flow, handler any, items iter.Seq2[T, error]) error {
	if items == nil {
		return nilStreamError(f.to.message, f.handler(handler))
	}
	item := f.item.(*T)
	return f.handOut(ctx, handler, func(yield func(error) bool) {
		items(func(next T, err error) bool {
			*item = next
			return yield(err)
		})
	})
}

// run has the stream handled, and hands out the error at the end, if there is one and
// somebody to take it.
func (f *flow) run(ctx context.Context) {
	if m := f.to.m; m.observes() {
		start := time.Now()
		defer func() {
			m.observe(func(o Observer) { o.Handled(ctx, f.to.Binding, time.Since(start), f.err) })
		}()
	}
	if f.to.aroundScope == nil {
		f.attempt(ctx)
	} else {
		f.callAroundScope(ctx)
	}
	switch {
	case f.state == stopped:
		f.lose(ctx)
	case f.err != nil:
		f.give(f.err)
	}
}

// lose reports what went wrong beside that the consumer stopped.
func (f *flow) lose(ctx context.Context) {
	if f.err != ErrStreamStopped {
		f.to.m.observe(func(o Observer) { o.Lost(ctx, f.to.Binding, f.err) })
	}
}

// callAroundScope calls the middleware around the scope, which cannot make a success of
// a stop.
func (f *flow) callAroundScope(ctx context.Context) {
	in := &Invocation{to: f.to, message: f.message, nested: f.via != nil, stream: f}
	in.open = func(ctx context.Context, _ *Invocation) (any, error) {
		f.attempt(ctx)
		return nil, f.err
	}
	f.err = ErrExit // unless the chain returns
	_, err := startChain(ctx, f.to.aroundScope, in)
	if f.isStopped() {
		return
	}
	if f.err = err; err == nil && f.via != nil {
		f.raiseHeld()
	}
}

// attempt has the stream handled in its scope, unless that was done before, and with
// success or with items handed out.
func (f *flow) attempt(ctx context.Context) {
	switch {
	case f.state == stopped || f.state == consuming:
		f.err = ErrStreamStopped
	case f.handed.Load() || f.complete && f.err == nil:
	case f.via != nil:
		f.join(ctx)
	default:
		f.begin(ctx)
	}
}

// begin has the stream handled in a scope of its own.
func (f *flow) begin(ctx context.Context) {
	r := f.to.m.begin(ctx)
	defer r.close(ctx)
	defer func() {
		if f.state == consuming { // the consumer panicked or left its goroutine
			f.err = r.settle(ctx, ErrStreamStopped)
			f.lose(ctx)
		}
	}()
	f.err = ErrExit // unless call returns
	f.frame = frame{lease: r.lease()}
	f.err, _ = r.conclude(ctx, f.call(ctx))
}

// join has the stream handled in the scope of another request.
func (f *flow) join(ctx context.Context) {
	if f.err = f.enter(); f.err != nil {
		return
	}
	defer f.leave()
	f.err = ErrExit // unless call returns
	f.err = failed(f.call(ctx))
	switch {
	case f.err != nil:
		f.held = recorded{}
	case f.to.aroundScope == nil:
		f.raiseHeld()
	}
}

// raiseHeld puts the events of a stream that joined a request in the queue of that.
func (f *flow) raiseHeld() {
	if f.err = f.enter(); f.err == nil {
		defer f.leave()
		f.err = f.frame.req.raise(f.held, f.frame.cause)
	}
}

// enter and leave mark that a stream works in the request that it joined. It does not
// while the consumer has an item: one that never comes back, as with iter.Pull, must
// not keep the request from ending.
func (f *flow) enter() (err error) {
	if f.via != nil && !f.within {
		f.frame, err = f.via.enter(f.to.message)
		f.within = err == nil
	}
	return err
}

func (f *flow) leave() {
	if f.within {
		f.within = false
		f.via.leave()
	}
}
