package topology

import "strconv"

// legend returns a small graph that explains the nodes and edges that occur in g.
func (g *graph) legend() *graph {
	var nodes [nodeKinds]bool
	var edges [edgeKinds]bool
	for _, n := range g.nodes {
		nodes[n.kind] = true
	}
	for _, e := range g.edges {
		edges[e.kind] = true
	}
	l := &graph{}
	add := func(kind nodeKind) string {
		id := "legend" + strconv.Itoa(len(l.nodes)+1)
		l.nodes = append(l.nodes, node{id: id, kind: kind, label: []string{nodeNames[kind]}})
		return id
	}
	connect := func(from string, kind edgeKind, label, to string) {
		l.edges = append(l.edges, edge{from, to, kind, label})
	}
	var handler, event string
	for kind := range handlerNode {
		if nodes[kind] {
			request := add(kind)
			if handler == "" {
				handler = add(handlerNode)
			}
			connect(request, handles, "", handler)
		}
	}
	if nodes[eventNode] || nodes[interfaceNode] {
		event = add(eventNode)
	}
	if edges[records] && handler != "" {
		connect(handler, records, "records", event)
	}
	if edges[inScope] || edges[durable] || edges[afterScope] {
		receiver := add(handlerNode)
		for _, mode := range []struct {
			kind  edgeKind
			label string
		}{{inScope, "in the scope"}, {durable, "durable, by a relay"}, {afterScope, "after the scope"}} {
			if edges[mode.kind] {
				connect(event, mode.kind, mode.label, receiver)
			}
		}
	}
	if edges[implements] {
		connect(event, implements, "implements", add(interfaceNode))
	}
	return l
}
