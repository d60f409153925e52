package cqrs

import (
	"context"
	"reflect"
	"sync"

	"github.com/digcqrs/digcqrs/internal/safe"
)

// deliverAfterScope delivers events to their after-scope subscriptions, and then the
// follow-up events to theirs. It returns the errors of all failed deliveries as one, or nil. b
// is the binding of the request.
func (m *Mediator) deliverAfterScope(ctx context.Context, b *Binding, events []queued) error {
	if len(events) == 0 {
		return nil
	}
	d := &deliveries{m: m, ctx: ctx, binding: b}
	d.changed.L = &d.mu
	d.add(events)
	finished := false
	defer func() {
		if !finished { // a handler ends the goroutine
			m.lose(ctx, b, d.failure())
		}
	}()
	d.work()
	finished = true
	return d.failure()
}

// failure returns the errors of all failed deliveries as one, unless the application has
// taken them.
func (d *deliveries) failure() error {
	if len(d.errs) == 0 || d.handOver() {
		return nil
	}
	return &afterScopeError{errs: d.errs}
}

// handOver passes the errors of deliveries to the application, and reports whether it has
// taken them. If its function panics, the request returns the errors. If it ends the
// goroutine, they are lost.
func (d *deliveries) handOver() (taken bool) {
	if d.m.afterScopeErrors == nil {
		return false
	}
	defer func() {
		if taken {
			return
		}
		value := recover()
		_ = d.m.panicked(d.ctx, value, nil, "the function of WithAfterScopeErrors")
		if value == nil {
			d.m.lose(d.ctx, d.binding, &afterScopeError{errs: d.errs})
		}
	}()
	d.m.afterScopeErrors(d.ctx, d.errs)
	return true
}

// deliveries runs the after-scope deliveries of one request. They start in the order of the
// events, on the goroutine of the caller and on as many helpers as are free.
type deliveries struct {
	m        *Mediator
	ctx      context.Context
	binding  *Binding // of the request; nil for Run and Publish
	mu       sync.Mutex
	changed  sync.Cond
	waiting  []delivery
	helpers  int // goroutines besides the caller's
	starting int // helpers that have not looked for a delivery yet
	errs     []*EventError
}

// delivery is one event for one subscription.
type delivery struct {
	queued
	to *subscription
}

// add appends a delivery for each after-scope subscription of the events.
func (d *deliveries) add(events []queued) {
	for _, e := range events {
		e.causation() // the deliveries of one event count together
		for _, s := range d.m.topic(reflect.TypeOf(e.event)).in(DeliveryAfterScope) {
			d.waiting = append(d.waiting, delivery{e, s})
		}
	}
}

// work delivers on the goroutine of the caller until nothing is left. It continues even if
// a handler ends the goroutine.
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

// help delivers on a goroutine of its own until no delivery is waiting.
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

// take removes and returns the next delivery, and starts helpers for those behind it. If
// none is waiting but helpers may still add some, it waits if wait is set. starting is set
// for the first call of a helper.
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

// note records the outcome of a delivery, and adds its follow-up events that have
// after-scope subscriptions.
func (d *deliveries) note(one delivery, after []queued, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.add(after)
	d.changed.Broadcast()
	if err == nil {
		return
	}
	failure := one.to.eventError(one.event, err)
	failure.Delivery = DeliveryAfterScope
	d.errs = append(d.errs, failure)
}

// borrowHelper reserves one of the extra goroutines of the mediator. It reports whether one
// was free.
func (m *Mediator) borrowHelper() bool {
	select {
	case m.helpers <- struct{}{}:
		return true
	default:
		return false
	}
}

func (m *Mediator) returnHelper() { <-m.helpers }
