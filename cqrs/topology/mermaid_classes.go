package topology

import (
	"slices"
	"strings"
)

// MermaidClasses returns a class diagram of the messages in the language of Mermaid: commands,
// queries, streams, events, and the interfaces that have a subscription. Each class has the exported
// fields of the message, what it returns, and under which name it is stored. Arrows lead from each message to
// the events that its handlers declare to record, and from each event to the interfaces.
func (a Application) MermaidClasses() string {
	g := a.drawClasses()
	var w mermaid
	w.line("---\nconfig:\n  class:\n    hideEmptyMembersBox: true\n---")
	w.line("classDiagram")
	w.line("  direction LR")
	if len(g.nodes) == 0 {
		w.line("  note %s", quoteMermaid("nothing is bound"))
		return w.String()
	}
	for _, n := range g.nodes {
		w.line("  class %s[%s]:::%s", n.id, quoteMermaid(n.label[0]), nodeNames[n.kind])
		w.line("  <<%s>> %s", nodeNames[n.kind], n.id)
		for _, member := range n.label[1:] {
			w.line("  %s : %s", n.id, escapeMermaid(member))
		}
	}
	var arrows [edgeKinds]bool
	for _, e := range g.edges {
		arrows[e.kind] = true
		if e.kind == implements {
			w.line("  %s ..|> %s", e.from, e.to)
		} else {
			w.line("  %s ..> %s", e.from, e.to)
		}
	}
	legend := []string{"Legend"}
	if arrows[records] {
		legend = append(legend, "open arrow: its handlers record the event")
	}
	if arrows[implements] {
		legend = append(legend, "triangle: it implements the interface")
	}
	if len(legend) == 1 {
		legend = append(legend, "no handler declares to record an event")
	}
	w.line("  note %s", quoteMermaid(legend...))
	w.classDefs(g.nodes)
	return w.String()
}

// drawClasses returns the graph of the messages alone.
func (a Application) drawClasses() *graph {
	d := &drawing{labels: a.labels(), drawn: make(map[string]string)}
	var links []func()
	link := func(from, to string, kind edgeKind) {
		links = append(links, func() {
			if d.drawn[to] == "" { // nobody receives it
				d.class(eventNode, to)
			}
			if e := (edge{d.drawn[from], d.drawn[to], kind, ""}); !slices.Contains(d.edges, e) {
				d.edges = append(d.edges, e)
			}
		})
	}
	plan := func(message string, p Plan) {
		for _, h := range p.Handlers() {
			for _, e := range h.Records {
				link(message, e, records)
			}
		}
	}
	for _, r := range a.Requests {
		d.class(r.kind(), r.Message, append(d.fields(r.Fields), r.answer(d.labels), r.Stored.member())...)
		plan(r.Message, r.Plan)
	}
	d.index(a.Events)
	for i, e := range a.Events {
		d.class(e.kind(), e.Message, append(d.fields(e.Fields), e.Stored.member())...)
		for _, s := range e.Subscriptions {
			plan(e.Message, s.Plan)
		}
		for _, to := range d.interfaces(&a.Events[i]) {
			link(e.Message, to, implements)
		}
	}
	for _, l := range links {
		l()
	}
	d.gather()
	return &d.graph
}

// class draws a message with its members, without those that are empty.
func (d *drawing) class(kind nodeKind, message string, members ...string) {
	members = slices.DeleteFunc(members, func(m string) bool { return m == "" })
	d.drawn[message] = d.add(kind, append([]string{d.labels.of(message)}, members...)...)
}

// fields returns what the members of a message say about its fields.
func (d *drawing) fields(all []Field) []string {
	members := make([]string, len(all))
	for i, f := range all {
		name := []rune(d.labels.of(f.Type))
		if len(name) > maxFieldType {
			name = append(name[:maxFieldType], '…')
		}
		members[i] = f.Name + " " + string(name)
	}
	return members
}

// maxFieldType is how many letters of the type of a field fit into a class.
const maxFieldType = 40

// answer returns what the members of a request say about its result.
func (r Request) answer(l labels) string {
	switch {
	case r.Result == "":
		return ""
	case r.Kind == Stream:
		return "yields " + l.of(r.Result)
	default:
		return "returns " + l.of(r.Result)
	}
}

// member returns what the members of a message say about how it is stored.
func (s *Stored) member() string {
	if s == nil {
		return ""
	}
	names := s.Name
	if len(s.FormerNames) > 0 {
		names += ", formerly " + strings.Join(s.FormerNames, ", ")
	}
	return "stored as " + names
}
