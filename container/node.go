package container

import (
	"reflect"
	"slices"
)

// makeNodes creates the nodes of everything that requests may run.
func (b *compiler) makeNodes() {
	for _, p := range b.sorted {
		if p.isVisited() && p.ctor != nil && b.inRequests(p.ctor) {
			n := b.node(p)
			if n.missing == nil {
				n.args = b.arguments(p)
			}
		}
	}
}

// node returns the node of a part that requests run.
func (b *compiler) node(p *part) *node {
	if p.node == nil {
		p.node = &node{ctor: p.ctor, state: untracked}
		if p.lacking && p.last < 0 {
			i := slices.IndexFunc(p.needs, func(n need) bool { return n.missing })
			p.node.missing = lackingError(p.needs[i].param.key)
		}
	}
	return p.node
}

// dependency returns the node of a part whose results are kept in the scope.
func (b *compiler) dependency(p *part) *node {
	n := b.node(p)
	if n.state == untracked {
		n.state = b.plan.tracked
		n.cell = b.plan.cells
		b.plan.tracked++
		b.plan.cells += len(p.ctor.results)
	}
	return n
}

// arguments returns the sources of a part's arguments.
func (b *compiler) arguments(p *part) []*source {
	needs := p.needs
	var args []*source
	for _, param := range p.ctor.params {
		args = append(args, b.argument(p, param, &needs))
	}
	return args
}

// argument removes the needs of a param from the front of needs. If something is missing
// for a constructor, whatever the constructor asks for after that is not built for it.
func (b *compiler) argument(p *part, param *param, needs *[]need) *source {
	if param.isObject() {
		src := &source{kind: fromObject, t: param.t}
		for _, f := range param.fields {
			src.fields = append(src.fields, sourceField{f.index, b.argument(p, f.param, needs)})
		}
		b.objects = append(b.objects, src)
		return src
	}
	n := &(*needs)[0]
	*needs = (*needs)[1:]
	if p.lacking && len(p.needs)-len(*needs)-1 > p.last {
		return &source{kind: fromNowhere, t: param.t, err: lackingError(param.key)}
	}
	return b.source(n)
}

// source returns where a request gets the value for a need.
func (b *compiler) source(n *need) *source {
	k := n.param.key
	src := &source{kind: fromNowhere, t: n.param.t, optional: n.param.optional, soft: n.param.soft}
	for _, d := range n.decorators {
		switch {
		case !b.isSingleton(d):
			src.overlays = slices.Insert(src.overlays, 0, b.overlay(d, k))
		case d.lacking:
			src.err = lackingError(k)
			return src
		}
	}
	outermost := len(n.decorators) - 1
	switch p := n.provider; {
	case n.replaced && !b.isSingleton(n.decorators[outermost]): // the decorated values are not asked for
	case n.param.isGroup():
		b.groupSource(src, n)
	case p != nil && !b.isSingleton(p):
		node := b.dependency(p)
		src.kind, src.node, src.cell = fromNode, node, node.cell+p.ctor.resultOf(k)
	case b.isSupplied(k):
		src.kind = fromRequest
	case src.optional && (p == nil && len(n.decorators) == 0 || p != nil && p.lacking):
		src.kind, src.value = fromConstant, reflect.Zero(src.t)
	case n.missing || p != nil && p.lacking:
		src.err = lackingError(k)
	default:
		src.kind = fromConstant
		b.want(src, n)
	}
	return src
}

func (b *compiler) overlay(d *part, k key) overlay {
	n := b.dependency(d)
	i := slices.IndexFunc(d.ctor.results, func(r result) bool { return r.decorated() == k })
	return overlay{n, n.cell + i}
}

// resultOf returns the index of the result that is provided as k.
func (c *constructor) resultOf(k key) int {
	return slices.IndexFunc(c.results, func(r result) bool { return slices.Contains(r.keys, k) })
}

func (b *compiler) groupSource(src *source, n *need) {
	src.kind = fromGroup
	src.value = reflect.MakeSlice(src.t, 0, 0)
	if !n.replaced {
		src.members = b.membersOf(n.provider, src.soft)
	}
	if n.replaced || src.soft || !n.provider.lacking {
		b.want(src, n)
	}
}

// membersOf returns the members of a group that requests build. For a soft group, these
// are only the members that something else needs.
func (b *compiler) membersOf(g *part, soft bool) []member {
	if known, ok := b.members[softly{g, soft}]; ok {
		return known
	}
	var all []member
	for i := range g.needs {
		m := g.needs[i].provider
		if g.lacking && !soft && i > g.last {
			break // dig does not get here
		}
		if soft && m.wanted == nil || b.isSingleton(m) && (soft || !m.lacking) {
			continue
		}
		n := b.dependency(m)
		if b.isSingleton(m) {
			n.missing = lackingError(g.key)
		}
		for i, r := range m.ctor.results {
			for _, as := range r.keys { // As may list a type twice, for two members
				if as == g.key {
					all = append(all, member{n, n.cell + i, r.flatten})
				}
			}
		}
	}
	b.members[softly{g, soft}] = all
	return all
}

// softly is a group and how it is asked for.
type softly struct {
	group *part
	soft  bool
}
