package topology

import (
	"fmt"
	"slices"
)

func (d *diff) event(old, new *Event) {
	if old == nil {
		old = &Event{Message: new.Message}
	}
	if new == nil {
		new = &Event{Message: old.Message}
	}
	what := "event " + new.Message
	was, is := isHandled(*old), isHandled(*new)
	switch {
	case was && !is:
		d.add(EventChanged, new.Message, lost, "%s is no longer handled; it was by %s", what, list(receivers(*old)))
		for _, s := range old.Subscriptions {
			if s.Mode == Durable {
				d.orphaned(new.Message, s)
			}
		}
	case is && !was:
		d.add(EventChanged, new.Message, kept, "%s is handled now, by %s", what, list(receivers(*new)))
	case was:
		d.subscriptions(what, *old, *new)
		d.byInterface(what, *old, *new)
	}
	d.stored(new.Message, what, old.Stored, new.Stored)
	if old.Stored != nil && new.Stored != nil {
		d.fields(new.Message, what, old.Fields, new.Fields)
	}
}

func isHandled(e Event) bool { return len(e.Subscriptions) > 0 || len(e.ByInterface) > 0 }

// receivers returns the handlers of an event, and the subscriptions to interfaces.
func receivers(e Event) (all []string) {
	for _, s := range e.Subscriptions {
		all = append(all, types(s.Plan)...)
	}
	return append(all, e.ByInterface...)
}

func (d *diff) orphaned(subject string, s Subscription) {
	d.add(SubscriptionChanged, subject, lost, "durable subscription %q is gone: its pending deliveries would be orphaned", s.Name)
}

func (d *diff) subscriptions(what string, old, new Event) {
	gone, added := only(old, new), only(new, old)
	for _, s := range gone {
		if i := slices.IndexFunc(added, func(a Subscription) bool { return isRenamed(s, a) }); i >= 0 {
			d.renamed(what, new.Message, s, added[i])
			added = slices.Delete(added, i, i+1)
			continue
		}
		d.add(SubscriptionChanged, new.Message, lost, "%s is no longer handled by %s, %s", what, list(types(s.Plan)), s.Mode)
		if s.Mode == Durable {
			d.orphaned(new.Message, s)
		}
	}
	for _, s := range added {
		d.add(SubscriptionChanged, new.Message, kept, "%s is also handled by %s now, %s", what, list(types(s.Plan)), s.Mode)
	}
	for _, s := range old.Subscriptions {
		if i := slices.IndexFunc(new.Subscriptions, func(n Subscription) bool { return n.Name == s.Name }); i >= 0 {
			d.subscription(what, new.Message, s, new.Subscriptions[i])
		}
	}
	for _, mode := range []Mode{InScope, Durable, AfterScope} {
		if _, _, reordered := lists(inMode(old, mode), inMode(new, mode)); reordered && mode != Durable {
			d.add(SubscriptionChanged, new.Message, kept, "%s is delivered %s to %s in this order now, and was to %s", what, mode,
				list(inMode(new, mode)), list(inMode(old, mode)))
		}
	}
}

// only returns the subscriptions of an event that another one has not.
func only(of, other Event) (all []Subscription) {
	for _, s := range of.Subscriptions {
		if !slices.ContainsFunc(other.Subscriptions, func(o Subscription) bool { return o.Name == s.Name }) {
			all = append(all, s)
		}
	}
	return all
}

func inMode(e Event, m Mode) (names []string) {
	for _, s := range e.Subscriptions {
		if s.Mode == m {
			names = append(names, s.Name)
		}
	}
	return names
}

// isRenamed reports whether two subscriptions of an event with different names are those of one
// handler, which an event has only once. A change of the mode often changes the name, too.
func isRenamed(old, new Subscription) bool { return slices.Equal(types(old.Plan), types(new.Plan)) }

func (d *diff) renamed(what, subject string, old, new Subscription) {
	switch {
	case old.Mode != new.Mode: // subscription says what that means
	case old.Mode == Durable:
		d.add(SubscriptionChanged, subject, lost,
			"durable subscription %q of %s was renamed to %q: its pending deliveries would be orphaned", old.Name, what, new.Name)
	default:
		d.add(SubscriptionChanged, subject, kept, "subscription %q of %s was renamed to %q", old.Name, what, new.Name)
	}
	d.subscription(what, subject, old, new)
}

func (d *diff) subscription(what, subject string, old, new Subscription) {
	by := fmt.Sprintf("%s for %s", what, list(types(new.Plan)))
	if old.Mode != new.Mode {
		d.add(SubscriptionChanged, subject, new.Mode == AfterScope || old.Mode == Durable,
			"%s became %s, and was %s%s", by, new.Mode, old.Mode, consequence(old.Mode, new.Mode))
	}
	switch {
	case old.InOrder && !new.InOrder && new.Mode == Durable:
		d.add(SubscriptionChanged, subject, lost, "%s is no longer delivered in order", by)
	case new.InOrder && !old.InOrder && old.Mode == Durable:
		d.add(SubscriptionChanged, subject, kept, "%s is delivered in order now", by)
	}
	if old.Batch != new.Batch && old.Mode == new.Mode {
		d.add(SubscriptionChanged, subject, kept, "%s is delivered in batches of up to %d now, and was of up to %d",
			by, new.Batch, old.Batch)
	}
	d.plan(subject, fmt.Sprintf("%s, %s,", what, new.Mode), old.Plan, new.Plan)
	d.middleware(subject, by, old.Middleware, new.Middleware)
}

// consequence says what a change of the mode means.
func consequence(old, new Mode) string {
	switch {
	case old == Durable:
		return ": pending deliveries would be orphaned"
	case old == InScope && new == AfterScope:
		return ": a failure no longer rolls the request back, and a crash can lose the event"
	case old == InScope:
		return ": a failure no longer rolls the request back"
	case new == InScope:
		return ": a failure rolls the request back"
	default:
		return ": it survives a crash"
	}
}

// byInterface compares the subscriptions to interfaces that both applications have.
func (d *diff) byInterface(what string, old, new Event) {
	gone, added, _ := lists(old.ByInterface, new.ByInterface)
	for _, name := range gone {
		if d.new[name] {
			d.add(SubscriptionChanged, new.Message, lost, "%s is no longer received by subscription %s to an interface", what, name)
		}
	}
	for _, name := range added {
		if d.old[name] {
			d.add(SubscriptionChanged, new.Message, kept, "%s is also received by subscription %s to an interface now", what, name)
		}
	}
}
