package container

import "slices"

// part is something that is built as a whole: the results of a constructor or a decorator,
// a value group, or a value that was provided to dig directly. Parts are the vertices of
// the graph that Compile checks and builds; their needs are its edges.
type part struct {
	ctor  *constructor // nil for a value group and for a value that only dig knows about
	key   key          // of those two
	needs []need       // in the order in which dig builds them; a group needs its members

	looped  bool // it cannot be built because it depends on itself
	knotted bool // it depends on itself through a decorator, which dig accepts
	lacking bool // it cannot be built because something is missing
	last    int  // of a lacking part, the need that dig does not get past; -1 if dig does not begin

	wanted *visit // by a dependent that cannot do without it
	tried  *visit // by a dependent that can, if something may be missing
	askers askers

	broken bool  // dig is not asked to build it, or could not
	built  bool  // dig has built it, or builds it together with something else
	node   *node // how requests build it, if they do
}

// need is what one parameter of a constructor requires.
type need struct {
	param      *param  // nil for the member of a group
	decorators []*part // the decorators that run for it, outermost first
	provider   *part   // of the value or the group; nil if there is none
	replaced   bool    // a decorator makes the value, so that nothing builds the provider
	missing    bool    // nothing provides it
	captive    bool    // it is scoped, and is needed by a singleton
	making     error   // it is being made from the roots, so that nothing among them can have it
}

// part returns the part of a constructor or a decorator.
func (b *compiler) part(c *constructor) *part {
	p := b.parts[c]
	if p == nil {
		p = &part{ctor: c}
		b.parts[c] = p
		b.unread = append(b.unread, p)
	}
	return p
}

// keyPart returns the part of a value group, or of a value that only dig knows about.
func (b *compiler) keyPart(k key) *part {
	p := b.keyParts[k]
	if p == nil {
		p = &part{key: k}
		b.keyParts[k] = p
		b.unread = append(b.unread, p)
	}
	return p
}

// readNeeds finds the needs of all known parts, and of the parts discovered on the way.
func (b *compiler) readNeeds() {
	var read []*part
	for len(b.unread) > 0 {
		p := b.unread[len(b.unread)-1]
		b.unread = b.unread[:len(b.unread)-1]
		read = append(read, p)
		if p.ctor != nil {
			p.ctor.leaves(func(leaf *param) { p.needs = append(p.needs, b.need(p.ctor, leaf)) })
		}
		for _, m := range b.container.groups[p.key] { // empty unless the part is a group
			p.needs = append(p.needs, need{provider: b.part(m)})
		}
	}
	b.settle(read)
}

// need returns the need of a constructor for one value that it asks for.
func (b *compiler) need(c *constructor, leaf *param) need {
	k, n := leaf.key, need{param: leaf, making: b.making[leaf.key]}
	n.captive = !b.inRequests(c) && b.isScoped(k) && !b.hasSingleton(k)
	if !n.captive && n.making == nil {
		for _, d := range slices.Backward(b.decoratorsFor(c, k)) {
			n.decorators = append(n.decorators, b.part(d))
			if d.makes(k, leaf.t) {
				n.replaced = true
				break
			}
		}
	}
	switch p := b.container.values[k]; {
	case leaf.isGroup():
		n.provider = b.keyPart(k)
	case b.isSupplied(k) && b.inRequests(c): // by the request
	case p != nil:
		n.provider = b.part(p)
	}
	return n
}

// settle resolves the needs that nothing provided here satisfies. dig may have the values.
func (b *compiler) settle(parts []*part) {
	var open []*need
	var unknown []key
	for _, p := range parts {
		for i := range p.needs {
			n := &p.needs[i]
			if n.provider != nil || b.isSupplied(n.param.key) && b.inRequests(p.ctor) {
				continue
			}
			open = append(open, n)
			k := n.param.key
			if _, known := b.raw[k]; !known {
				b.raw[k] = false
				unknown = append(unknown, k)
			}
		}
	}
	b.container.probeAll(unknown, b.raw)
	for _, n := range open {
		if b.raw[n.param.key] {
			n.provider = b.keyPart(n.param.key)
		} else {
			n.missing = !n.param.optional
		}
	}
}

// hasSingleton reports whether there is a singleton of a type that each request also
// supplies, such as context.Context. Singletons receive that one.
func (b *compiler) hasSingleton(k key) bool {
	return b.isSupplied(k) && (b.container.values[k] != nil && !b.inRequests(b.container.values[k]) || b.inRawDig(k))
}

// decoratorsFor returns the decorators that apply when c asks for k, innermost first. For
// a decorator of k itself, these are the ones inside it.
func (b *compiler) decoratorsFor(c *constructor, k key) []*constructor {
	var all []*constructor
	for _, d := range b.container.decoratorsInDig(k) {
		if !b.inRequests(d) {
			all = append(all, d)
		}
	}
	if b.inRequests(c) {
		all = append(all, b.overlays[k]...)
	}
	if i := slices.Index(all, c); i >= 0 {
		all = all[:i]
	}
	return all
}

// isBuilt reports whether the provider is built for the need.
func (n *need) isBuilt() bool {
	return n.provider != nil && !n.replaced && !n.captive && n.making == nil && !(n.param != nil && n.param.soft)
}

func (n *need) isOptional() bool { return n.param != nil && n.param.optional }

// parts returns what is built for the need: the decorators, and then what they decorate.
func (n *need) parts() []*part {
	if n.isBuilt() {
		return append(n.decorators[:len(n.decorators):len(n.decorators)], n.provider)
	}
	return n.decorators
}

// isLacking reports whether the need cannot be satisfied because something is missing. As
// in dig, an optional need can do without a provider, but not without a decorator.
func (n *need) isLacking() bool {
	return n.missing ||
		slices.ContainsFunc(n.decorators, func(d *part) bool { return d.lacking }) ||
		n.isBuilt() && n.provider.lacking && !n.isOptional()
}

// mayLack reports whether something may be missing for the part. For values that were
// provided to dig directly, only dig knows.
func (p *part) mayLack() bool { return p.lacking || p.ctor == nil && !p.isGroup() }

// isGroup reports whether the part is a value group.
func (p *part) isGroup() bool { return p.key.group != "" }

// isSingleton reports whether dig builds the part, alone or together with others.
func (b *compiler) isSingleton(p *part) bool { return p.ctor == nil || !b.inRequests(p.ctor) }

// dependencies returns everything that is built for a part.
func (p *part) dependencies() []*part {
	var all []*part
	for i := range p.needs {
		all = append(all, p.needs[i].parts()...)
	}
	return all
}

// visit returns the visit by which the roots need the part, or nil if they do not need it.
func (p *part) visit() *visit {
	if p.wanted != nil {
		return p.wanted
	}
	return p.tried
}

func (p *part) isVisited() bool { return p.visit() != nil }

// providers returns the providers of a part's parameters, whether they are built or not.
func (p *part) providers() []*part {
	var all []*part
	for i := range p.needs {
		if n := &p.needs[i]; n.provider != nil && !n.captive {
			all = append(all, n.provider)
		}
	}
	return all
}
