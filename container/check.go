package container

import (
	"slices"

	"github.com/digcqrs/digcqrs/internal/wiring"
)

// check reports what is wrong before anything is built: dependencies that nothing
// provides, cycles, and captive dependencies. A mistake is reported once, however many
// constructors it affects, and the time grows with the graph, not with the number of
// mistakes.
func (b *compiler) check(roots []wiring.Root, providers []*constructor) {
	for _, t := range b.supplied {
		if p := b.container.values[key{t: t}]; p != nil && p.life == scoped {
			b.report(suppliedError(key{t: t}, p))
		}
	}
	b.sort(providers)
	for _, r := range b.rejected {
		if !b.part(r.ctor).looped || !isCycle(r.err) { // sort reports cycles
			b.report(r.err)
		}
	}
	b.findBroken()
	b.visits = b.explore(roots, providers)
	for _, f := range b.faults() {
		b.report(f.err(b))
	}
}

// findBroken determines which parts cannot be built, for whatever reason.
func (b *compiler) findBroken() {
	for _, p := range b.sorted {
		p.broken = p.looped || p.lacking || p.needsBroken()
	}
}

func (p *part) needsBroken() bool {
	return slices.ContainsFunc(p.needs, func(n need) bool { return n.captive || n.isBroken() })
}

// isBroken reports whether something that is built for the need is broken. An optional
// need does not require a provider whose dependencies are missing.
func (n *need) isBroken() bool {
	return n.making != nil || slices.ContainsFunc(n.decorators, func(d *part) bool { return d.broken }) ||
		n.isBuilt() && n.provider.broken && !(n.provider.lacking && n.isOptional())
}

// askers counts the parts that ask for something.
type askers struct {
	count int
	last  *part
}

// add counts a part, which may ask several times in a row.
func (a *askers) add(p *part) {
	if a.last != p {
		a.last = p
		a.count++
	}
}

// faults returns the mistakes found at the visits.
func (b *compiler) faults() []*fault {
	var all []*fault
	missing := make(map[key]*fault)
	for _, v := range b.visits {
		p := v.part
		if !v.whole && p.wanted != nil {
			continue // another visit of the part finds more
		}
		captive := &fault{at: v}
		for i := range p.needs {
			n := &p.needs[i]
			switch {
			case !v.whole && i > p.last:
			case n.making != nil:
				all = append(all, &fault{at: v, making: n})
			case n.captive:
				captive.captive = append(captive.captive, n.param.key)
			case n.missing:
				k := n.param.key
				if missing[k] == nil {
					missing[k] = &fault{at: v, missing: k}
					all = append(all, missing[k])
				}
				missing[k].askers.add(p)
			}
		}
		if captive.captive != nil {
			all = append(all, captive)
		}
		v.needs(func(q *part, _ bool) { q.askers.add(p) })
	}
	return all
}

// askersOf returns how many parts ask for a part, or for a group that contains it.
func (b *compiler) askersOf(p *part) int {
	n := p.askers.count
	groups := make(map[key]bool)
	for _, k := range p.ctor.provides() {
		if g := b.keyParts[k]; g != nil && !groups[k] {
			groups[k] = true
			n += g.askers.count
		}
	}
	return n
}
