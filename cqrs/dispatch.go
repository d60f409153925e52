package cqrs

import (
	"context"
	"reflect"
	"sync/atomic"
)

// A raised is an event in the queue of a request.
type raised struct {
	event  Event
	from   *cause          // nil unless the handler of an event raised it
	origin context.Context // of whoever raised it
}

// A cause is an event whose handlers raised others.
type cause struct {
	event reflect.Type
	from  *cause
	count *atomic.Int64 // events in the tree that this one belongs to
}

// recorded returns the events of a handler that has succeeded.
func recorded(handler any) []Event {
	if source, ok := handler.(EventSource); ok {
		return source.Events()
	}
	return nil
}

// checkEvents returns why one of the events cannot be handled.
func checkEvents(events []Event) error {
	for _, e := range events {
		switch t := reflect.TypeOf(e); {
		case t == nil:
			return nilMessageError("recorded or published")
		case t.Kind() == reflect.Pointer:
			return pointerError("recorded or published", t)
		}
	}
	return nil
}

// tellFree tells of the first events, as long as their handlers need nothing of
// a request and raise no others, and leaves those that need one. If there are
// none, that saves 50 ns.
func (m *Mediator) tellFree(ctx context.Context, told *recording) error {
	if err := checkEvents(told.events); err != nil {
		return err
	}
	for i, e := range told.events {
		t := reflect.TypeOf(e)
		topic := m.topic(t)
		if topic == nil || !topic.free {
			told.events = told.events[i:]
			return nil
		}
		for _, s := range topic.inScope {
			if _, err := s.call(ctx, nil, raised{event: e, origin: told.ctx}, true); err != nil {
				failure := s.eventError(e, err)
				failure.NotHandled = eventTypes(told.events[i+1:])
				return failure
			}
		}
	}
	told.events = nil
	return nil
}

func eventTypes(events []Event) []reflect.Type {
	var types []reflect.Type
	for _, e := range events {
		types = append(types, reflect.TypeOf(e))
	}
	return types
}

// raise puts events at the end of the queue: all of them, or none if it fails.
func (r *request) raise(told recording) error {
	if len(told.events) == 0 {
		return nil
	}
	if r.sender != nil {
		r.sender.mu.Lock()
		defer r.sender.mu.Unlock()
		defer r.sender.idle.Broadcast()
	}
	if err := checkEvents(told.events); err != nil {
		return err
	}
	before := len(r.queue)
	for _, e := range told.events {
		from, err := r.causeOf(e)
		if err != nil {
			clear(r.queue[before:])
			r.queue = r.queue[:before]
			return err
		}
		r.queue = append(r.queue, raised{e, from, told.ctx})
	}
	return nil
}

// causeOf returns the event that led to e, nil if it was a request, and counts
// e among all that the first of its causes led to.
func (r *request) causeOf(e Event) (*cause, error) {
	if r.now.event == nil {
		return nil, nil
	}
	if r.cause == nil {
		r.cause = &cause{event: reflect.TypeOf(r.now.event), from: r.now.from}
		if r.now.from != nil {
			r.cause.count = r.now.from.count
		} else {
			r.cause.count = new(atomic.Int64)
			r.cause.count.Store(1)
		}
	}
	if r.cause.count.Add(1) > int64(r.m.config.EventLimit) {
		return nil, &EventLimitError{Limit: r.m.config.EventLimit, Path: r.cause.path(reflect.TypeOf(e))}
	}
	return r.cause, nil
}

// path returns the events from the first cause to last.
func (c *cause) path(last reflect.Type) []reflect.Type {
	n := 1
	for at := c; at != nil; at = at.from {
		n++
	}
	path := make([]reflect.Type, n)
	path[n-1] = last
	for at := c; at != nil; at = at.from {
		n--
		path[n-1] = at.event
	}
	return path
}

// dispatch handles the queue to its end. If it returns nil, nothing that the
// Sender of the request was used for goes on, and no more can begin.
func (r *request) dispatch(ctx context.Context) error {
	for {
		if err := r.dispatchSoFar(ctx); err != nil {
			return err
		}
		if r.sender == nil || r.sender.endIfDone(r) {
			return nil
		}
	}
}

// dispatchSoFar handles what is in the queue in the scope of the request, first
// in first out, with what is raised meanwhile.
func (r *request) dispatchSoFar(ctx context.Context) error {
	for {
		e, ok := r.pop()
		if !ok {
			return nil
		}
		if err := r.tell(ctx, e); err != nil {
			return err
		}
	}
}

// pop takes the next event from the queue and makes it the one being handled.
func (r *request) pop() (raised, bool) {
	if r.sender != nil {
		r.sender.mu.Lock()
		defer r.sender.mu.Unlock()
	}
	r.now, r.cause = raised{}, nil
	if r.next == len(r.queue) {
		return raised{}, false
	}
	e := r.queue[r.next]
	r.queue[r.next] = raised{}
	if r.next++; r.next == len(r.queue) {
		r.queue, r.next = r.queue[:0], 0
	}
	r.now = e
	return e, true
}

// tell tells the handlers in the scope of an event, and notes those after it.
func (r *request) tell(ctx context.Context, e raised) error {
	t := reflect.TypeOf(e.event)
	topic := r.m.topic(t)
	if topic == nil {
		if r.m.config.StrictEvents {
			return &EventError{Event: t, Value: e.event, NotHandled: r.unhandled(), Err: unhandledError(t)}
		}
		if o := r.m.config.Observer; o != nil {
			o.Unhandled(ctx, t)
		}
		return nil
	}
	for _, s := range topic.inScope {
		if err := s.tell(ctx, r, e); err != nil {
			failure := s.eventError(e.event, err)
			failure.NotHandled = r.unhandled()
			return failure
		}
	}
	if len(topic.afterScope) > 0 {
		r.after = append(r.after, e)
	}
	return nil
}

// unhandled returns the events that are still in the queue.
func (r *request) unhandled() []reflect.Type {
	if r.sender != nil {
		r.sender.mu.Lock()
		defer r.sender.mu.Unlock()
	}
	var types []reflect.Type
	for _, e := range r.queue[r.next:] {
		types = append(types, reflect.TypeOf(e.event))
	}
	return types
}
