package middleware

import (
	"reflect"
	"slices"

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

// durableSafe finds the messages that are durable-safe.
type durableSafe struct {
	bindings []*cqrs.Binding
	known    map[*cqrs.Binding]bool // true while it is being decided, since a cycle adds nothing
}

func newDurableSafe(bindings []*cqrs.Binding) func(*cqrs.Binding) bool {
	d := &durableSafe{bindings, make(map[*cqrs.Binding]bool)}
	return d.is
}

func (d *durableSafe) is(b *cqrs.Binding) bool {
	if safe, known := d.known[b]; known {
		return safe
	}
	d.known[b] = true
	safe := !slices.ContainsFunc(b.Handlers(), func(h reflect.Type) bool {
		events := b.Emits(h)
		return len(events) == 0 && records(h) || slices.ContainsFunc(events, func(e reflect.Type) bool { return !d.keeps(e) })
	})
	d.known[b] = safe
	return safe
}

// keeps reports whether nothing that handles an event in the scope or after it can be lost.
func (d *durableSafe) keeps(event reflect.Type) bool {
	for _, b := range d.bindings {
		if b.Kind() != cqrs.KindEvent || b.Message() != event && !(isOpen(b) && event.Implements(b.Message())) {
			continue
		}
		if b.Delivery() == cqrs.DeliveryAfterScope || b.Delivery() == cqrs.DeliveryInScope && !d.is(b) {
			return false
		}
	}
	return true
}

// records reports whether a handler may record events. That of an interface is known only when it is built.
func records(handler reflect.Type) bool {
	return handler.Kind() == reflect.Interface || handler.Implements(reflect.TypeFor[cqrs.EventSource]())
}
