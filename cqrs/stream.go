package cqrs

import (
	"context"
	"iter"
)

// Stream sends a request to its handler and returns an iterator over the items that the
// handler yields. Ranging over it begins a request, a new one each time, which ends with the
// range. Events recorded before an item are dispatched before the consumer receives the
// item, and those recorded after the last item before the scope closes.
//
// An error is yielded last, with the zero item, after the scope has closed; the errors are
// those of [Send]. If the consumer stops early, finalizers receive [ErrStreamStopped], and
// there are no after-scope deliveries.
func Stream[S StreamRequest[T], T any](ctx context.Context, s Sender, message S) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		m, via := targetOf(s)
		if m.isFake() {
			streamFake(message, m.fakeItems(ctx, message), yield)
			return
		}
		e, err := m.route(ctx, message, true)
		if err != nil {
			yield(zero, err)
			return
		}
		if via == nil {
			call := m.calls.begin()
			if call == nil {
				yield(zero, closedError(e.message))
				return
			}
			defer m.calls.end(call)
		}
		item := new(T)
		f := &flow{to: e, via: via, message: message, item: item}
		f.give = func(err error) bool {
			if err != nil {
				return yield(zero, err)
			}
			return yield(*item, nil)
		}
		if m.reports && via == nil {
			step := f.step()
			_ = m.record(ctx, step, func(ctx context.Context, t *trace) error {
				f.trace = t
				f.run(ctx)
				return f.err
			})
			return
		}
		f.run(ctx)
	}
}

// handOut hands out the items of a handler. It is generic, while flow.handOut is not.
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

// run handles the stream, and hands out its error at the end unless the consumer stopped.
func (f *flow) run(ctx context.Context) {
	if handled := f.to.m.handling(f.to.Binding); handled != nil {
		defer func() { handled(ctx, f.err) }()
	}
	if f.to.aroundScope == nil {
		f.attempt(ctx)
	} else {
		f.callAroundScope(ctx)
	}
	switch {
	case f.state == stopped:
		f.to.m.lose(ctx, f.to.Binding, f.err)
	case f.err != nil:
		f.give(f.err)
	}
}

// callAroundScope calls the middleware around the scope. If the consumer has stopped, the
// middleware cannot hide it.
func (f *flow) callAroundScope(ctx context.Context) {
	open := func(ctx context.Context, in *Invocation) (any, error) {
		f.repeats = in.repeats.Load()
		f.attempt(ctx)
		return nil, f.err
	}
	in := newInvocationWith(f.to, frame{}, f, extra{nested: f.via != nil, open: open, trace: f.trace})
	f.err = ErrExit // unless the chain returns
	_, err := startAroundScope(ctx, in)
	if f.stopIfConsuming() {
		f.err = withError(f.err, err)
		return
	}
	if f.err = err; err == nil && f.via != nil {
		f.raiseHeld()
	}
}

// attempt handles the stream in its scope, unless an earlier attempt succeeded or handed
// out items.
func (f *flow) attempt(ctx context.Context) {
	switch {
	case f.state == stopped || f.state == consuming:
		if f.err == ErrExit { // the consumer panicked
			f.err = ErrStreamStopped
		}
	case f.handed.Load() || f.complete && f.err == nil:
	case f.via != nil:
		f.join(ctx)
	default:
		f.begin(ctx)
	}
}

// begin handles the stream in a scope of its own.
func (f *flow) begin(ctx context.Context) {
	r, ctx := f.to.m.begin(ctx, f.to.Binding, f.trace)
	defer r.close(ctx)
	defer func() {
		if f.state == consuming { // the consumer panicked or left its goroutine
			f.err = r.settle(ctx, ErrStreamStopped)
			f.to.m.lose(ctx, f.to.Binding, f.err)
		}
	}()
	f.err = ErrExit // unless call returns
	f.frame = frame{lease: r.lease()}
	f.err, _ = r.conclude(ctx, f.call(ctx))
}

// join handles the stream in the scope of another request.
func (f *flow) join(ctx context.Context) {
	if f.err = f.enter(); f.err != nil {
		return
	}
	defer f.leave()
	f.err = ErrExit // unless call returns
	f.trace = f.frame.req.trace
	if t := f.trace; t != nil {
		f.err = failed(t.record(ctx, f.frame.req.span, f.step(), f.call))
	} else {
		f.err = failed(f.call(ctx))
	}
	switch {
	case f.err != nil:
		f.held = recorded{}
	case f.to.aroundScope == nil:
		f.raiseHeld()
	}
}

// raiseHeld adds the events of a stream that joined a request to the queue of that request.
func (f *flow) raiseHeld() {
	if f.err = f.enter(); f.err == nil {
		defer f.leave()
		f.err = f.frame.req.raise(f.held, f.frame.cause)
	}
}

// enter marks a stream as running in the request that it joined, until leave. While the
// consumer has an item the stream is not marked: a consumer that never returns, as with
// iter.Pull, must not keep the request from ending.
func (f *flow) enter() (err error) {
	if f.via != nil && !f.within {
		f.frame, err = f.via.enter(f.to.message)
		f.within = err == nil
	}
	return err
}

// leave ends what enter began.
func (f *flow) leave() {
	if f.within {
		f.within = false
		f.via.leave()
	}
}
