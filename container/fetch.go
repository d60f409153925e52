package container

import (
	"reflect"
	"slices"
)

// want notes that dig must build a value before the plan is complete.
func (b *compiler) want(src *source, k key) {
	if src.kind == fromGroup {
		src.value = reflect.MakeSlice(src.t, 0, 0)
	}
	b.wanted = append(b.wanted, &wanted{source: src, key: k})
}

// fetchWanted has dig build the singletons that the plan needs. Soft groups
// come last: they have what others made dig build.
func (b *compiler) fetchWanted() {
	f := fetcher{
		compiler: b,
		built:    make(map[*constructor]bool),
		groups:   make(map[wish]bool),
		got:      make(map[wish]reflect.Value),
	}
	for _, soft := range []bool{false, true} {
		for _, w := range b.wanted {
			if w.soft == soft {
				if v := f.get(wish{w.key, w.t, w.optional, w.soft}); v.IsValid() {
					w.value = v
				} else { // who needs it is itself optional, or the fault is reported
					w.err = missingError(w.key, nil, nil, nil)
				}
			}
		}
	}
}

// A fetcher has dig build singletons, dependencies first, so that one that
// fails is reported once and not again by each that needs it.
type fetcher struct {
	*compiler
	built  map[*constructor]bool // whether it could be; true while it is being built
	groups map[wish]bool         // likewise
	got    map[wish]reflect.Value
}

type wish struct {
	key
	t        reflect.Type
	optional bool
	soft     bool
}

func (f *fetcher) get(w wish) reflect.Value {
	if v, ok := f.got[w]; ok {
		return v
	}
	v := f.fetch(w)
	f.got[w] = v
	return v
}

func (f *fetcher) fetch(w wish) (v reflect.Value) {
	var err error
	switch {
	case w.group == "":
		if p := f.values[w.key]; f.buildDecorators(w.key) && (p == nil || f.build(p, w.optional || f.isReplaced(w.key, w.t))) {
			v, err = f.fetchValue(w.key, w.optional)
		}
	case w.soft || f.buildGroup(w.key, w.t):
		v, err = f.fetchGroup(w.key, w.t, w.soft)
	}
	if err != nil {
		f.report(singletonError(w.key, f.makers(w.key), err))
		return reflect.Value{}
	}
	return v
}

// build has dig build what a constructor provides, if nothing is wrong with
// it, and tells whether dig can go on with it. It can if something is lacking
// for p, but nobody has to have what p provides.
func (f *fetcher) build(p *constructor, dispensable bool) bool {
	if ok, known := f.built[p]; known {
		return ok
	}
	if faults := f.checker.check(p).faults; len(faults) > 0 {
		return dispensable && !slices.ContainsFunc(faults, func(bad fault) bool { return !bad.missing })
	}
	f.built[p] = true
	ok := true
	p.leaves(func(leaf *param) {
		ok = ok && f.buildDecorators(leaf.key)
		switch dep := f.values[leaf.key]; {
		case leaf.isGroup():
			ok = ok && (leaf.soft || f.buildGroup(leaf.key, leaf.t))
		case dep != nil:
			ok = ok && f.build(dep, leaf.optional || f.isReplaced(leaf.key, leaf.t))
		}
	})
	keys := p.provides()
	// Of a decorated value dig would run the decorator, which nobody may need.
	i := slices.IndexFunc(keys, func(k key) bool { return k.group == "" && !f.isReplaced(k, k.t) })
	if !p.decorates && i >= 0 {
		ok = ok && f.buildValue(keys[i])
	}
	f.built[p] = ok
	return ok
}

func (f *fetcher) buildValue(k key) bool {
	_, err := f.fetchValue(k, false)
	if err != nil {
		f.report(singletonError(k, f.makers(k), err))
	}
	return err == nil
}

// buildDecorators builds what the decorators of k that are dig's need.
func (f *fetcher) buildDecorators(k key) bool {
	for _, d := range f.decoratorsInDig(k) {
		if !f.buildDecorator(d) {
			return false
		}
	}
	return true
}

func (f *fetcher) buildDecorator(d *constructor) bool {
	if err := f.stuck[d]; err != nil {
		if !f.built[d] {
			f.report(stuckError(d, err))
		}
		f.built[d] = true // it is reported
		return false
	}
	return f.build(d, false)
}

// isReplaced tells whether dig has a decorator that makes the value.
func (f *fetcher) isReplaced(k key, t reflect.Type) bool {
	return slices.ContainsFunc(f.decoratorsInDig(k), func(d *constructor) bool { return d.makes(k, t) })
}

// buildGroup has dig build the singletons of a group, as a slice of type t.
func (f *fetcher) buildGroup(k key, t reflect.Type) bool {
	w := wish{key: k, t: t}
	if ok, known := f.groups[w]; known {
		return ok
	}
	f.groups[w] = true
	ok, replaced := f.buildDecorators(k), f.isReplaced(k, t)
	for _, p := range f.compiler.groups[k] {
		if !f.inRequests(p) {
			ok = f.build(p, replaced) && ok
		}
	}
	if ok {
		_, err := f.fetchGroup(k, t, false)
		if err != nil {
			f.report(singletonError(k, f.makers(k), err))
		}
		ok = err == nil
	}
	f.groups[w] = ok
	return ok
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
