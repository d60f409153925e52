package topology

import "strings"

// Mermaid returns a flowchart in the language of Mermaid, which many Markdown viewers draw: an
// arrow from each command, query and stream to its handler, from each handler to the events that
// it declares to record, and from each event to its handlers. An event that no handler declares to
// record stands at the beginning. The arrows differ by delivery mode; a legend explains what
// occurs. Names are short where that is unambiguous.
func (a Application) Mermaid() string {
	g := a.draw()
	var w mermaid
	w.line("flowchart TB")
	if len(g.nodes) == 0 {
		w.line("  nothing[%s]", quoteMermaid("nothing is bound"))
		return w.String()
	}
	// What nothing leads to hangs from an invisible node, so that all of it stands at the left.
	w.line("  subgraph application[%s]", quoteMermaid(" "))
	w.line("  direction LR")
	w.line("  start[%s] ~~~ %s", quoteMermaid(" "), strings.Join(g.roots(), " & "))
	w.nodes(g.nodes)
	w.edges(g.edges)
	w.line("  end")
	l := g.legend()
	w.line("  subgraph legend[Legend]")
	w.line("  direction LR")
	w.nodes(l.nodes)
	w.edges(l.edges)
	w.line("  end")
	w.line("  application ~~~ legend")
	w.classDefs(l.nodes)
	w.line("  classDef invisible fill:none,stroke:none")
	w.line("  class start,application invisible")
	w.line("  style legend fill:none,stroke:#a1a1aa,stroke-dasharray:4")
	return w.String()
}

var (
	mermaidShapes = [nodeKinds]struct{ open, close, style string }{
		commandNode:   {"[", "]", "fill:#dbeafe,stroke:#1d4ed8,color:#111"},
		queryNode:     {"([", "])", "fill:#dcfce7,stroke:#15803d,color:#111"},
		streamNode:    {"[[", "]]", "fill:#cffafe,stroke:#0e7490,color:#111"},
		handlerNode:   {"(", ")", "fill:#f4f4f5,stroke:#52525b,color:#111"},
		eventNode:     {"[/", "/]", "fill:#ffedd5,stroke:#c2410c,color:#111"},
		interfaceNode: {"[/", "/]", "fill:#fff7ed,stroke:#c2410c,color:#111,stroke-dasharray:4"},
	}
	mermaidArrows = [edgeKinds]string{
		handles: "-->", records: "-->", inScope: "-->", afterScope: "-.->", durable: "==>", implements: "--o", next: "-->",
	}
)

func (w *mermaid) nodes(nodes []node) {
	for _, n := range nodes {
		shape := mermaidShapes[n.kind]
		w.line("  %s%s%s%s:::%s", n.id, shape.open, quoteMermaid(n.label...), shape.close, nodeNames[n.kind])
	}
}

func (w *mermaid) edges(edges []edge) {
	for _, e := range edges {
		label := ""
		if e.label != "" {
			label = "|" + quoteMermaid(e.label) + "|"
		}
		w.line("  %s %s%s %s", e.from, mermaidArrows[e.kind], label, e.to)
	}
}

// classDefs writes how the kinds of nodes look.
func (w *mermaid) classDefs(nodes []node) {
	var done [nodeKinds]bool
	for _, n := range nodes {
		if !done[n.kind] {
			done[n.kind] = true
			w.line("  classDef %s %s", nodeNames[n.kind], mermaidShapes[n.kind].style)
		}
	}
}
