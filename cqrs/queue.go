package cqrs

import (
	"context"
	"reflect"
	"sync/atomic"
)

// recorded is events that a handler has recorded, or that were published, and the
// context of whoever did.
type recorded struct {
	events []Event
	ctx    context.Context
}

// A queued is an event that waits for its turn, or has it.
type queued struct {
	event  Event
	origin context.Context // of whoever raised it
	from   *causation      // the event whose handlers raised it; nil for a root
	own    *causation      // as the cause of others; nil until there are any
}

// A causation is an event as the cause of others. All that descend from one root have
// the count in common.
type causation struct {
	event reflect.Type
	from  *causation
	count *atomic.Int64 // of the events that the root has led to, itself included
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
	next    int    // the first that has not had its turn
	now     queued // the event whose turn it is
	counted int64  // follow-ups among all that were added
}

func (q *queue) empty() bool { return q.next == len(q.events) }

// add puts events at the end: all of them, or none if it returns an error. cause is
// the event that led to them, or nil.
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

// pop makes the next event the one whose turn it is.
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

// causation returns the event whose turn it is as the cause of others, or nil if there
// is none.
func (q *queue) causation() *causation {
	if q.now.event == nil {
		return nil
	}
	return q.now.causation()
}

// rest returns the types of the events that have not had their turn.
func (q *queue) rest() []reflect.Type {
	var types []reflect.Type
	for _, e := range q.events[q.next:] {
		types = append(types, reflect.TypeOf(e.event))
	}
	return types
}

// uncount takes what the queue has added to the count of root back: its events are
// dropped, and another attempt may record them again.
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

func eventTypes(events []Event) []reflect.Type {
	var types []reflect.Type
	for _, e := range events {
		types = append(types, reflect.TypeOf(e))
	}
	return types
}
