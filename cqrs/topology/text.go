package topology

import (
	"fmt"
	"strings"
)

// String returns the description as text: first the requests, then the events, and then the
// components besides the handlers, which are described where they are bound. The text is for
// people, and may change; programs read the JSON.
func (a Application) String() string {
	t := text{names: newNames(a), components: a.componentsByID(), handlers: make(map[string]bool)}
	for _, r := range a.Requests {
		t.request(r)
	}
	for _, e := range a.Events {
		t.event(e)
	}
	if a.Journal != "" {
		t.line(0, "journal %s", t.short(a.Journal))
	}
	for _, c := range a.Components {
		if !t.handlers[c.ID] {
			t.line(0, "%s %s", c.Lifetime, t.short(c.ID))
			t.details(1, c)
		}
	}
	return t.String()
}

// text is a text under construction.
type text struct {
	strings.Builder
	names
	components map[string]*Component
	handlers   map[string]bool // the components that are handlers
}

// line adds a line, after an empty one unless it is indented.
func (t *text) line(indent int, format string, args ...any) {
	if indent == 0 && t.Len() > 0 {
		t.WriteByte('\n')
	}
	t.WriteString(strings.Repeat("  ", indent))
	fmt.Fprintf(t, format, args...)
	t.WriteByte('\n')
}

func (t *text) request(r Request) {
	result := ""
	if r.Result != "" {
		result = " returns " + t.short(r.Result)
	}
	t.line(0, "%s %s%s", r.Kind, t.short(r.Message), result)
	t.line(1, "bound at %s", position(r.Where, r.Module))
	t.stored(r.Stored)
	t.middleware(1, r.Middleware)
	t.plan(1, r.Plan)
}

func (t *text) event(e Event) {
	kind := "event"
	if e.Interface {
		kind = "event interface"
	}
	t.line(0, "%s %s", kind, t.short(e.Message))
	t.stored(e.Stored)
	for _, s := range e.Subscriptions {
		t.line(1, "%s%s: subscription %s", s.Mode, s.options(), t.short(s.Name))
		t.line(2, "bound at %s", position(s.Where, s.Module))
		t.middleware(2, s.Middleware)
		t.plan(2, s.Plan)
	}
	for _, name := range e.ByInterface {
		t.line(1, "by interface: subscription %s", t.short(name))
	}
}

// options returns the options of a durable subscription.
func (s Subscription) options() string {
	var options string
	if s.InOrder {
		options += ", in order"
	}
	if s.Batch > 1 {
		options += fmt.Sprintf(", in batches of %d", s.Batch)
	}
	return options
}

func (t *text) stored(s *Stored) {
	if s == nil {
		return
	}
	options := ""
	for _, former := range s.FormerNames {
		options += fmt.Sprintf(", formerly %q", former)
	}
	if s.Keyed {
		options += ", with a key"
	}
	t.line(1, "stored as %q%s, registered at %s", s.Name, options, position(s.Where, s.Module))
}

// position returns the file:line, with the name of the module unless that is empty.
func position(where, module string) string {
	where = withoutPath(where)
	if module == "" {
		return where
	}
	return where + " in module " + module
}

func (t *text) middleware(indent int, all []Middleware) {
	for _, m := range all {
		details := ""
		if m.Where != "" {
			details = " at " + position(m.Where, m.Module)
		}
		if m.Conditional {
			details += ", for some events"
		}
		t.line(indent, "around the %s: %s%s", m.Around, t.short(m.Name), details)
	}
}

func (t *text) plan(indent int, p Plan) {
	if p.Handler == nil {
		t.line(indent, "%s", p.Kind)
		for _, part := range p.Of {
			t.plan(indent+1, part)
		}
		return
	}
	c := t.components[p.Handler.Component]
	if c == nil {
		t.line(indent, "handler %s", t.short(p.Handler.Type))
		return
	}
	t.handlers[c.ID] = true
	lifetime := ""
	if c.Lifetime != Transient {
		lifetime = string(c.Lifetime) + " "
	}
	t.line(indent, "%shandler %s", lifetime, t.short(p.Handler.Type))
	for _, e := range p.Handler.Records {
		t.line(indent+1, "records %s", t.short(e))
	}
	t.details(indent+1, *c)
}

// details adds what is to be said of a component besides its ID and lifetime.
func (t *text) details(indent int, c Component) {
	if c.Constructor != "" {
		at := ""
		if c.Where != "" {
			at = " at " + withoutPath(c.Where)
		}
		source := ""
		if c.Source != "" {
			source = string(c.Source) + " "
		}
		t.line(indent, "%smade by %s%s%s", source, t.short(c.Constructor), at, finalizer(c))
	}
	if len(c.Provides) > 1 {
		for _, p := range c.Provides {
			t.line(indent, "provides %s", t.short(p))
		}
	}
	if c.Kind == FromDig {
		t.line(indent, "provided to dig directly")
	}
	for _, n := range c.Needs {
		t.line(indent, "needs %s", t.need(c, n))
	}
}

func finalizer(c Component) string {
	if c.Finalizer {
		return ", with a finalizer"
	}
	return ""
}

// need returns the lifetime and the key of a need and, if the key does not identify it, the
// component.
func (t *text) need(of Component, n Need) string {
	to := t.components[n.Component]
	if to == nil {
		return t.short(n.Key) + ", which nothing provides"
	}
	described := fmt.Sprintf("%s %s", to.Lifetime, t.short(n.Key))
	switch {
	case of.Kind == Group || to.Kind == Decorator || to.Kind == FromRequest:
		described = fmt.Sprintf("%s %s", to.Lifetime, t.short(to.ID))
	case n.Key != to.ID && to.Kind == Constructor:
		described += " of " + t.short(to.ID)
	}
	if n.Optional {
		described += ", optional"
	}
	if n.Soft {
		described += ", soft"
	}
	return described
}
