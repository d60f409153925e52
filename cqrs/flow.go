package cqrs

import (
	"context"
	"errors"
	"reflect"
	"sync/atomic"
)

// flow is one stream while it is consumed.
type flow struct {
	to      *endpoint
	via     *sender // of the request that the stream joins; nil if it has a request of its own
	message any
	item    any                  // a pointer to the item that is being handed out
	give    func(err error) bool // hands the item or the error to the consumer

	frame    frame
	repeats  int32  // of the invocation around the scope
	trace    *trace // that records the stream, or nil
	within   bool   // it is running in the request that it joined; see enter
	state    flowState
	handed   atomic.Bool // the consumer has received an item
	complete bool        // the handlers have succeeded
	err      error       // the outcome so far

	source  EventSource
	by      reflect.Type // the type that source was bound as
	taken   int          // how many events were taken from source
	pending *recorded    // the events of the invocation, by handlers that passed the message on
	held    recorded     // the events of a stream that joined a request, until it succeeds
	broken  error        // the error of an event, which fails the request
	spent   error        // the error of the last call of the handlers; it stays if no other can follow
	yielded error        // the error that ended the items of a handler, and its panic after that
}

// flowState is who is running: the handler, the consumer, or neither.
type flowState int

const (
	producing flowState = iota // the handler runs, or nobody yet
	consuming                  // the consumer has an item
	stopped                    // the consumer has stopped
)

// isConsuming reports whether the consumer has an item, so that a panic or runtime.Goexit
// comes from the consumer.
func (f *flow) isConsuming() bool { return f != nil && f.state == consuming }

// isConsuming reports the same for the payload of a handler.
func isConsuming(payload any) bool {
	f, _ := payload.(*flow)
	return f.isConsuming()
}

// dropHeld drops the events that wait for the success of a stream that joined a request.
func (f *flow) dropHeld() {
	if f != nil {
		f.held = recorded{}
	}
}

// stopIfConsuming is called when the handlers have returned: it stops the stream if the
// consumer still has an item. It reports whether the stream has stopped.
func (f *flow) stopIfConsuming() bool {
	if f.state == consuming {
		f.state = stopped
	}
	return f.state == stopped
}

// isFinal reports whether it is too late to try another handler.
func (f *flow) isFinal() bool { return f.handed.Load() || f.state == stopped || f.broken != nil }

// call takes the message through the chain in the scope to its handlers. A panic
// becomes an error, unless it is the consumer's.
func (f *flow) call(ctx context.Context) error {
	f.broken, f.complete = nil, false
	in := newInvocationWith(f.to, f.frame, f, extra{nested: f.via != nil})
	in.repeats.Store(f.repeats)
	_, err := startInScope(ctx, in)
	switch { // middleware cannot hide either
	case f.stopIfConsuming():
		return withError(ErrStreamStopped, err)
	case f.broken != nil:
		return withError(f.broken, err)
	default:
		return err
	}
}

// stop returns the error for the handlers of a stream that the consumer stopped.
func (f *flow) stop() error {
	if f.yielded != nil {
		return f.yielded
	}
	return ErrStreamStopped
}

// endHandler returns the error of a handler, given the one that its call returned. If the
// handler panicked after its items had ended, it also includes what ended them.
func (f *flow) endHandler(err error) error {
	if f.yielded == nil {
		return err
	}
	if p, is := err.(*PanicError); is && f.yielded != error(p) {
		f.yielded = errors.Join(f.yielded, p)
		return f.yielded
	}
	return err
}

// iterate calls the handlers, which hand out items. A middleware may call it again.
func (f *flow) iterate(ctx context.Context, in *Invocation) error {
	switch {
	case f.state == stopped || f.state == consuming:
		return f.stop()
	case f.handed.Load() || f.complete || f.broken != nil:
		return f.spent
	}
	if err := f.enter(); err != nil {
		return err
	}
	f.pending, f.held = &in.recorded, recorded{}
	_, err := f.to.plan.run(ctx, in)
	err = f.to.failure(in, err)
	if f.stopIfConsuming() {
		return f.stop() // without the error of a handler that this one is the fallback of
	}
	f.spent = err
	if f.complete = err == nil; !f.complete {
		f.held = recorded{}
	}
	return err
}

// handOut hands out the items of a handler and dispatches events in between. As in Go's
// range statement, yield panics if it is called after it has returned false or after the
// items have ended.
func (f *flow) handOut(ctx context.Context, handler any, items func(yield func(error) bool)) error {
	f.taken = 0
	f.source, _ = handler.(EventSource)
	f.by = f.handler(handler)
	over := false
	defer func() { over = true }()
	items(func(err error) bool {
		if over || f.state == consuming {
			panic(errYield)
		}
		if err == nil {
			err = f.emit(ctx)
		}
		if err == nil {
			err = f.giveItem()
		}
		f.yielded, over = err, err != nil
		return !over
	})
	over = true
	switch f.yielded {
	case nil:
		return f.emit(ctx)
	case ErrNotHandled:
		fresh, err := f.fresh()
		if err != nil {
			return err
		}
		f.pending.add(fresh)
	}
	return f.yielded
}

// giveItem hands an item to the consumer. It returns an error if no other item may follow.
func (f *flow) giveItem() error {
	f.state = consuming
	f.handed.Store(true)
	f.leave()
	more := f.give(nil)
	if !more {
		f.state = stopped
		return ErrStreamStopped
	}
	f.state = producing
	return f.enter()
}

// emit dispatches the events raised since the last call, by the handler or through a
// Sender. If that fails, the stream has failed.
func (f *flow) emit(ctx context.Context) error {
	fresh, err := f.fresh()
	if err != nil {
		f.broken = err
		return err
	}
	events := append(f.pending.events, fresh...)
	f.pending.events = nil
	if f.via != nil {
		f.held = recorded{append(f.held.events, events...), ctx}
		return nil
	}
	r := f.frame.req
	f.broken = r.raiseHere(recorded{events, ctx})
	if f.broken == nil {
		f.broken = r.dispatchSoFar(ctx)
	}
	return f.broken
}

// fresh returns the events that the handler has recorded since the last call.
func (f *flow) fresh() ([]Event, error) {
	if f.source == nil {
		return nil, nil
	}
	events := f.source.Events()
	fresh := events[min(f.taken, len(events)):]
	f.taken = len(events)
	return fresh, f.to.m.declared.checkRecorded(f.to.Binding, f.by, fresh)
}

// handler returns the type that a handler instance was bound as.
func (f *flow) handler(instance any) reflect.Type {
	for _, h := range f.to.Handlers() {
		if reflect.TypeOf(instance) == h {
			return h
		}
	}
	return f.to.Binding.handler
}
