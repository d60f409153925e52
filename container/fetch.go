package container

import (
	"context"
	"errors"
	"reflect"
	"slices"
)

// wanted is a source whose value dig has to build.
type wanted struct {
	*source
	need *need
}

// want records that dig must build a value before the plan is complete.
func (b *compiler) want(src *source, n *need) {
	b.wanted = append(b.wanted, &wanted{source: src, need: n})
}

// fetchWanted makes dig build the singletons that the plan needs. It proceeds by parts,
// dependencies first, so that a failure is reported once, and not again for each
// dependent. Soft groups come last: they contain what dig has built for others.
func (b *compiler) fetchWanted() {
	never := b.undecided || b.cycleInDig()
	for _, p := range b.sorted {
		if p.isVisited() && b.isSingleton(p) {
			ok := !never && !p.broken && !p.needsBroken() && b.buildPart(p)
			p.broken = !ok
			p.built = ok && !p.knotted
		}
	}
	for _, soft := range []bool{false, true} {
		for _, w := range b.wanted {
			if w.soft == soft {
				b.fill(w)
			}
		}
	}
}

// cycleInDig reports whether dig refuses to build anything because it has only now found a
// cycle, as it does with dig.DeferAcyclicVerification.
func (b *compiler) cycleInDig() bool {
	err := b.container.dig.Invoke(func() {})
	if !isCycle(err) {
		return false
	}
	if !slices.ContainsFunc(b.container.ctors, func(c *constructor) bool { return b.parts[c].looped }) {
		b.report(rawCycleError(err)) // the cycle is among constructors that were provided to dig directly
	}
	return true
}

// refuseTransactions reports the singletons that are transactions, and rolls them back:
// all requests would share such a transaction, and it would be committed in Close.
func (b *compiler) refuseTransactions() {
	taken := b.container.closer.takeTransactions(func(c *constructor) bool {
		p := b.parts[c]
		return p != nil && p.isVisited()
	})
	for _, f := range taken.stack {
		b.container.transactions[f.ctor] = true
	}
	var refused []error
	for _, p := range b.sorted {
		if p.isVisited() && b.container.transactions[p.ctor] {
			refused = append(refused, transactionError(p.ctor, p.visit().trail(), b.askersOf(p)-1))
		}
	}
	b.problems = append(b.problems, refused...)
	b.problems = append(b.problems, taken.run(context.Background(), errors.Join(refused...))...)
}

// wish is a value that dig is asked for.
type wish struct {
	key
	t        reflect.Type
	optional bool
	soft     bool
}

func (b *compiler) fill(w *wanted) {
	if !w.need.isBroken() {
		// For values that were provided here, it is known whether something is missing.
		optional := w.optional && (w.need.provider == nil || w.need.provider.ctor == nil)
		if v := b.fetchOnce(wish{w.need.param.key, w.t, optional, w.soft}); v.IsValid() {
			w.value = v
			return
		}
	}
	w.err = lackingError(w.need.param.key)
}

func (b *compiler) fetchOnce(w wish) reflect.Value {
	v, known := b.got[w]
	if !known {
		var err error
		if v, err = b.ask(w); err != nil {
			b.report(singletonError(w.key, b.contributors(w.key), err))
		}
		b.got[w] = v
	}
	return v
}

func (b *compiler) ask(w wish) (v reflect.Value, err error) {
	asked := []*param{{t: w.t, key: w.key, optional: w.optional, soft: w.soft}}
	err = errPanicking // until dig returns
	defer func() { b.container.noteStuck(asked, err, b.isBuilt) }()
	if w.group != "" {
		v, err = b.container.fetchGroup(w.key, w.t, w.soft)
	} else {
		v, err = b.container.fetchValue(w.key, w.optional)
	}
	return v, err
}

// isBuilt reports whether dig has built everything that a constructor needs.
func (b *compiler) isBuilt(c *constructor) bool {
	p := b.parts[c]
	return p != nil && p.built
}

// buildPart makes dig build a part none of whose needs is broken, and reports whether dig
// could. A part that depends on itself is left to the part that asks for it, because the
// result may depend on where dig begins.
func (b *compiler) buildPart(p *part) bool {
	var w wish
	switch {
	case p.knotted:
		return true
	case p.ctor != nil && p.ctor.decorates:
		return b.buildDecorator(p.ctor)
	case p.isGroup():
		w = wish{key: p.key, t: reflect.SliceOf(p.key.t)}
	case p.ctor == nil:
		w = wish{key: p.key, t: p.key.t, optional: p.wanted == nil}
	default:
		k, ok := b.plainKey(p.ctor)
		if !ok {
			return true // it is built with what it provides
		}
		w = wish{key: k, t: k.t}
	}
	// Decorated values are built together with their decorators.
	return len(b.container.decoratorsInDig(w.key)) > 0 || b.fetchOnce(w).IsValid()
}

// plainKey returns a key of a constructor that dig can build without running a decorator,
// since there may be no need for that decorator.
func (b *compiler) plainKey(c *constructor) (k key, ok bool) {
	for _, k := range c.provides() {
		if k.group == "" && len(b.container.decoratorsInDig(k)) == 0 {
			return k, true
		}
	}
	return key{}, false
}

func (b *compiler) buildDecorator(d *constructor) bool {
	if err := b.container.stuck[d]; err != nil {
		b.report(stuckError(d, err))
		return false
	}
	k := d.results[0].decorated()
	unprovided := k.group == "" && b.container.values[k] == nil && !b.inRawDig(k)
	return b.fetchOnce(wish{key: k, t: d.results[0].keys[0].t, optional: unprovided}).IsValid()
}

// contributors returns the constructors that contribute to a singleton: its own or those of the
// members of a group, and its decorators.
func (b *compiler) contributors(k key) []*constructor {
	var all []*constructor
	if p := b.container.values[k]; p != nil {
		all = append(all, p)
	}
	for _, p := range b.container.groups[k] {
		if !b.inRequests(p) {
			all = append(all, p)
		}
	}
	return append(all, b.container.decoratorsInDig(k)...)
}
