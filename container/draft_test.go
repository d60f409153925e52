package container_test

import (
	"fmt"
	"reflect"

	"pgregory.net/rapid"
)

// Graphs are not drawn where container differs from dig on purpose, or where dig's
// outcome depends on the order of calls:
//
//   - a decorator never depends on something that depends on what it decorates;
//     that is a cycle here.
//   - a decorator whose dependencies are missing is only drawn where nothing is
//     optional. If its failure is swallowed, dig hands out the undecorated value
//     the next time, but here the decorator runs again.
//   - a decorator is only drawn for a key that has a constructor. Without one,
//     dig finds a value if something else has run the decorator before.
//   - a singleton does not ask for a soft group where there are scoped values
//     too: singletons are built at start-up, in an order that may not be dig's.

// draft is a graph in the making.
type draft struct {
	*drawnGraph
	t     *rapid.T
	slots []slot // that have a provider
	known map[slot]*standing
}

// standing is what is known about a slot so far.
type standing struct {
	provided  bool
	decorated bool
	closed    bool // something asked for it, so it is too late to provide or decorate it
	scoped    bool // anything that asks for it must be scoped
	lacks     bool // it may turn out to be missing
}

// drawGraph draws a graph in which everything but the roots is scoped or, if mixed, some
// values are singletons.
func drawGraph(mixed bool) *rapid.Generator[*drawnGraph] {
	return rapid.Custom(func(t *rapid.T) *drawnGraph {
		d := &draft{drawnGraph: &drawnGraph{mixed: mixed}, t: t, known: make(map[slot]*standing)}
		d.optionals = d.flip()
		for range 2 + d.pick(10) {
			if d.pick(4) == 0 {
				d.decorator()
			} else {
				d.constructor()
			}
		}
		for i := range 1 + d.pick(2) {
			d.rootOf(rootTypes[i])
		}
		numbers := make([]int, len(d.funcs))
		for i := range numbers {
			numbers[i] = i
		}
		d.order = rapid.Permutation(numbers).Draw(t, "order")
		return d.drawnGraph
	})
}

func (d *draft) flip() bool { return rapid.Bool().Draw(d.t, "flip") }

// rarely returns true in one of 2^n cases.
func (d *draft) rarely(n int) bool {
	for range n {
		if !d.flip() {
			return false
		}
	}
	return true
}

// pick returns a number below n, all of which are equally likely; those that rapid draws
// itself are mostly small.
func (d *draft) pick(n int) int {
	v := 0
	for range 8 {
		v *= 2
		if d.flip() {
			v++
		}
	}
	return v * n >> 8
}

func one[T any](d *draft, all []T) T { return all[d.pick(len(all))] }

func (d *draft) standing(s slot) *standing {
	if d.known[s] == nil {
		d.known[s] = &standing{}
	}
	return d.known[s]
}

func (d *draft) constructor() {
	f := &drawnFunc{id: fmt.Sprintf("c%d", len(d.funcs))}
	f.params = d.params(f, 2)
	d.close(f)
	if d.rarely(3) {
		f.variadic = one(d, valueTypes)
	}
	out := outputs{draft: d, f: f, types: valueTypes, taken: make(map[slot]bool)}
	switch d.pick(8) {
	case 0, 1:
		f.as = []reflect.Type{readerType}
		out.types = []reflect.Type{alphaType, betaType, gammaType, readerType}
		if d.flip() {
			f.as = []reflect.Type{readerType, writerType}
			out.types = []reflect.Type{alphaType}
		}
	case 2:
		f.name = one(d, []string{"x", "y"})
	}
	if f.name == "" && d.pick(6) == 0 {
		f.group = one(d, []string{"g", "h"})
		if f.as == nil {
			out.types = memberTypes
			out.flatten = d.flip()
		}
		if out.flatten {
			f.group += ",flatten"
		}
	}
	for range 1 + d.pick(3) {
		if r, ok := out.result(2); ok {
			f.results = append(f.results, r)
		}
	}
	if len(out.taken) == 0 {
		return
	}
	d.maybeFails(f)
	d.settle(f, !d.mixed || d.needsScope(f) || d.flip())
	for s := range out.taken {
		st := d.standing(s)
		st.scoped = st.scoped || f.inRequests
		st.lacks = st.lacks || f.lacks
	}
	for _, s := range out.order {
		if st := d.standing(s); !st.provided {
			st.provided = true
			d.slots = append(d.slots, s)
		}
	}
}

func (d *draft) decorator() {
	var fit []slot
	for _, s := range d.slots {
		if st := d.known[s]; !st.closed && !st.decorated && !(d.optionals && st.lacks) {
			fit = append(fit, s)
		}
	}
	if len(fit) == 0 {
		return
	}
	f := &drawnFunc{id: fmt.Sprintf("d%d", len(d.funcs)), decorates: true}
	out := outputs{draft: d, f: f, taken: make(map[slot]bool)}
	for range 1 + d.pick(2) {
		s := one(d, fit)
		if out.taken[s] {
			continue
		}
		if d.pick(4) > 0 {
			f.params = append(f.params, d.ask(s))
		}
		f.results = append(f.results, out.decorated(s))
	}
	f.params = append(f.params, d.params(f, 2)...)
	d.maybeFails(f)
	inRequests := d.needsScope(f) || !d.mixed
	for _, s := range out.order {
		inRequests = inRequests || d.known[s].scoped
	}
	d.settle(f, d.needsScope(f) || d.flip())
	f.inRequests = inRequests || f.scoped
	for _, s := range out.order {
		st := d.known[s]
		st.decorated = true
		st.scoped = st.scoped || f.inRequests
		st.lacks = st.lacks || f.lacks
	}
}

func (d *draft) rootOf(t reflect.Type) {
	f := &drawnFunc{id: fmt.Sprintf("r%d", len(d.funcs)), root: true}
	for range 2 {
		f.params = append(f.params, d.params(f, 2)...)
	}
	f.results = []drawnResult{{slots: []slot{{t: t}}, typ: t, length: -1}}
	d.maybeFails(f)
	d.settle(f, false)
	f.inRequests = true
	d.roots = append(d.roots, f)
}

// close forbids adding anything that would come too late for f.
func (d *draft) close(f *drawnFunc) {
	f.leaves(func(p *drawnParam) { d.standing(p.slot).closed = true })
}

// settle adds f to the graph.
func (d *draft) settle(f *drawnFunc, scoped bool) {
	d.close(f)
	f.scoped, f.inRequests = scoped, scoped
	f.leaves(func(p *drawnParam) {
		st := d.standing(p.slot)
		switch {
		case p.optional:
		case p.group != "":
			f.lacks = f.lacks || st.lacks
		default:
			f.lacks = f.lacks || st.lacks || !st.provided
		}
	})
	d.funcs = append(d.funcs, f)
}

// needsScope reports whether f cannot be a singleton.
func (d *draft) needsScope(f *drawnFunc) bool {
	needs := false
	f.leaves(func(p *drawnParam) { needs = needs || d.standing(p.slot).scoped || p.soft && d.mixed })
	return needs
}

func (d *draft) maybeFails(f *drawnFunc) {
	for range d.pick(5) - 2 {
		at := d.pick(len(f.results) + 1)
		f.results = append(f.results[:at:at], append([]drawnResult{{typ: failType, isError: true, length: -1}},
			f.results[at:]...)...)
		f.fails = f.fails || d.rarely(3)
	}
}
