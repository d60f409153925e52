package cqrs

import (
	"context"
	"sync"

	"github.com/digcqrs/digcqrs/internal/safe"
)

// Delivered has f called with the outcome of the attempt to make a durable delivery, once the
// relay has recorded it. It returns false, and f is never called, unless the message is a durable
// event or a scheduled command that a relay delivers. Use it to report an attempt, since only the
// relay knows whether another one follows.
//
// f is called after the middleware has returned, so it must not use the Invocation, and must be
// safe for concurrent use. A panic of f has no effect. It is not called if the relay does not count
// the attempt: because a batch has failed, whose events are then delivered one by one, or because
// the relay is being stopped. [DeliveryOutcome.Reported] tells observers of f.
func (in *Invocation) Delivered(f func(DeliveryOutcome)) bool {
	a := in.attempt()
	if a == nil || a.outcomes == nil {
		return false
	}
	a.outcomes.await(a.id, f)
	return true
}

// DeliveryID returns the identifier of the durable delivery that the message is from, which is the
// same for all attempts. ok is false for other messages.
func (in *Invocation) DeliveryID() (id string, ok bool) {
	a := in.attempt()
	if a == nil {
		return "", false
	}
	return a.id, true
}

// attempt returns the delivery that the message is from, or nil.
func (in *Invocation) attempt() *attempt {
	origin := in.Origin()
	if origin == nil {
		return nil
	}
	a, _ := origin.Value(attemptKey{}).(*attempt)
	return a
}

// attempt is a delivery as its Invocation knows it, by its origin.
type attempt struct {
	id       string
	outcomes *outcomes // nil if no outcome will be reported
}

type attemptKey struct{}

// withAttempt returns the origin of a delivery, by which its Invocation finds it.
func withAttempt(ctx, origin context.Context, d Delivery) context.Context {
	waiting, _ := ctx.Value(outcomesKey{}).(*outcomes)
	return context.WithValue(origin, attemptKey{}, &attempt{d.ID(), waiting})
}

// outcomes are the functions that wait for the outcomes of deliveries.
type outcomes struct {
	relay context.Context // which the end of a lease does not cancel

	mu      sync.Mutex
	waiting map[string][]func(DeliveryOutcome) // by the ID of the delivery
}

type outcomesKey struct{}

func (o *outcomes) await(id string, f func(DeliveryOutcome)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.waiting == nil {
		o.waiting = make(map[string][]func(DeliveryOutcome))
	}
	o.waiting[id] = append(o.waiting[id], f)
}

// take removes the functions that wait for a delivery.
func (o *outcomes) take(id string) []func(DeliveryOutcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := o.waiting[id]
	delete(o.waiting, id)
	return all
}

// Context returns a context for [Deliverer.Deliver] and for the calls of [Deliverer.Report] about
// the same deliveries, by which middleware receives what is reported: see [Invocation.Delivered].
// If the context of Deliver is derived from it, and is cancelled because the leases are lost, that
// has no effect on what follows the completion of the deliveries, whose leases have then ended.
func (d Deliverer) Context(ctx context.Context) context.Context {
	return context.WithValue(ctx, outcomesKey{}, &outcomes{relay: ctx})
}

// afterCompletion returns a context for what follows the completion of a delivery. It is cancelled
// only with that of the relay.
func afterCompletion(ctx context.Context) (context.Context, context.CancelFunc) {
	of, _ := ctx.Value(outcomesKey{}).(*outcomes)
	if of == nil {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(of.relay, func() { cancel(context.Cause(of.relay)) })
	return ctx, func() { stop(); cancel(nil) }
}

// Report passes the outcome of an attempt to the middleware that waits for it, and then to the
// observers of the mediator.
func (d Deliverer) Report(ctx context.Context, o DeliveryOutcome) {
	if e, err := d.m.endpointOf(o.Subscription); err == nil {
		o.Binding = e.Binding
	}
	if waiting, _ := ctx.Value(outcomesKey{}).(*outcomes); waiting != nil {
		for _, f := range waiting.take(o.ID) {
			o.Reported = true
			safe.Do(func() { f(o) })
		}
	}
	d.m.observe(func(to *Observer) { to.Delivered(ctx, o) })
}
