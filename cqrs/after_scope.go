package cqrs

import (
	"context"
	"reflect"
	"sync"

	"github.com/digcqrs/digcqrs/internal/safe"
)

// deliverAfterScope delivers events to their after-scope subscriptions, and those that
// are raised by that. It returns the errors of those that failed as one, or nil.
func (m *Mediator) deliverAfterScope(ctx context.Context, events []queued) error {
	if len(events) == 0 {
		return nil
	}
	d := &deliveries{m: m, ctx: ctx}
	d.changed.L = &d.mu
	d.add(events)
	d.work()
	if len(d.errs) == 0 {
		return nil
	}
	return &afterScopeError{errs: d.errs}
}

// deliveries are the after-scope deliveries of one request: in the order of the
// events, on the goroutine of the caller and on as many others as are free right now.
type deliveries struct {
	m        *Mediator
	ctx      context.Context
	mu       sync.Mutex
	changed  sync.Cond
	waiting  []delivery
	helpers  int // goroutines beside that of the caller
	starting int // those of them that have not looked for a delivery yet
	errs     []error
}

// A delivery is one event for one subscription.
type delivery struct {
	queued
	to *subscription
}

func (d *deliveries) add(events []queued) {
	for _, e := range events {
		e.causation() // the deliveries of one event count together
		for _, s := range d.m.topic(reflect.TypeOf(e.event)).afterScope {
			d.waiting = append(d.waiting, delivery{e, s})
		}
	}
}

// work delivers until there is nothing left to do. It goes on if a handler ends the
// goroutine.
func (d *deliveries) work() {
	finished := false
	defer func() {
		if !finished {
			d.work()
		}
	}()
	for {
		next, ok := d.take(true, false)
		if !ok {
			finished = true
			return
		}
		d.deliver(next)
	}
}

// help delivers on a goroutine of its own while there is something to do.
func (d *deliveries) help() {
	defer func() {
		d.m.returnHelper()
		d.mu.Lock()
		defer d.mu.Unlock()
		d.helpers--
		d.changed.Broadcast()
	}()
	for starting := true; ; starting = false {
		next, ok := d.take(false, starting)
		if !ok {
			return
		}
		d.deliver(next)
	}
}

// take takes the next delivery, and starts helpers for those behind it. If there is
// none, but helpers may still add some, it waits if asked to. starting is that of a
// helper that takes its first.
func (d *deliveries) take(wait, starting bool) (next delivery, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if starting {
		d.starting--
	}
	for len(d.waiting) == 0 {
		if d.helpers == 0 || !wait {
			return delivery{}, false
		}
		d.changed.Wait()
	}
	next = d.waiting[0]
	d.waiting[0] = delivery{}
	d.waiting = d.waiting[1:]
	for d.starting < len(d.waiting) && d.m.borrowHelper() {
		d.helpers++
		d.starting++
		go d.help()
	}
	return next, true
}

// deliver makes one delivery in a scope of its own, unless the context is cancelled.
func (d *deliveries) deliver(next delivery) {
	if err := safe.ContextErr(d.ctx); err != nil {
		d.note(next, nil, err)
		return
	}
	var after []queued
	err := error(ErrExit) // unless deliverAlone returns
	defer func() { d.note(next, after, err) }()
	err = next.to.deliverAlone(d.ctx, next.queued, &after)
}

// note notes the outcome of a delivery, and what was raised by it for after-scope
// subscriptions.
func (d *deliveries) note(one delivery, after []queued, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.add(after)
	d.changed.Broadcast()
	if err == nil {
		return
	}
	failure := one.to.eventError(one.event, err)
	failure.AfterScope = true
	d.errs = append(d.errs, failure)
}

// borrowHelper takes one of the goroutines that the mediator may use beside those of
// its callers, if one is free.
func (m *Mediator) borrowHelper() bool {
	select {
	case m.helpers <- struct{}{}:
		return true
	default:
		return false
	}
}

func (m *Mediator) returnHelper() { <-m.helpers }
