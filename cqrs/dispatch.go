package cqrs

import (
	"context"
	"reflect"
)

// raise puts events at the end of the queue: all of them, or none if it returns an
// error. cause is the event that led to them, or nil.
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

// raiseHere is raise for what was recorded on the goroutine of the request: by its
// handler, or by one of the event whose turn it is.
func (r *request) raiseHere(events recorded) error {
	if len(events.events) == 0 {
		return nil
	}
	return r.raise(events, r.causation())
}

// causation returns the event whose turn it is as the cause of others, or nil.
func (r *request) causation() *causation {
	r.lock()
	defer r.unlock()
	return r.queue.causation()
}

// dispatch delivers the queue in the scope, until it is empty. If it returns nil,
// nothing that the Senders of the request were used for goes on, and no more begins.
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

// dispatchSoFar delivers what is in the queue, and what is raised meanwhile.
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

// deliver calls the in-scope handlers of an event, and notes it for those after the
// scope.
func (r *request) deliver(ctx context.Context, e queued) error {
	t := reflect.TypeOf(e.event)
	topic := r.m.topic(t)
	if topic == nil {
		if r.m.config.StrictEvents {
			return &EventError{Event: t, Value: e.event, NotHandled: r.unhandled(), Err: unhandledError(t)}
		}
		r.m.observe(func(o Observer) { o.Unhandled(ctx, t) })
		return nil
	}
	for _, s := range topic.inScope {
		if err := s.deliver(ctx, r, e); err != nil {
			failure := s.eventError(e.event, err)
			failure.NotHandled = r.unhandled()
			return failure
		}
	}
	if len(topic.afterScope) > 0 {
		r.lock()
		e.own = r.queue.now.own
		r.unlock()
		r.after = append(r.after, e)
	}
	return nil
}

// unhandled returns the types of the events that are still in the queue.
func (r *request) unhandled() []reflect.Type {
	r.lock()
	defer r.unlock()
	return r.queue.rest()
}

// raiseFree delivers events that no open request has raised. It opens one only if an
// event needs it. done is that of conclude.
func (m *Mediator) raiseFree(ctx context.Context, events recorded) (outcome error, done bool) {
	if len(events.events) == 0 {
		return nil, true
	}
	if err := m.deliverFree(ctx, &events); err != nil || len(events.events) == 0 {
		return failed(err), err == nil
	}
	return m.run(ctx, func(r *request) error { return r.raise(events, nil) })
}

// deliverFree delivers the first events, as long as their handlers need nothing of a
// request and raise no others, and leaves those that need one. If there are none, that
// saves 50 ns.
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
		for _, s := range topic.inScope {
			if _, _, err := s.call(ctx, frame{}, e, events.ctx, true); err != nil {
				failure := s.eventError(e, err)
				failure.NotHandled = eventTypes(events.events[i+1:])
				return failure
			}
		}
	}
	events.events = nil
	return nil
}
