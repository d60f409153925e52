package cqrs

import (
	"context"
	"reflect"
)

// DeliveryMode is when a subscription receives an event.
type DeliveryMode int

const (
	// DeliveryInScope is in the scope of the request that recorded the event, before its
	// finalizers: if the handler fails, so does the request.
	DeliveryInScope DeliveryMode = iota
	// DeliveryAfterScope is after the scope of the request has closed successfully, in a
	// scope of its own: see [AfterScope].
	DeliveryAfterScope
	// DeliveryDurable is later, in any process, in a scope of its own: see [Durable].
	DeliveryDurable

	deliveryModes = iota
)

// String returns "in-scope", "after-scope" or "durable".
func (d DeliveryMode) String() string {
	switch d {
	case DeliveryInScope:
		return "in-scope"
	case DeliveryAfterScope:
		return "after-scope"
	case DeliveryDurable:
		return "durable"
	default:
		return "unknown"
	}
}

// AfterScope delivers events to a handler only after the request has succeeded and its
// scope has closed, each in a scope of its own. Use it for work that must not happen
// unless the request is done, such as sending mail. By default a handler runs in the
// scope of the request, and its failure fails the request.
func AfterScope() EventOption { return afterScope{} }

type afterScope struct{}

func (afterScope) applyToEvent(b *Binding) { b.deliverBy(DeliveryAfterScope) }
func (afterScope) String() string          { return "AfterScope()" }

// topic holds the subscriptions of one type of event, by delivery mode, in the order of
// binding, those to interfaces last.
type topic struct {
	subscriptions [deliveryModes][]*subscription
	free          bool // none of them needs a request: see deliverFree
}

func (t *topic) add(s *subscription) {
	t.free = t.free && s.delivery == DeliveryInScope && s.isBare()
	t.subscriptions[s.delivery] = append(t.subscriptions[s.delivery], s)
}

// in returns the subscriptions with a delivery mode.
func (t *topic) in(d DeliveryMode) []*subscription { return t.subscriptions[d] }

// names returns the names of all subscriptions.
func (t *topic) names() (names []string) {
	for _, some := range t.subscriptions {
		for _, s := range some {
			names = append(names, s.name)
		}
	}
	return names
}

// deliver has each subscription receive an event as its delivery mode says.
func (r *request) deliver(ctx context.Context, e queued) error {
	t := r.m.topic(reflect.TypeOf(e.event))
	if r.trace != nil {
		step := &Step{Kind: StepEvent, Message: e.event, Cause: e.cause(), Unhandled: t == nil}
		return r.trace.record(ctx, r.span, step, func(ctx context.Context) error { return r.deliverTo(ctx, e, t) })
	}
	return r.deliverTo(ctx, e, t)
}

func (r *request) deliverTo(ctx context.Context, e queued, t *topic) error {
	if t == nil {
		return r.unhandled(ctx, e.event)
	}
	for _, s := range t.in(DeliveryInScope) {
		if err := s.deliver(ctx, r, e); err != nil {
			failure := s.eventError(e.event, err)
			failure.NotDelivered = r.notDelivered()
			return failure
		}
	}
	if to := t.in(DeliveryDurable); len(to) > 0 {
		if err := r.store(ctx, e, to); err != nil {
			return err
		}
	}
	if later := t.in(DeliveryAfterScope); len(later) > 0 {
		if r.trace != nil && r.trace.preview {
			r.recordLater(ctx, e, later)
		}
		r.lock()
		e.own = r.queue.now.own
		r.unlock()
		r.after = append(r.after, e)
	}
	return nil
}

// unhandled reports an event without a handler, as an error if events are strict.
func (r *request) unhandled(ctx context.Context, event Event) error {
	t := reflect.TypeOf(event)
	if r.m.settings.StrictEvents {
		return &EventError{Event: t, Value: event, NotDelivered: r.notDelivered(), Err: unhandledError(t)}
	}
	r.m.observe(func(o *Observer) { o.Unhandled(ctx, t) })
	return nil
}

// notDelivered returns the types of the events that are still in the queue.
func (r *request) notDelivered() []reflect.Type {
	r.lock()
	defer r.unlock()
	return r.queue.rest()
}
