package cqrs

import (
	"context"
	"errors"
	"reflect"
	"sync/atomic"
)

// A flow is one stream while it is consumed.
type flow struct {
	to      *endpoint
	via     *sender // of the request that the stream joins, whose queue gets its events in the end; or nil
	message any
	item    any                  // a pointer to the item that is being handed out
	give    func(err error) bool // hands the item, or the error, to the consumer

	frame    frame
	within   bool // it is at work in the request that it joined
	state    flowState
	handed   atomic.Bool // the consumer got an item
	complete bool        // the handlers have ended well
	err      error       // the outcome so far

	source  EventSource
	taken   int       // events of the source
	pending *recorded // by handlers that have passed the message on; of the invocation
	held    recorded  // of a stream that joined a request, until it has succeeded
	broken  error     // an event could not be handled, so that the request has failed
	spent   error     // how the handler that handed out items has failed; no other can follow
	yielded error     // what ended the items
}

// A flowState says who is at work.
type flowState int

const (
	producing flowState = iota // the handler, or nobody yet
	consuming                  // the consumer, who has an item
	stopped                    // nobody, since the consumer stopped
)

// isConsuming reports whether the consumer has an item, so that a panic, or the end of
// the goroutine, is the consumer's.
func (f *flow) isConsuming() bool { return f != nil && f.state == consuming }

// isConsuming is that for what a handler is called with.
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

// isStopped reports whether nothing more can be handed out. A consumer that still has
// an item when its handler has returned will get no other.
func (f *flow) isStopped() bool {
	if f.state == consuming {
		f.state = stopped
	}
	return f.state == stopped
}

// isFinal reports whether it is too late for another handler.
func (f *flow) isFinal() bool { return f.handed.Load() || f.state == stopped || f.broken != nil }

// call takes the message through the chain in the scope to its handlers. A panic
// becomes an error, unless it is the consumer's.
func (f *flow) call(ctx context.Context) error {
	f.broken, f.complete = nil, false
	in := &Invocation{to: f.to, message: f.message, frame: f.frame, nested: f.via != nil, stream: f}
	_, err := startChain(ctx, f.to.inScope, in)
	switch { // whatever the middleware make of it
	case f.isStopped():
		return f.stop()
	case f.broken != nil:
		return f.broken
	default:
		return err
	}
}

// stop returns the outcome of a stream that the consumer stopped.
func (f *flow) stop() error {
	if f.yielded != nil { // that and what the handler has made of it
		return f.yielded
	}
	return ErrStreamStopped
}

// iterate has the handlers hand out items. A middleware may call it again.
func (f *flow) iterate(ctx context.Context, in *Invocation) error {
	switch {
	case f.state == stopped || f.state == consuming:
		return ErrStreamStopped
	case f.broken != nil:
		return f.broken
	case f.handed.Load() || f.complete:
		return f.spent
	}
	if err := f.enter(); err != nil {
		return err
	}
	in.recorded, f.held = recorded{}, recorded{}
	f.pending = &in.recorded
	_, err := f.to.runPlan(ctx, in)
	if e, misused := err.(*PanicError); misused && e.Value == errYield && f.yielded != nil { // see handOut
		err = errors.Join(f.yielded, e)
		f.yielded = err
	}
	switch {
	case f.isStopped():
		return ErrStreamStopped
	case f.handed.Load():
		f.spent = err
	}
	if f.complete = err == nil; !f.complete {
		f.held = recorded{}
	}
	return err
}

// handOut hands out the items of a handler, and dispatches events in between. As in
// Go's own range statement, yield panics if it is called after it has returned false,
// or when the items have ended.
func (f *flow) handOut(ctx context.Context, handler any, items func(yield func(error) bool)) error {
	f.taken, f.yielded = 0, nil
	f.source, _ = handler.(EventSource)
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
		f.pending.events = append(f.pending.events, f.fresh()...)
	}
	return f.yielded
}

// giveItem hands an item to the consumer. It returns why there is to be no other.
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

// emit dispatches what was raised since it was last called, by the handler or through a
// Sender. If that fails, so has the stream.
func (f *flow) emit(ctx context.Context) error {
	events := append(f.pending.events, f.fresh()...)
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

// fresh returns the events that the handler has recorded since it was last called.
func (f *flow) fresh() []Event {
	if f.source == nil {
		return nil
	}
	events := f.source.Events()
	fresh := events[min(f.taken, len(events)):]
	f.taken = len(events)
	return fresh
}

// handler returns the type that a handler was bound as.
func (f *flow) handler(instance any) reflect.Type {
	for _, h := range f.to.Handlers() {
		if reflect.TypeOf(instance) == h {
			return h
		}
	}
	return f.to.Binding.handler
}
