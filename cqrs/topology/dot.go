package topology

import (
	"strings"
	"unicode"
)

// DOT returns the graph of [Application.Mermaid] in DOT, the language of Graphviz.
func (a Application) DOT() string {
	g := a.draw()
	var w dot
	w.line("digraph topology {")
	w.line("  rankdir=LR; fontname=%s; nodesep=0.2; ranksep=0.6", dotFont)
	w.line("  node [fontname=%s, fontsize=12, style=filled, height=0.4]", dotFont)
	w.line("  edge [fontname=%s, fontsize=10]", dotFont)
	w.nodes(g.nodes)
	w.edges(g.edges)
	if l := g.legend(); len(l.nodes) > 0 {
		w.line("  subgraph cluster_legend {")
		w.line("  label=Legend; style=dashed; color=gray")
		w.nodes(l.nodes)
		w.edges(l.edges)
		w.line("  }")
	}
	w.line("}")
	return w.String()
}

const dotFont = `"Helvetica,Arial,sans-serif"`

var (
	dotShapes = [nodeKinds]string{
		commandNode:   `shape=box, fillcolor="#dbeafe", color="#1d4ed8"`,
		queryNode:     `shape=box, style="filled,rounded", fillcolor="#dcfce7", color="#15803d"`,
		streamNode:    `shape=box, peripheries=2, fillcolor="#cffafe", color="#0e7490"`,
		handlerNode:   `shape=box, style="filled,rounded", fillcolor="#f4f4f5", color="#52525b"`,
		eventNode:     `shape=parallelogram, fillcolor="#ffedd5", color="#c2410c"`,
		interfaceNode: `shape=parallelogram, style="filled,dashed", fillcolor="#fff7ed", color="#c2410c"`,
	}
	dotArrows = [edgeKinds]string{
		afterScope: "style=dashed", durable: "penwidth=3", implements: "arrowhead=odot",
	}
)

// dot is a text in the language DOT.
type dot struct{ lines }

func (w *dot) nodes(nodes []node) {
	for _, n := range nodes {
		w.line("  %s [label=%s, %s]", n.id, quoteDOT(n.label...), dotShapes[n.kind])
	}
}

func (w *dot) edges(edges []edge) {
	for _, e := range edges {
		var attributes []string
		if arrow := dotArrows[e.kind]; arrow != "" {
			attributes = append(attributes, arrow)
		}
		if e.label != "" {
			attributes = append(attributes, "label="+quoteDOT(e.label))
		}
		w.line("  %s -> %s [%s]", e.from, e.to, strings.Join(attributes, ", "))
	}
}

// quoteDOT returns lines as a quoted text.
func quoteDOT(lines ...string) string {
	var text strings.Builder
	text.WriteByte('"')
	for i, line := range lines {
		if i > 0 {
			text.WriteString(`\n`)
		}
		for _, r := range line {
			switch {
			case r == '"' || r == '\\':
				text.WriteByte('\\')
				text.WriteRune(r)
			case r == '&': // the beginning of an entity of HTML
				text.WriteString("&amp;")
			case unicode.IsControl(r):
				text.WriteRune(unicode.ReplacementChar)
			default:
				text.WriteRune(r)
			}
		}
	}
	text.WriteByte('"')
	return text.String()
}
