package topology

import (
	"fmt"
	"slices"
	"strings"
)

// MermaidSequence returns a sequence diagram of one message in the language of Mermaid: what
// happens, in order, from the call that sends the request, ranges over the stream or publishes the
// event, if everything succeeds. It shows the middleware, the scopes with what the container builds
// in them and finalizes, the handlers, the events that these declare to record, and their
// deliveries in the scope, after it, and by a relay. An event that is recorded again is not followed
// again.
//
// The message is named as in the description, or by the end of that name: Join or app.Join for
// example.com/app.Join. MermaidSequence returns a [*MessageError] if no message has the name, or if
// several have.
func (a Application) MermaidSequence(message string) (string, error) {
	name, err := a.find(message)
	if err != nil {
		return "", err
	}
	s := newSequence(a)
	for _, r := range a.Requests {
		if r.Message == name {
			s.send(r)
			return s.text(), nil
		}
	}
	s.publish(name)
	return s.text(), nil
}

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
		app: a, labels: a.labels(), components: make(map[string]*Component), events: make(map[string]*Event),
		subscribed: make(map[string]*Subscription), followed: make(map[string]bool), received: make(map[string]bool),
	}
	for i := range a.Components {
		s.components[a.Components[i].ID] = &a.Components[i]
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

// send writes what happens if a request is sent.
func (s *sequence) send(r Request) {
	call := "Send "
	if r.Kind == Stream {
		call = "range over Stream "
	}
	s.call(caller, mediator, call+s.labels.of(r.Message))
	s.enclose(r.Middleware, "the scope of "+s.labels.of(r.Message), func(in *scene) {
		if r.Kind == Stream {
			s.stream(in, r)
			return
		}
		s.dispatch(in, s.handle(in, r.Middleware, r.Plan, r.Message, r.Result))
	})
	s.back(mediator, caller, returned(s.labels, r))
	s.deliverLater()
}

func returned(l labels, r Request) string {
	if r.Result == "" || r.Kind == Stream {
		return "done"
	}
	return l.of(r.Result)
}

// publish writes what happens if an event is published.
func (s *sequence) publish(event string) {
	s.call(caller, mediator, "Publish "+s.labels.of(event))
	s.enclose(nil, "the scope of the call", func(in *scene) { s.dispatch(in, []string{event}) })
	s.back(mediator, caller, "done")
	s.deliverLater()
}

// enclose writes the middleware around a scope, the scope, and what follows after it.
func (s *sequence) enclose(all []Middleware, title string, inside func(*scene)) {
	s.wrapped(all, AroundScope, func() {
		s.box("219, 234, 254, 0.45", title, inside)
		s.deliverAfter()
	})
}

// deliverAfter writes the deliveries after a scope.
func (s *sequence) deliverAfter() {
	for len(s.after) > 0 {
		next := s.after[0]
		s.after = s.after[1:]
		s.deliverAlone("254, 243, 199, 0.5", "after the scope: a scope of its own", next)
	}
}

// box writes a scope.
func (s *sequence) box(color, title string, inside func(*scene)) {
	s.line("  rect rgba(%s)", color)
	s.note(scope, title)
	in := s.scene()
	inside(in)
	if last := in.close(); len(last) > 0 {
		s.note(scope, "finalize "+strings.Join(last, ", "))
	}
	s.line("  end")
}

// deliverAlone writes a delivery in a scope of its own.
func (s *sequence) deliverAlone(color, title string, r receipt) {
	s.wrapped(r.to.Middleware, AroundScope, func() {
		s.box(color, title, func(in *scene) {
			stored := s.collect(in, s.handle(in, r.to.Middleware, r.to.Plan, r.event, ""))
			if r.to.Mode == Durable {
				s.journal(in, "complete the delivery")
			}
			s.store(in, stored)
		})
	})
}

// deliverLater writes the deliveries of the relay.
func (s *sequence) deliverLater() {
	for len(s.later) > 0 {
		next := s.later[0]
		s.later = s.later[1:]
		if s.received[next.to.Name] {
			continue
		}
		s.received[next.to.Name] = true
		s.call(relay, journal, "claim "+s.labels.of(next.event), "for "+next.to.label())
		s.call(relay, mediator, "")
		s.deliverAlone("220, 252, 231, 0.5", "later, in any process: a scope of its own", next)
		s.deliverAfter()
	}
}

// handle writes the middleware in a scope and the handlers of a message. It returns the events that
// these record.
func (s *sequence) handle(in *scene, all []Middleware, p Plan, message, result string) (recorded []string) {
	s.wrapped(all, AroundHandler, func() {
		for _, m := range all {
			if built := in.build(m.Component); len(built) > 0 && m.Around == AroundHandler {
				s.note(scope, "build "+strings.Join(built, ", "))
			}
		}
		recorded = s.plan(in, p, message, result)
	})
	return recorded
}

// plan writes the calls of the handlers of a plan.
func (s *sequence) plan(in *scene, p Plan, message, result string) (recorded []string) {
	if p.Handler != nil {
		return s.handler(in, *p.Handler, message, result)
	}
	for i, part := range p.Of {
		switch {
		case i == 0:
		case p.Kind == Fallback:
			s.line("  opt if it failed")
		default:
			s.line("  opt if it is not handled")
		}
		for _, e := range s.plan(in, part, message, result) {
			if !slices.Contains(recorded, e) {
				recorded = append(recorded, e)
			}
		}
	}
	for range len(p.Of) - 1 {
		s.line("  end")
	}
	return recorded
}

func (s *sequence) handler(in *scene, h Handler, message, result string) []string {
	if built := in.build(h.Component); len(built) > 0 {
		s.call(scope, handler, "build "+strings.Join(built, ", "))
	}
	s.call(mediator, handler, s.labels.of(h.Type)+": "+s.labels.of(message))
	var answer []string
	if result != "" {
		answer = append(answer, "returns "+s.labels.of(result))
	}
	if len(h.Records) > 0 {
		answer = append(answer, "records "+s.labels.list(h.Records))
	}
	if len(answer) > 0 {
		s.back(handler, mediator, answer...)
	}
	return h.Records
}

// stream writes the items of a stream.
func (s *sequence) stream(in *scene, r Request) {
	var records []string
	for _, h := range r.Plan.Handlers() {
		records = append(records, h.Records...)
	}
	s.handle(in, r.Middleware, r.Plan, r.Message, "")
	s.line("  loop each item")
	s.back(handler, mediator, s.labels.of(r.Result))
	stored := s.collect(in, records)
	s.back(mediator, caller, s.labels.of(r.Result))
	s.line("  end")
	s.store(in, stored)
}

// dispatch writes the deliveries of events in a scope, and what it stores.
func (s *sequence) dispatch(in *scene, events []string) { s.store(in, s.collect(in, events)) }

// collect writes the deliveries of events in a scope, first in, first out. It returns the events that
// the scope stores, and remembers all other deliveries.
func (s *sequence) collect(in *scene, queue []string) (stored []receipt) {
	for len(queue) > 0 {
		message := queue[0]
		queue = queue[1:]
		e := s.events[message]
		if e == nil {
			continue
		}
		if s.followed[message] {
			s.note(mediator, s.labels.of(message)+" again: as above")
			continue
		}
		s.followed[message] = true
		for _, to := range s.subscriptions(e) {
			switch to.Mode {
			case AfterScope:
				s.after = append(s.after, receipt{message, to})
			case Durable:
				stored = append(stored, receipt{message, to})
			default:
				queue = append(queue, s.handle(in, nested(to.Middleware), to.Plan, message, "")...)
			}
		}
	}
	return stored
}

// nested returns the middleware of what is handled in the scope of something else: it has no scope of
// its own, so all of it is around the handler.
func nested(all []Middleware) []Middleware {
	all = slices.Clone(all)
	for i := range all {
		all[i].Around = AroundHandler
	}
	return all
}

// subscriptions returns the subscriptions that receive an event.
func (s *sequence) subscriptions(e *Event) []*Subscription {
	var all []*Subscription
	for i := range e.Subscriptions {
		all = append(all, &e.Subscriptions[i])
	}
	for _, name := range e.ByInterface {
		if to := s.subscribed[name]; to != nil {
			all = append(all, to)
		}
	}
	return all
}

// store writes what the journal stores.
func (s *sequence) store(in *scene, stored []receipt) {
	if len(stored) == 0 {
		return
	}
	var parts []string
	for _, r := range stored {
		parts = append(parts, s.labels.of(r.event)+" for "+r.to.Name)
	}
	s.journal(in, "store "+strings.Join(parts, ", "))
	s.later = append(s.later, stored...)
}

func (s *sequence) journal(in *scene, text string) {
	if built := in.build(s.app.Journal); len(built) > 0 {
		s.call(scope, journal, "build "+strings.Join(built, ", "))
	}
	s.call(scope, journal, text)
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
