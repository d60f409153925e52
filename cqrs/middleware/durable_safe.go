package middleware

import (
	"reflect"

	"github.com/digcqrs/digcqrs/cqrs"
)

// IsDurableSafe requires that nothing which follows a message is lost if the process dies: all its events are
// handled in the scope, and so in the transaction of the request, or by durable subscriptions, which are
// stored in it. A message is not durable-safe if one of these events has an after-scope subscription: an
// event that its handlers declare with [cqrs.Records1] or [cqrs.Emits], or that handlers of these events in
// the scope declare in turn. A handler that can record events, but declares none, is not durable-safe
// either, since nobody knows what follows it.
//
// Require sees the subscriptions of the level to which it is passed: use bootstrap.WithMiddleware.
func IsDurableSafe() Policy {
	return Policy{name: "durable-safe", lacks: "events after it that a crash can lose, or that are not declared",
		fix:  "make their after-scope subscriptions durable, and declare what the handlers record, as with cqrs.Records1",
		safe: newDurableSafe}
}

// newDurableSafe finds the messages that are not durable-safe, and from these, backwards, the messages
// that they follow. So cycles of events do not matter, nor does the order of the bindings.
func newDurableSafe(bindings []*cqrs.Binding) func(*cqrs.Binding) bool {
	d := durableSafe{
		bindings:      bindings,
		subscriptions: make(map[reflect.Type][]*cqrs.Binding),
		before:        make(map[*cqrs.Binding][]*cqrs.Binding),
		unsafe:        make(map[*cqrs.Binding]bool),
	}
	var found []*cqrs.Binding
	for _, b := range bindings {
		if d.loses(b) {
			found = append(found, b)
		}
	}
	for len(found) > 0 {
		b := found[len(found)-1]
		found = found[:len(found)-1]
		if !d.unsafe[b] {
			d.unsafe[b] = true
			found = append(found, d.before[b]...)
		}
	}
	return func(b *cqrs.Binding) bool { return !d.unsafe[b] }
}

// durableSafe finds the messages that are durable-safe.
type durableSafe struct {
	bindings      []*cqrs.Binding
	subscriptions map[reflect.Type][]*cqrs.Binding  // by event
	before        map[*cqrs.Binding][]*cqrs.Binding // whose events a subscription handles in the scope
	unsafe        map[*cqrs.Binding]bool
}

// loses reports whether a message itself is not durable-safe, whatever handlers in the scope do with its
// events. It notes these handlers in before.
func (d *durableSafe) loses(b *cqrs.Binding) bool {
	loses := false
	for _, h := range b.Handlers() {
		events := b.Emits(h)
		if len(events) == 0 && records(h) {
			loses = true
		}
		for _, e := range events {
			for _, s := range d.subscriptionsTo(e) {
				switch s.Delivery() {
				case cqrs.DeliveryAfterScope:
					loses = true
				case cqrs.DeliveryInScope:
					d.before[s] = append(d.before[s], b)
				}
			}
		}
	}
	return loses
}

// subscriptionsTo returns the subscriptions to an event, also those to its interfaces.
func (d *durableSafe) subscriptionsTo(event reflect.Type) []*cqrs.Binding {
	found, known := d.subscriptions[event]
	if known {
		return found
	}
	for _, b := range d.bindings {
		if b.Kind() == cqrs.KindEvent && (b.Message() == event || isOpen(b) && event.Implements(b.Message())) {
			found = append(found, b)
		}
	}
	d.subscriptions[event] = found
	return found
}

// records reports whether a handler may record events. That of an interface is known only when it is built.
func records(handler reflect.Type) bool {
	return handler.Kind() == reflect.Interface || handler.Implements(reflect.TypeFor[cqrs.EventSource]())
}
