package container

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/digcqrs/digcqrs/cqrs/topology"
	"github.com/digcqrs/digcqrs/internal/errtext"
)

// blueprint is what a compiled plan is made from, kept to describe it.
type blueprint struct {
	roots    []*part // nil for a root without a valid constructor
	local    map[*constructor]bool
	supplied []reflect.Type
}

func (b *compiler) blueprint(providers []*constructor) blueprint {
	p := blueprint{local: b.local, supplied: b.supplied}
	for _, c := range providers {
		var root *part
		if c != nil {
			root = b.part(c)
		}
		p.roots = append(p.roots, root)
	}
	return p
}

// describe returns a description of everything that the roots need, sorted by ID, and the ID of
// each root.
func (p *blueprint) describe() (all []topology.Component, roots []string) {
	d := describer{blueprint: p, found: make(map[vertex]*component)}
	var first []*component
	for _, root := range p.roots {
		first = append(first, d.root(root))
	}
	for len(d.unread) > 0 {
		c := d.unread[len(d.unread)-1]
		d.unread = d.unread[:len(d.unread)-1]
		d.readEdges(c)
	}
	slices.SortFunc(d.all, (*component).compare)
	d.name()
	for _, c := range d.all {
		all = append(all, c.describe())
	}
	slices.SortFunc(all, func(a, b topology.Component) int { return strings.Compare(a.ID, b.ID) })
	for _, c := range first {
		id := ""
		if c != nil {
			id = c.ID
		}
		roots = append(roots, id)
	}
	return all, roots
}

// describer finds the components of a plan.
type describer struct {
	*blueprint
	found  map[vertex]*component
	all    []*component
	unread []*component
}

// vertex is a part, or the type of a value that requests supply.
type vertex struct {
	part     *part
	supplied reflect.Type
}

// component is a component whose ID, and those of its needs, are not known at first.
type component struct {
	topology.Component
	vertex
	edges []edge
}

type edge struct {
	topology.Need
	to *component // nil if nothing provides it
}

func (d *describer) component(v vertex) *component {
	c := d.found[v]
	if c == nil {
		c = d.newComponent(v)
		d.found[v] = c
		d.all = append(d.all, c)
		d.unread = append(d.unread, c)
	}
	return c
}

// root returns the component of a root. A stand-in is none itself.
func (d *describer) root(p *part) *component {
	switch {
	case p == nil:
		return nil
	case !p.ctor.isStandIn():
		return d.component(vertex{part: p})
	}
	for i := range p.needs {
		if to := d.providers(p, &p.needs[i]); len(to) > 0 {
			return to[0]
		}
	}
	return nil
}

// newComponent returns a component with an ID that others may have too.
func (d *describer) newComponent(v vertex) *component {
	c := &component{vertex: v}
	switch p := v.part; {
	case p == nil:
		c.Kind, c.Lifetime, c.Provides = topology.FromRequest, topology.Scoped, []string{errtext.FullName(v.supplied)}
		c.ID = c.Provides[0] + " from the request"
	case p.isGroup():
		c.Kind, c.Lifetime, c.Provides = topology.Group, topology.Singleton, []string{p.key.fullName()}
		c.ID = c.Provides[0]
	case p.ctor == nil:
		c.Kind, c.Lifetime, c.Provides = topology.FromDig, topology.Singleton, []string{p.key.fullName()}
		c.ID = c.Provides[0]
	default:
		d.describeConstructor(&c.Component, p.ctor)
	}
	return c
}

func (d *describer) describeConstructor(c *topology.Component, of *constructor) {
	c.Kind, c.Lifetime = topology.Constructor, topology.Singleton
	c.Constructor, c.Where, c.Finalizer = of.where.FullName(), of.where.Portable(), len(of.finalizers) > 0
	switch {
	case of.life == scoped || of.decorates && d.local[of]:
		c.Lifetime = topology.Scoped
	case d.local[of]:
		c.Lifetime = topology.Transient
	}
	switch of.role {
	case fallback:
		c.Source = topology.Default
	case replacement:
		c.Source = topology.Replacement
	}
	var values, groups []string
	for _, r := range of.results {
		for _, k := range r.keys {
			if of.decorates {
				k = r.decorated()
			}
			if k.group == "" || of.decorates {
				values = append(values, k.fullName())
			} else {
				groups = append(groups, k.fullName())
			}
		}
	}
	slices.Sort(values)
	slices.Sort(groups)
	switch {
	case of.decorates:
		c.Kind, c.ID = topology.Decorator, values[0]+" decorated by "+c.Constructor
	case len(values) > 0:
		c.ID = values[0]
	default:
		c.ID = groups[0] + " from " + c.Constructor
	}
	c.Provides = slices.Compact(slices.Concat(values, groups))
}

// readEdges finds what a component needs.
func (d *describer) readEdges(c *component) {
	if c.part == nil {
		return
	}
	for i := range c.part.needs {
		n := &c.part.needs[i]
		to := d.providers(c.part, n)
		if n.param == nil { // the member of a group
			for _, t := range to {
				c.edges = append(c.edges, edge{topology.Need{Key: c.Provides[0]}, t})
			}
			continue
		}
		need := topology.Need{Key: n.param.key.fullName(), Optional: n.param.optional, Soft: n.param.soft}
		if len(to) == 0 {
			to = []*component{nil}
		}
		for _, t := range to {
			if e := (edge{need, t}); !slices.Contains(c.edges, e) {
				c.edges = append(c.edges, e)
			}
		}
	}
}

// providers returns what is built for a need of a part, or may have been for a soft group.
func (d *describer) providers(p *part, n *need) (all []*component) {
	parts := n.parts()
	if n.param != nil && n.param.soft && !n.replaced && n.provider != nil {
		parts = append(parts[:len(parts):len(parts)], n.provider)
	}
	for _, q := range parts {
		soft := p.isGroup() && !q.isVisited() // a member that nothing needs
		if !q.lacking && !soft {
			all = append(all, d.component(vertex{part: q}))
		}
	}
	if len(all) == 0 && n.param != nil && n.provider == nil && slices.Contains(d.supplied, n.param.key.t) &&
		n.param.key.name == "" && !n.param.isGroup() && (p.ctor.life == scoped || d.local[p.ctor]) {
		all = append(all, d.component(vertex{supplied: n.param.key.t}))
	}
	return all
}

// compare orders components by name and, where that is not enough, by what else is known of them.
func (c *component) compare(other *component) int {
	return cmp.Or(
		strings.Compare(c.ID, other.ID),
		strings.Compare(c.Where, other.Where),
		strings.Compare(c.Constructor, other.Constructor),
		strings.Compare(string(c.Kind), string(other.Kind)),
		slices.Compare(c.Provides, other.Provides),
		slices.CompareFunc(c.edges, other.edges, func(a, b edge) int { return strings.Compare(a.Key, b.Key) }),
	)
}

// name makes the IDs of the sorted components unique, and completes the components.
func (d *describer) name() {
	same, n := "", 0
	for _, c := range d.all {
		if n++; c.ID != same {
			same, n = c.ID, 1
		}
		if n > 1 {
			c.ID = fmt.Sprintf("%s (%d)", same, n)
		}
	}
}

// describe returns the component with its needs. Those of a group are sorted, because dig builds
// them in any order.
func (c *component) describe() topology.Component {
	if c.Kind == topology.Group {
		slices.SortFunc(c.edges, func(a, b edge) int { return strings.Compare(a.to.ID, b.to.ID) })
	}
	for _, e := range c.edges {
		if c.Kind == topology.Group && e.to.Lifetime != topology.Singleton {
			c.Lifetime = topology.Scoped
		}
		if e.to != nil {
			e.Component = e.to.ID
		}
		c.Needs = append(c.Needs, e.Need)
	}
	return c.Component
}
