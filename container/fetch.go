package container

import (
	"context"
	"errors"
	"reflect"
	"slices"
)

// A wanted is a source whose value dig has to build.
type wanted struct {
	*source
	need *need
}

// want notes that dig must build a value before the plan is complete.
func (b *compiler) want(src *source, n *need) {
	b.wanted = append(b.wanted, &wanted{source: src, need: n})
}

// fetchWanted has dig build the singletons that the plan needs. It goes by parts,
// dependencies first, so that one that fails is reported once and not again by
// each that needs it. Soft groups come last: they have what others made dig build.
func (b *compiler) fetchWanted() {
	f := fetcher{compiler: b, got: make(map[wish]reflect.Value)}
	cycle := b.cycleInDig()
	for _, p := range b.sorted {
		if p.isVisited() && b.isSingleton(p) {
			ok := !cycle && !p.broken && !p.needsBroken() && f.build(p)
			p.broken = !ok
			p.built = ok && !p.knotted
		}
	}
	for _, soft := range []bool{false, true} {
		for _, w := range b.wanted {
			if w.soft == soft {
				f.give(w)
			}
		}
	}
}

// cycleInDig reports whether dig refuses to build anything because it has found a
// cycle only now, as it does with dig.DeferAcyclicVerification.
func (b *compiler) cycleInDig() bool {
	err := b.dig.Invoke(func() {})
	if !isCycle(err) {
		return false
	}
	if !slices.ContainsFunc(b.ctors, func(c *constructor) bool { return b.parts[c].looped }) {
		b.report(rawCycleError(err)) // it is none of those that were provided here
	}
	return true
}

// refuseTransactions reports the singletons that are transactions, and rolls them
// back: they would have all requests share them, and commit in Close.
func (b *compiler) refuseTransactions() {
	taken := b.closer.takeTransactions(func(c *constructor) bool {
		p := b.parts[c]
		return p != nil && p.isVisited()
	})
	for _, f := range taken.stack {
		b.transactions[f.ctor] = true
	}
	var refused []error
	for _, p := range b.sorted {
		if p.isVisited() && b.transactions[p.ctor] {
			refused = append(refused, transactionError(p.ctor, p.visit().trail(), b.askersOf(p)-1))
		}
	}
	b.problems = append(b.problems, refused...)
	b.problems = append(b.problems, taken.run(context.Background(), errors.Join(refused...))...)
}

// A fetcher has dig build singletons.
type fetcher struct {
	*compiler
	got map[wish]reflect.Value // not valid if it could not be built
}

// A wish is what dig is asked for.
type wish struct {
	key
	t        reflect.Type
	optional bool
	soft     bool
}

func (f *fetcher) give(w *wanted) {
	if !w.need.isBroken() {
		// Whether what was provided here lacks something is known.
		optional := w.optional && (w.need.provider == nil || w.need.provider.ctor == nil)
		if v := f.get(wish{w.need.param.key, w.t, optional, w.soft}); v.IsValid() {
			w.value = v
			return
		}
	}
	w.err = lackingError(w.need.param.key)
}

func (f *fetcher) get(w wish) reflect.Value {
	v, known := f.got[w]
	if !known {
		var err error
		if v, err = f.fetch(w); err != nil {
			f.report(singletonError(w.key, f.makers(w.key), err))
		}
		f.got[w] = v
	}
	return v
}

func (f *fetcher) fetch(w wish) (v reflect.Value, err error) {
	asked := []*param{{t: w.t, key: w.key, optional: w.optional, soft: w.soft}}
	err = errPanicking // until dig returns
	defer func() { f.noteStuck(asked, err, f.isBuilt) }()
	if w.group != "" {
		v, err = f.fetchGroup(w.key, w.t, w.soft)
	} else {
		v, err = f.fetchValue(w.key, w.optional)
	}
	return v, err
}

// isBuilt reports whether dig has built all that a constructor needs.
func (f *fetcher) isBuilt(c *constructor) bool {
	p := f.parts[c]
	return p != nil && p.built
}

// build has dig build a part, of whose needs none is broken, and reports whether
// dig could. A part that needs itself is left to who asks for it: what comes of it
// may depend on where dig begins.
func (f *fetcher) build(p *part) bool {
	switch k := p.key; {
	case p.knotted:
		return true
	case p.isGroup():
		return len(f.decoratorsInDig(k)) > 0 || f.get(wish{key: k, t: reflect.SliceOf(k.t)}).IsValid()
	case p.ctor == nil:
		return f.get(wish{key: k, t: k.t, optional: p.wanted == nil}).IsValid()
	case p.ctor.decorates:
		return f.decorate(p.ctor)
	}
	for _, k := range p.ctor.provides() {
		// Of a decorated value dig would run the decorator, which nobody may need.
		if k.group == "" && len(f.decoratorsInDig(k)) == 0 {
			return f.get(wish{key: k, t: k.t}).IsValid()
		}
	}
	return true // it is built with what it provides
}

func (f *fetcher) decorate(d *constructor) bool {
	if err := f.stuck[d]; err != nil {
		f.report(stuckError(d, err))
		return false
	}
	k := d.results[0].decorated()
	unprovided := k.group == "" && f.values[k] == nil && !f.inRawDig(k)
	return f.get(wish{key: k, t: d.results[0].keys[0].t, optional: unprovided}).IsValid()
}

// makers returns who has a part in a singleton: its constructor, or those of
// the members of a group, and its decorators.
func (f *fetcher) makers(k key) []*constructor {
	var all []*constructor
	if p := f.values[k]; p != nil {
		all = append(all, p)
	}
	for _, p := range f.compiler.groups[k] {
		if !f.inRequests(p) {
			all = append(all, p)
		}
	}
	return append(all, f.decoratorsInDig(k)...)
}
