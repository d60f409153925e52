package container

import (
	"reflect"
	"slices"
)

// A checker looks for what is wrong with the graph before anything is built:
// dependencies that nothing provides, cycles, and singletons that need what
// lives only as long as a request.
type checker struct {
	b        *compiler
	findings map[*constructor]*finding
	path     []*constructor // being checked, outermost first
	raw      map[key]bool   // whether dig has it although it was not provided here
	reported map[*origin]bool
}

// A finding is what is wrong with a constructor and all that it needs.
type finding struct {
	done   bool
	faults []fault
}

// A fault is an origin and the way from there out to the constructor in whose
// finding it is.
type fault struct {
	*origin
	trail trail
}

// An origin is a single mistake, however many constructors suffer from it.
type origin struct {
	missing bool // which does not matter to who can do without
	cycle   bool
	err     func(trail) error
}

func newChecker(b *compiler) checker {
	return checker{
		b:        b,
		findings: make(map[*constructor]*finding),
		raw:      make(map[key]bool),
		reported: make(map[*origin]bool),
	}
}

// check reports the faults of all roots, and cycles among scoped
// constructors that no handler needs.
func (b *compiler) check(roots []Root, providers []*constructor) {
	for k := range b.supplied {
		if p := b.values[key{t: k}]; p != nil && p.life == scoped {
			b.report(suppliedError(key{t: k}, p))
		}
	}
	for i, p := range providers {
		if p == nil {
			continue
		}
		for _, f := range b.checker.check(p).faults {
			f.trail = slices.Clone(f.trail)
			f.trail[0].bound = roots[i].Bound
			b.checker.report(f)
		}
	}
	for _, p := range b.ctors {
		if p.life != scoped {
			continue
		}
		for _, f := range b.checker.check(p).faults {
			if f.cycle {
				b.checker.report(f)
			}
		}
	}
}

func (c *checker) report(f fault) {
	if !c.reported[f.origin] {
		c.reported[f.origin] = true
		c.b.report(f.err(f.trail))
	}
}

func (c *checker) check(p *constructor) *finding {
	if f := c.findings[p]; f != nil {
		if !f.done {
			return &finding{faults: []fault{c.cycle(p)}}
		}
		return f
	}
	f := &finding{}
	c.findings[p] = f
	c.path = append(c.path, p)
	p.leaves(func(leaf *param) { c.leaf(f, p, leaf) })
	c.path = c.path[:len(c.path)-1]
	f.done = true
	return f
}

// leaf checks one thing that a constructor asks for.
func (c *checker) leaf(f *finding, p *constructor, leaf *param) {
	b, k := c.b, leaf.key
	if !c.runsInRequests(p) && b.isScoped(k) && !c.hasSingleton(k) {
		f.add(p, fault{origin: c.captive(p, k)})
		return
	}
	replaced := false // by a decorator, which asks for what is below it if it needs that
	for _, d := range slices.Backward(c.decorators(p, k)) {
		f.need(p, c.check(d), replaced)
		replaced = replaced || d.makes(k, leaf.t)
	}
	if leaf.isGroup() {
		for _, m := range b.groups[k] {
			f.need(p, c.check(m), replaced || leaf.soft)
		}
		return
	}
	switch provider := b.values[k]; {
	case b.isSupplied(k) && c.runsInRequests(p):
	case provider != nil:
		f.need(p, c.check(provider), replaced || leaf.optional)
	case leaf.optional || c.inRawDig(k):
	default:
		f.add(p, fault{origin: &origin{missing: true, err: func(t trail) error {
			return missingError(k, t, b.near(k), nil)
		}}})
	}
}

// hasSingleton tells whether there is a singleton of a type that each request
// has of its own as well, such as context.Context: it is what singletons get.
func (c *checker) hasSingleton(k key) bool {
	return c.b.isSupplied(k) && (c.b.values[k] != nil && !c.b.inRequests(c.b.values[k]) || c.inRawDig(k))
}

func (c *checker) runsInRequests(p *constructor) bool {
	if p.decorates {
		return p.runsInRequests(c.b.isScoped)
	}
	return c.b.inRequests(p)
}

// decorators returns those that p meets when it asks for k: of one that
// decorates k itself, those below it.
func (c *checker) decorators(p *constructor, k key) []*constructor {
	var all []*constructor
	for _, d := range c.b.decoratorsInDig(k) {
		if !d.runsInRequests(c.b.isScoped) {
			all = append(all, d)
		}
	}
	if c.runsInRequests(p) {
		all = append(all, c.b.overlays[k]...)
	}
	if i := slices.Index(all, p); i >= 0 {
		all = all[:i]
	}
	return all
}

func (c *checker) captive(p *constructor, k key) *origin {
	return &origin{err: func(t trail) error {
		switch {
		case p.decorates:
			return captiveDecoratorError(p, k, t)
		case p.life == singleton && len(t) == 1: // it is a root
			return captiveHandlerError(p, k, t)
		default:
			return captiveError(p, k, t)
		}
	}}
}

func (c *checker) cycle(p *constructor) fault {
	var t trail
	for _, q := range c.path[slices.Index(c.path, p):] {
		t = append(t, step{where: q.where})
	}
	t = append(t, t[0])
	return fault{origin: &origin{cycle: true, err: func(trail) error { return cycleError(t) }}}
}

// add notes a fault of p itself, or of something that p needs.
func (f *finding) add(p *constructor, bad fault) {
	bad.trail = append(trail{{where: p.where}}, bad.trail...)
	f.faults = append(f.faults, bad)
}

// need notes the faults of something that p needs. If p can do without, it does
// not matter that something is lacking there.
func (f *finding) need(p *constructor, other *finding, dispensable bool) {
	for _, bad := range other.faults {
		if !(dispensable && bad.missing) {
			f.add(p, bad)
		}
	}
}

// inRawDig tells whether dig has a value that was provided to it directly.
func (c *checker) inRawDig(k key) bool {
	found, known := c.raw[k]
	if !known {
		found = c.b.probe(k) == nil
		c.raw[k] = found
	}
	return found
}

// near returns keys that somebody who asked for k may have meant: the same type
// under another name, a pointer to it or what it points to, an interface that
// it implements or a type that implements it, or a type of the same name.
func (c *Container) near(k key) []key {
	related := func(t reflect.Type) bool {
		switch {
		case t == k.t, t == reflect.PointerTo(k.t), k.t == reflect.PointerTo(t):
			return true
		case k.t.Kind() == reflect.Interface && k.t.NumMethod() > 0:
			return t.Implements(k.t)
		case t.Kind() == reflect.Interface && t.NumMethod() > 0:
			return k.t.Implements(t)
		default:
			return baseName(t) != "" && baseName(t) == baseName(k.t)
		}
	}
	var keys []key
	for _, p := range c.ctors {
		for _, other := range p.provides() {
			if other.group == "" && related(other.t) {
				keys = append(keys, other)
			}
		}
	}
	return keys
}

func baseName(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}
