package topology

import (
	"fmt"
	"strings"
)

// sequence is a sequence diagram in the making.
type sequence struct {
	mermaid
	app        Application
	labels     labels
	components map[string]*Component
	events     map[string]*Event
	subscribed map[string]*Subscription // the subscriptions to interfaces, by name
	used       [lifelines]bool
	followed   map[string]bool // the events that have been dispatched
	received   map[string]bool // the durable subscriptions that have received an event
	after      []receipt
	later      []receipt
}

// receipt is an event for a subscription.
type receipt struct {
	event string
	to    *Subscription
}

type lifeline int

const (
	caller lifeline = iota
	mediator
	handler
	scope
	journal
	relay
	lifelines
)

var lifelineNames = [lifelines]string{"Caller", "Mediator", "Handlers", "Scope", "Journal", "Relay"}

func (l lifeline) id() string { return "L" + fmt.Sprint(int(l)) }

func newSequence(a Application) *sequence {
	s := &sequence{
		app: a, labels: a.labels(), components: a.componentsByID(), events: make(map[string]*Event),
		subscribed: make(map[string]*Subscription), followed: make(map[string]bool), received: make(map[string]bool),
	}
	for i := range a.Events {
		e := &a.Events[i]
		s.events[e.Message] = e
		for k := range e.Subscriptions {
			s.subscribed[e.Subscriptions[k].Name] = &e.Subscriptions[k]
		}
	}
	return s
}

// text returns the diagram, with the lifelines that are in use.
func (s *sequence) text() string {
	var head mermaid
	head.line("sequenceDiagram")
	first, last := lifelines, caller
	for l := range lifelines {
		if s.used[l] {
			head.line("  participant %s as %s", l.id(), lifelineNames[l])
			first, last = min(first, l), max(last, l)
		}
	}
	s.line("  Note over %s,%s: %s", first.id(), last.id(), escapeMermaid(
		"Legend: a box is a scope, a bar on the mediator is middleware, dashed arrows return.",
		"If anything in a scope fails, its finalizers get the error, and nothing follows from it."))
	return head.String() + s.String()
}

func (s *sequence) scene() *scene {
	return &scene{components: s.components, labels: s.labels, built: make(map[string]bool)}
}

// call writes a solid arrow, and back a dashed one, with lines of text.
func (s *sequence) call(from, to lifeline, lines ...string) { s.arrow(from, "->>", to, lines) }
func (s *sequence) back(from, to lifeline, lines ...string) { s.arrow(from, "-->>", to, lines) }

func (s *sequence) arrow(from lifeline, arrow string, to lifeline, lines []string) {
	s.used[from], s.used[to] = true, true
	s.line("  %s%s%s: %s", from.id(), arrow, to.id(), escapeMermaid(wrap(lines, 32)...))
}

func (s *sequence) note(over lifeline, lines ...string) {
	s.used[over] = true
	s.line("  Note over %s: %s", over.id(), escapeMermaid(wrap(lines, 24)...))
}

// wrapped writes middleware around what inside writes.
func (s *sequence) wrapped(all []Middleware, what Around, inside func()) {
	names := s.names(all, what)
	if len(names) > 0 {
		s.note(mediator, "around the "+string(what)+":", strings.Join(names, ", "))
		s.line("  activate %s", mediator.id())
		defer s.line("  deactivate %s", mediator.id())
	}
	inside()
}

// names returns the names of middleware, outermost first.
func (s *sequence) names(all []Middleware, what Around) []string {
	var names []string
	for _, m := range all {
		if m.Around != what {
			continue
		}
		name := functionLabel(m.Name)
		if m.Component != "" {
			name = s.labels.of(m.Name)
		}
		if m.Conditional {
			name += " (for some)"
		}
		names = append(names, name)
	}
	return names
}

// wrap breaks lines at spaces into lines of about a width.
func wrap(lines []string, width int) []string {
	var all []string
	for _, line := range lines {
		short := ""
		for word := range strings.FieldsSeq(line) {
			if short != "" && len(short)+1+len(word) > width {
				all = append(all, short)
				short = ""
			}
			if short != "" {
				short += " "
			}
			short += word
		}
		all = append(all, short)
	}
	return all
}
