package topology

import "slices"

// graph is what the flowchart and the DOT graph show: which message goes to which handlers, and
// which events these record. What is connected stands together, and in the order in which a request
// passes it, so that a layout that keeps this order has few crossings.
type graph struct {
	nodes []node
	edges []edge
}

type node struct {
	id    string
	kind  nodeKind
	label []string // the lines
}

type edge struct {
	from, to string
	kind     edgeKind
	label    string
}

type nodeKind int

const (
	commandNode nodeKind = iota
	queryNode
	streamNode
	handlerNode
	eventNode
	interfaceNode
	nodeKinds
)

var nodeNames = [nodeKinds]string{"command", "query", "stream", "handler", "event", "interface"}

type edgeKind int

const (
	handles    edgeKind = iota // from a request to its handler
	records                    // from a handler to an event
	inScope                    // from an event to its handler
	afterScope                 // likewise
	durable                    // likewise
	implements                 // from an event to an interface
	next                       // from a handler to another one of the same message
	edgeKinds
)

// gather moves nodes and edges together that are connected, in the order of the first of them.
func (g *graph) gather() {
	first := make([]int, len(g.nodes)) // the first node that each is connected with
	place := make(map[string]int)
	for i, n := range g.nodes {
		first[i], place[n.id] = i, i
	}
	find := func(i int) int {
		for first[i] != i {
			first[i] = first[first[i]]
			i = first[i]
		}
		return i
	}
	for _, e := range g.edges {
		a, b := find(place[e.from]), find(place[e.to])
		first[max(a, b)] = min(a, b)
	}
	of := func(id string) int { return find(place[id]) }
	slices.SortStableFunc(g.nodes, func(a, b node) int { return of(a.id) - of(b.id) })
	slices.SortStableFunc(g.edges, func(a, b edge) int { return of(a.from) - of(b.from) })
}

// roots returns the nodes that no edge leads to.
func (g *graph) roots() []string {
	reached := make(map[string]bool)
	for _, e := range g.edges {
		reached[e.to] = true
	}
	var roots []string
	for _, n := range g.nodes {
		if !reached[n.id] {
			roots = append(roots, n.id)
		}
	}
	return roots
}
