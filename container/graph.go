package container

// graph is a set of constructors, with what they provide.
type graph struct {
	ctors  []*constructor
	values map[key]*constructor   // the constructor of each value
	groups map[key][]*constructor // the constructors of each group's members
}

func newGraph() *graph {
	return &graph{values: make(map[key]*constructor), groups: make(map[key][]*constructor)}
}

// add adds a constructor whose values nothing else in the graph provides.
func (g *graph) add(ctor *constructor) {
	g.ctors = append(g.ctors, ctor)
	for _, k := range ctor.provides() {
		switch {
		case k.group == "":
			g.values[k] = ctor
		case len(g.groups[k]) == 0 || g.groups[k][len(g.groups[k])-1] != ctor:
			g.groups[k] = append(g.groups[k], ctor)
		}
	}
}

// providers returns the constructors that provide a value, or the members of a group.
func (g *graph) providers(k key) []*constructor {
	if k.group != "" {
		return g.groups[k]
	}
	if p := g.values[k]; p != nil {
		return []*constructor{p}
	}
	return nil
}

// without returns the graph without some constructors, and with others in their place.
func (g *graph) without(dropped map[*constructor]bool, others []*constructor) *graph {
	rest := newGraph()
	for _, c := range g.ctors {
		if !dropped[c] {
			rest.add(c)
		}
	}
	for _, c := range others {
		rest.add(c)
	}
	return rest
}
