package cqrs

import (
	"context"
	"reflect"
	"slices"
	"sync/atomic"
)

// recorded holds events that were recorded by a handler or published, and the context of
// that handler or call.
type recorded struct {
	events []Event
	ctx    context.Context
}

// add appends events. It never writes into a slice that belongs to a handler.
func (r *recorded) add(events []Event) {
	if len(r.events) == 0 {
		r.events = slices.Clip(events)
	} else {
		r.events = append(r.events, events...)
	}
}

// queued is an event in the queue, or the one that is being delivered.
type queued struct {
	event  Event
	origin context.Context // see Invocation.Origin
	from   *causation      // the event whose handlers raised it; nil for a root
	own    *causation      // the event as the cause of others; nil until there are any
}

// causation is an event as the cause of others. All events that descend from one root share
// a count.
type causation struct {
	event reflect.Type
	from  *causation
	count *atomic.Int64 // how many events the root has led to, itself included
}

// causation returns the event as the cause of others.
func (q *queued) causation() *causation {
	if q.own == nil {
		q.own = &causation{event: reflect.TypeOf(q.event), from: q.from}
		if q.from != nil {
			q.own.count = q.from.count
		} else {
			q.own.count = new(atomic.Int64)
			q.own.count.Store(1)
		}
	}
	return q.own
}

// path returns the events from the root to last.
func (c *causation) path(last reflect.Type) []reflect.Type {
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

// A queue holds the events of a request, first in first out.
type queue struct {
	limit   int64
	events  []queued
	next    int    // the index of the first event that is not delivered yet
	now     queued // the event that is being delivered
	counted int64  // how many of the added events are follow-ups
}

func (q *queue) empty() bool { return q.next == len(q.events) }

// add appends events: all of them, or none if it returns an error. cause is the event that
// led to them, or nil.
func (q *queue) add(r recorded, cause *causation) error {
	if err := checkEvents(r.events); err != nil {
		return err
	}
	n := int64(len(r.events))
	if cause != nil {
		if total := cause.count.Add(n); total > q.limit {
			cause.count.Add(-n)
			excess := r.events[max(q.limit-(total-n), 0)]
			return &EventLimitError{Limit: int(q.limit), Path: cause.path(reflect.TypeOf(excess))}
		}
		q.counted += n
	}
	if q.empty() {
		q.events, q.next = q.events[:0], 0
	}
	for _, e := range r.events {
		q.events = append(q.events, queued{event: e, origin: r.ctx, from: cause})
	}
	return nil
}

// pop removes the next event from the queue, makes it the current one and returns it.
func (q *queue) pop() (queued, bool) {
	q.now = queued{}
	if q.empty() {
		return queued{}, false
	}
	q.now = q.events[q.next]
	q.events[q.next] = queued{}
	q.next++
	return q.now, true
}

// causation returns the event that is being delivered, as the cause of others, or nil if
// there is none.
func (q *queue) causation() *causation {
	if q.now.event == nil {
		return nil
	}
	return q.now.causation()
}

// rest returns the types of the events that are still in the queue.
func (q *queue) rest() []reflect.Type {
	var types []reflect.Type
	for _, e := range q.events[q.next:] {
		types = append(types, reflect.TypeOf(e.event))
	}
	return types
}

// uncount subtracts the follow-ups of the queue from the count of root, since they are
// dropped and another attempt may record them again.
func (q *queue) uncount(root *causation) {
	if root != nil {
		root.count.Add(-q.counted)
	}
	q.counted = 0
}

// reset empties the queue for another request.
func (q *queue) reset() {
	*q = queue{limit: q.limit, events: recycle(q.events)}
}

// recycle empties a slice for another request, unless it has grown large.
func recycle(s []queued) []queued {
	const large = 256
	if cap(s) > large {
		return nil
	}
	clear(s)
	return s[:0]
}

// checkEvents returns an error if one of the events is nil or a pointer.
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

func eventTypes(events []Event) []reflect.Type {
	var types []reflect.Type
	for _, e := range events {
		types = append(types, reflect.TypeOf(e))
	}
	return types
}
