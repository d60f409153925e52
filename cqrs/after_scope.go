package cqrs

import (
	"context"
	"reflect"
	"sync"

	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/safe"
	"github.com/digcqrs/digcqrs/internal/workers"
)

// deliverAfterScope delivers events to their after-scope subscriptions, and then the
// follow-up events to theirs. It returns the errors of all failed deliveries as one, or nil. b
// is the binding of the request.
func (m *Mediator) deliverAfterScope(ctx context.Context, b *Binding, events []queued, t *trace) error {
	if len(events) == 0 {
		return nil
	}
	d := &deliveries{m: m, ctx: ctx, binding: b, trace: t}
	d.queue = workers.NewQueue(m.helpers, d.deliver)
	d.add(events)
	finished := false
	defer func() {
		if !finished { // a handler ends the goroutine
			m.lose(ctx, b, d.failure())
		}
	}()
	d.queue.Work()
	finished = true
	return d.failure()
}

// deliveries are the after-scope deliveries of one request.
type deliveries struct {
	m       *Mediator
	ctx     context.Context
	binding *Binding // of the request; nil for Run and Publish
	trace   *trace   // nil if nothing is recorded
	queue   *workers.Queue[delivery]
	mu      sync.Mutex
	errs    []*EventError
	silent  []*EventError // those of errs that no middleware has reported
}

// delivery is one event for one subscription.
type delivery struct {
	queued
	to *subscription
}

// step returns the delivery as a step.
func (d *delivery) step() *Step {
	return &Step{
		Kind: StepDelivery, Name: errtext.ShortName(d.to.Binding.handler), Where: d.to.Where(),
		Message: d.event, Binding: d.to.Binding, Subscription: d.to.name, Mode: d.to.delivery, Cause: d.cause(),
	}
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
	returned := false
	defer func() {
		if !returned {
			d.m.lose(d.ctx, d.binding, &afterScopeError{errs: d.errs})
		}
	}()
	err := d.m.guard(d.ctx, nil, "the function of WithAfterScopeErrors", func() error {
		d.m.afterScopeErrors(d.ctx, d.errs, d.silent)
		return nil
	})
	returned = true
	return err == nil
}

// add queues a delivery for each after-scope subscription of the events.
func (d *deliveries) add(events []queued) {
	for _, e := range events {
		e.causation() // the deliveries of one event count together
		for _, s := range d.m.topic(reflect.TypeOf(e.event)).in(DeliveryAfterScope) {
			d.queue.Add(delivery{e, s})
		}
	}
}

// deliver makes one delivery in a scope of its own, unless the context is cancelled.
func (d *deliveries) deliver(next delivery) {
	if err := safe.ContextErr(d.ctx); err != nil {
		d.note(next, delivered{}, err)
		return
	}
	to := delivered{trace: d.trace}
	err := error(ErrExit) // unless deliverAlone returns
	defer func() { d.note(next, to, err) }()
	if d.trace != nil {
		err = d.trace.record(d.ctx, nil, next.step(), func(ctx context.Context) error {
			return next.to.deliverAlone(ctx, next.queued, &to)
		})
		return
	}
	err = next.to.deliverAlone(d.ctx, next.queued, &to)
}

// note records the outcome of a delivery, and adds its follow-up events that have
// after-scope subscriptions.
func (d *deliveries) note(one delivery, to delivered, err error) {
	d.add(to.after)
	if err == nil {
		return
	}
	failure := one.to.eventError(one.event, err)
	failure.Delivery = DeliveryAfterScope
	d.mu.Lock()
	defer d.mu.Unlock()
	d.errs = append(d.errs, failure)
	if !to.reported {
		d.silent = append(d.silent, failure)
	}
}
