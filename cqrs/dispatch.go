package cqrs

import (
	"context"
	"reflect"
)

// raise adds events to the end of the queue: all of them, or none if it returns an error.
// cause is the event that led to them, or nil.
func (r *request) raise(events recorded, cause *causation) error {
	if len(events.events) == 0 {
		return nil
	}
	if r.shared {
		r.mu.Lock()
		defer r.mu.Unlock()
		defer r.changed.Broadcast()
	}
	return r.queue.add(events, cause)
}

// raiseHere raises events recorded on the goroutine of the request: by its handler, or by
// a handler of the event that is being delivered.
func (r *request) raiseHere(events recorded) error {
	if len(events.events) == 0 {
		return nil
	}
	return r.raise(events, r.causation())
}

// causation returns the event that is being delivered, as the cause of others, or nil.
func (r *request) causation() *causation {
	r.lock()
	defer r.unlock()
	return r.queue.causation()
}

// dispatch delivers the queue in the scope until it is empty. If it returns nil, all sends
// through the Senders of the request have ended and no more can begin.
func (r *request) dispatch(ctx context.Context) error {
	for {
		if err := r.dispatchSoFar(ctx); err != nil {
			return err
		}
		if !r.shared || r.shutIfIdle() {
			return nil
		}
	}
}

// dispatchSoFar delivers the queue, including events that are raised meanwhile.
func (r *request) dispatchSoFar(ctx context.Context) error {
	for {
		r.lock()
		e, ok := r.queue.pop()
		r.unlock()
		if !ok {
			return nil
		}
		if err := r.deliver(ctx, e); err != nil {
			return err
		}
	}
}

// raiseFree delivers events that were raised without a request, and opens one only if an
// event needs it. done is as for conclude.
func (m *Mediator) raiseFree(ctx context.Context, b *Binding, events recorded) (outcome error, done bool) {
	if len(events.events) == 0 {
		return nil, true
	}
	if err := m.deliverFree(ctx, &events); err != nil || len(events.events) == 0 {
		return failed(err), err == nil
	}
	return m.run(ctx, b, nil, func(_ context.Context, r *request) error { return r.raise(events, nil) })
}

// deliverFree delivers events up to the first one that needs a request or whose handlers
// may raise others, and leaves the rest in events. Not opening a request saves 50 ns.
func (m *Mediator) deliverFree(ctx context.Context, events *recorded) error {
	if err := checkEvents(events.events); err != nil {
		return err
	}
	for i, e := range events.events {
		topic := m.topic(reflect.TypeOf(e))
		if topic == nil || !topic.free {
			events.events = events.events[i:]
			return nil
		}
		for _, s := range topic.in(DeliveryInScope) {
			if _, _, err := s.call(ctx, frame{}, e, events.ctx, true); err != nil {
				failure := s.eventError(e, err)
				failure.NotDelivered = eventTypes(events.events[i+1:])
				return failure
			}
		}
	}
	events.events = nil
	return nil
}
