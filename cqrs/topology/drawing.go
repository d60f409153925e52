package topology

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// draw returns the graph of an application.
func (a Application) draw() *graph {
	d := &drawing{labels: a.labels(), drawn: make(map[string]string), components: a.componentsByID()}
	d.index(a.Events)
	for _, r := range a.Requests {
		d.request(r)
	}
	for _, e := range a.Events {
		d.event(e.Message, "", records)
	}
	d.gather()
	return &d.graph
}

// drawing is a graph in the making.
type drawing struct {
	graph
	labels     labels
	events     map[string]*Event // by message
	subscribed map[string]string // the message of each subscription
	drawn      map[string]string // the ID of each event
	components map[string]*Component
}

func (d *drawing) index(events []Event) {
	d.events, d.subscribed = make(map[string]*Event), make(map[string]string)
	for i := range events {
		d.events[events[i].Message] = &events[i]
		for _, s := range events[i].Subscriptions {
			d.subscribed[s.Name] = events[i].Message
		}
	}
}

func (d *drawing) add(kind nodeKind, label ...string) string {
	id := nodeNames[kind] + strconv.Itoa(len(d.nodes)+1)
	d.nodes = append(d.nodes, node{id: id, kind: kind, label: label})
	return id
}

func (d *drawing) connect(from, to string, kind edgeKind, label string) {
	d.edges = append(d.edges, edge{from, to, kind, label})
}

func (d *drawing) request(r Request) {
	d.plan(r.Plan, r.Module, d.add(r.kind(), d.labels.of(r.Message)), handles, "")
}

func (r Request) kind() nodeKind {
	switch r.Kind {
	case Query:
		return queryNode
	case Stream:
		return streamNode
	default:
		return commandNode
	}
}

func (e Event) kind() nodeKind {
	if e.Interface {
		return interfaceNode
	}
	return eventNode
}

// plan draws the handlers of a plan, after the node that the first one is reached from. It returns
// the node of the last one.
func (d *drawing) plan(p Plan, module, from string, kind edgeKind, label string) string {
	if p.Handler != nil {
		return d.handler(*p.Handler, module, from, kind, label)
	}
	for _, part := range p.Of {
		from = d.plan(part, module, from, kind, label)
		kind, label = next, "not handled"
		if p.Kind == Fallback {
			label = "failed"
		}
	}
	return from
}

func (d *drawing) handler(h Handler, module, from string, kind edgeKind, edgeLabel string) string {
	label := []string{d.labels.of(h.Type)}
	if c := d.components[h.Component]; c != nil && c.Constructor != "" && strings.Contains(h.Type, "[") {
		label = append(label, functionLabel(c.Constructor)) // the type says no more than the message
	}
	if module != "" {
		label = append(label, "module "+module)
	}
	id := d.add(handlerNode, label...)
	d.connect(from, id, kind, edgeLabel)
	for _, e := range h.Records {
		d.event(e, id, records)
	}
	return id
}

// event draws an edge to an event, unless from is empty. It draws the event and all that follows
// from it, unless they are drawn already.
func (d *drawing) event(message, from string, kind edgeKind) {
	id, done := d.drawn[message]
	e := d.events[message]
	if e == nil { // nobody receives it
		e = &Event{Message: message}
	}
	if !done {
		id = d.add(e.kind(), d.labels.of(message))
		d.drawn[message] = id
	}
	if from != "" {
		d.connect(from, id, kind, "")
	}
	if done {
		return
	}
	for _, s := range e.Subscriptions {
		d.plan(s.Plan, s.Module, id, s.Mode.edge(), s.label())
	}
	for _, i := range d.interfaces(e) {
		d.event(i, id, implements)
	}
}

// interfaces returns the interfaces of the subscriptions to interfaces that an event implements.
func (d *drawing) interfaces(e *Event) []string {
	var all []string
	for _, name := range e.ByInterface {
		if i := d.subscribed[name]; i != "" && !slices.Contains(all, i) {
			all = append(all, i)
		}
	}
	return all
}

func (m Mode) edge() edgeKind {
	switch m {
	case AfterScope:
		return afterScope
	case Durable:
		return durable
	default:
		return inScope
	}
}

// label returns what the edge to a durable subscription says.
func (s Subscription) label() string {
	if s.Mode != Durable {
		return ""
	}
	parts := []string{s.Name}
	if s.InOrder {
		parts = append(parts, "in order")
	}
	if s.Batch > 1 {
		parts = append(parts, fmt.Sprintf("batches of %d", s.Batch))
	}
	return strings.Join(parts, ", ")
}

// labels returns the labels of everything in the application.
func (a Application) labels() labels {
	var names []string
	plan := func(p Plan) {
		for _, h := range p.Handlers() {
			names = append(append(names, h.Type), h.Records...)
		}
	}
	for _, r := range a.Requests {
		names = append(names, r.Message, r.Result)
		for _, f := range r.Fields {
			names = append(names, f.Type)
		}
		plan(r.Plan)
	}
	for _, e := range a.Events {
		names = append(names, e.Message)
		for _, f := range e.Fields {
			names = append(names, f.Type)
		}
		for _, s := range e.Subscriptions {
			plan(s.Plan)
		}
	}
	return newLabels(names)
}
