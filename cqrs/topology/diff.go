package topology

import (
	"cmp"
	"fmt"
	"slices"
)

// Change is a difference in behaviour between two applications.
type Change struct {
	Kind ChangeKind `json:"kind"`
	// Subject is the message or the component that has changed, with its import path.
	Subject string `json:"subject"`
	// Text says what has changed, in words.
	Text string `json:"text"`
	// Lost reports whether the new application no longer does or promises something that the old one did.
	Lost bool `json:"lost"`
}

// String returns the text, after "lost: " if something was lost.
func (c Change) String() string {
	if c.Lost {
		return "lost: " + c.Text
	}
	return c.Text
}

// ChangeKind is the kind of a [Change].
type ChangeKind string

// The kinds of changes.
const (
	RequestChanged      ChangeKind = "request"
	EventChanged        ChangeKind = "event"
	SubscriptionChanged ChangeKind = "subscription"
	HandlerChanged      ChangeKind = "handler"
	MiddlewareChanged   ChangeKind = "middleware"
	StorageChanged      ChangeKind = "storage"
	ComponentChanged    ChangeKind = "component"
)

// Diff returns what has changed in behaviour from one application to another: first the requests, then the
// events, then what is stored and the components. It returns nil if nothing has. The order of registration,
// modules, and places in the source make no difference.
func Diff(old, new Application) []Change {
	d := &diff{names: allNames(old, new), old: subscriptionNames(old), new: subscriptionNames(new)}
	match(old.Requests, new.Requests, func(r Request) string { return r.Message }, d.request)
	match(old.Events, new.Events, func(e Event) string { return e.Message }, d.event)
	d.journal(old.Journal, new.Journal)
	d.components(old.Components, new.Components)
	return d.changes
}

// allNames returns names for everything that changes of two applications mention.
func allNames(old, new Application) names {
	n := newNames(Application{
		Requests:   slices.Concat(old.Requests, new.Requests),
		Events:     slices.Concat(old.Events, new.Events),
		Components: slices.Concat(old.Components, new.Components),
	})
	n.add(old.Journal)
	n.add(new.Journal)
	for _, app := range []Application{old, new} {
		for _, r := range app.Requests {
			n.addFields(r.Fields)
		}
		for _, e := range app.Events {
			n.addFields(e.Fields)
		}
	}
	for _, c := range slices.Concat(old.Components, new.Components) {
		for _, need := range c.Needs {
			n.add(need.Component)
		}
	}
	return n
}

func (n names) addFields(all []Field) {
	for _, f := range all {
		n.add(f.Type)
	}
}

// diff is a list of changes under construction.
type diff struct {
	names
	changes  []Change
	old, new map[string]bool // the names of all subscriptions
}

const (
	lost = true
	kept = false
)

// add adds a change. Strings are shortened like names; quote others with %q.
func (d *diff) add(kind ChangeKind, subject string, lost bool, format string, args ...any) {
	d.changes = append(d.changes, Change{kind, subject, d.short(fmt.Sprintf(format, args...)), lost})
}

func subscriptionNames(a Application) map[string]bool {
	all := make(map[string]bool)
	for _, e := range a.Events {
		for _, s := range e.Subscriptions {
			all[s.Name] = true
		}
	}
	return all
}

func (d *diff) request(old, new *Request) {
	switch {
	case new == nil:
		d.add(RequestChanged, old.Message, lost, "%s %s is no longer handled; it was by %s",
			old.Kind, old.Message, list(types(old.Plan)))
		return
	case old == nil:
		d.add(RequestChanged, new.Message, kept, "%s %s is handled now, by %s", new.Kind, new.Message, list(types(new.Plan)))
		return
	}
	what := fmt.Sprintf("%s %s", new.Kind, new.Message)
	if old.Kind != new.Kind {
		d.add(RequestChanged, new.Message, kept, "%s is a %s now, and was a %s", new.Message, new.Kind, old.Kind)
	}
	if old.Result != new.Result {
		d.add(RequestChanged, new.Message, kept, "%s returns %s now, and returned %s", what,
			cmp.Or(new.Result, "no result"), cmp.Or(old.Result, "none"))
	}
	d.plan(new.Message, what, old.Plan, new.Plan)
	d.middleware(new.Message, what, old.Middleware, new.Middleware)
	d.stored(new.Message, what, old.Stored, new.Stored)
	if old.Stored != nil && new.Stored != nil {
		d.fields(new.Message, what, old.Fields, new.Fields)
	}
}

// types returns the types of the handlers of a plan.
func types(p Plan) (all []string) {
	for _, h := range p.Handlers() {
		all = append(all, h.Type)
	}
	return all
}

func (d *diff) plan(subject, what string, old, new Plan) {
	before, after := types(old), types(new)
	gone, added, reordered := lists(before, after)
	if old.Kind != new.Kind {
		d.add(HandlerChanged, subject, kept, "%s is handled by a %s now, previously by a %s", what, new.Kind, old.Kind)
	}
	if len(gone) == 1 && len(added) == 1 {
		d.add(HandlerChanged, subject, kept, "%s is handled by %s now, which replaces %s", what, added[0], gone[0])
	} else {
		if len(gone) > 0 {
			d.add(HandlerChanged, subject, lost, "%s is no longer handled by %s", what, list(gone))
		}
		if len(added) > 0 {
			d.add(HandlerChanged, subject, kept, "%s is also handled by %s now", what, list(added))
		}
	}
	if reordered {
		d.add(HandlerChanged, subject, kept, "%s is handled by %s in this order now, previously by %s", what,
			list(after), list(before))
	}
	pairs(old.Handlers(), new.Handlers(), func(h Handler) string { return h.Type }, func(first, h Handler) {
		gone, added, _ := lists(slices.Sorted(slices.Values(first.Records)), slices.Sorted(slices.Values(h.Records)))
		if len(gone) > 0 {
			d.add(HandlerChanged, subject, lost, "%s, which handles %s, no longer records %s", h.Type, what, list(gone))
		}
		if len(added) > 0 {
			d.add(HandlerChanged, subject, kept, "%s, which handles %s, records %s now", h.Type, what, list(added))
		}
	})
}

func (d *diff) middleware(subject, what string, old, new []Middleware) {
	names := func(all []Middleware) (names []string) {
		for _, m := range all {
			name := withoutNumber(m.Name)
			d.names.add(name)
			names = append(names, name)
		}
		return names
	}
	gone, added, reordered := lists(names(old), names(new))
	if len(gone) > 0 {
		d.add(MiddlewareChanged, subject, lost, "%s is no longer wrapped in middleware %s", what, list(gone))
	}
	if len(added) > 0 {
		d.add(MiddlewareChanged, subject, kept, "%s is wrapped in middleware %s now", what, list(added))
	}
	if reordered {
		d.add(MiddlewareChanged, subject, kept, "middleware of %s is in the order %s now, and was in the order %s", what,
			list(names(new)), list(names(old)))
	}
	pairs(old, new, func(m Middleware) string { return withoutNumber(m.Name) }, func(first, m Middleware) {
		if first.Around != m.Around {
			d.add(MiddlewareChanged, subject, kept, "middleware %s wraps the %s of %s now, and wrapped the %s",
				m.Name, m.Around, what, first.Around)
		}
		switch {
		case m.Conditional && !first.Conditional:
			d.add(MiddlewareChanged, subject, lost, "middleware %s applies only to some messages of %s now", m.Name, what)
		case first.Conditional && !m.Conditional:
			d.add(MiddlewareChanged, subject, kept, "middleware %s applies to all messages of %s now", m.Name, what)
		}
	})
}

func (d *diff) stored(subject, what string, old, new *Stored) {
	switch {
	case old == nil && new == nil:
		return
	case new == nil:
		d.add(StorageChanged, subject, lost, "%s can no longer be stored, nor read where it is stored as %q", what, old.Name)
		return
	case old == nil:
		d.add(StorageChanged, subject, kept, "%s can be stored now, as %q", what, new.Name)
		return
	}
	read := append([]string{new.Name}, new.FormerNames...)
	for _, name := range append([]string{old.Name}, old.FormerNames...) {
		if !slices.Contains(read, name) {
			d.add(StorageChanged, subject, lost, "%s can no longer be read where it is stored as %q", what, name)
		}
	}
	for _, name := range new.FormerNames {
		if name != old.Name && !slices.Contains(old.FormerNames, name) {
			d.add(StorageChanged, subject, kept, "%s can also be read where it is stored as %q now", what, name)
		}
	}
	if old.Name != new.Name {
		d.add(StorageChanged, subject, kept, "%s is stored as %q now, and was as %q", what, new.Name, old.Name)
	}
	switch {
	case old.Keyed && !new.Keyed:
		d.add(StorageChanged, subject, lost, "%s is stored without a key now", what)
	case new.Keyed && !old.Keyed:
		d.add(StorageChanged, subject, kept, "%s is stored with a key now", what)
	}
}

// fields compares the fields of a message that is stored. Their order makes no difference.
func (d *diff) fields(subject, what string, old, new []Field) {
	match(old, new, func(f Field) string { return f.Name }, func(old, new *Field) {
		switch {
		case new == nil:
			d.add(StorageChanged, subject, lost, "%s no longer has field %s: its stored values would be ignored", what, old.Name)
		case old == nil:
			d.add(StorageChanged, subject, kept, "%s has field %s of type %s now", what, new.Name, new.Type)
		case old.Type != new.Type:
			d.add(StorageChanged, subject, lost, "field %s of %s has type %s now, previously %s: "+
				"its stored values may be unreadable", new.Name, what, new.Type, old.Type)
		}
	})
}

func (d *diff) journal(old, new string) {
	switch {
	case old == new:
	case new == "":
		d.add(StorageChanged, old, lost, "nothing is stored any longer; it was by the journal %s", old)
	case old == "":
		d.add(StorageChanged, new, kept, "the journal %s stores events and commands now", new)
	default:
		d.add(StorageChanged, new, kept, "the journal is %s now, and was %s", new, old)
	}
}
