package container

import (
	"reflect"
	"slices"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// guide finds the keys that may have been meant by a key that nothing provides.
type guide struct {
	keys       []key // everything that is provided, except value groups
	byType     map[reflect.Type][]int
	byName     map[string][]int // by the name of the type or of what it points to
	types      []reflect.Type
	interfaces []reflect.Type
	groups     map[string][]key // value groups, by name
	effort     int              // how many more types may be compared by their methods
}

const (
	maxHints  = 5
	maxEffort = 1_000_000
)

func newGuide(all []*constructor) *guide {
	g := &guide{
		byType: make(map[reflect.Type][]int),
		byName: make(map[string][]int),
		groups: make(map[string][]key),
		effort: maxEffort,
	}
	known := make(map[key]bool) // groups
	for _, c := range all {
		for _, k := range c.provides() {
			if k.group != "" {
				if !known[k] {
					known[k] = true
					g.groups[k.group] = append(g.groups[k.group], k)
				}
				continue
			}
			i := len(g.keys)
			g.keys = append(g.keys, k)
			if g.byType[k.t] == nil {
				g.types = append(g.types, k.t)
				if isInterface(k.t) {
					g.interfaces = append(g.interfaces, k.t)
				}
			}
			g.byType[k.t] = append(g.byType[k.t], i)
			if name := baseName(k.t); name != "" {
				g.byName[name] = append(g.byName[name], i)
			}
		}
	}
	return g
}

// near returns the first keys that resemble k: the same type under another name, a pointer
// to it or what it points to, an interface that it implements or a type that implements
// it, or a type of the same name. It returns no key whose text equals that of k: types
// that are declared in functions may have identical names.
func (b *compiler) near(k key) []key {
	g := b.guided()
	var found []int
	add := func(all []int) { found = append(found, all[:min(len(all), maxHints)]...) }
	add(g.byType[k.t])
	add(g.byType[reflect.PointerTo(k.t)])
	if k.t.Kind() == reflect.Pointer {
		add(g.byType[k.t.Elem()])
	}
	add(g.byName[baseName(k.t)])
	candidates, implement := g.interfaces, k.t.Implements
	if isInterface(k.t) {
		candidates, implement = g.types, func(t reflect.Type) bool { return t.Implements(k.t) }
	}
	for i, hints := 0, 0; i < len(candidates) && hints < maxHints && g.effort > 0; i++ {
		g.effort--
		if implement(candidates[i]) {
			hints++
			add(g.byType[candidates[i]])
		}
	}
	slices.Sort(found)
	type name struct{ typ, name string }
	nameOf := func(k key) name { return name{errtext.FullName(k.t), k.name} }
	var keys []key
	known := map[name]bool{nameOf(k): true}
	for _, i := range found {
		if n := nameOf(g.keys[i]); len(keys) < maxHints && !known[n] {
			known[n] = true
			keys = append(keys, g.keys[i])
		}
	}
	return keys
}

func (b *compiler) guided() *guide {
	if b.guide == nil {
		b.guide = newGuide(b.ctors)
	}
	return b.guide
}

// isLike reports whether one type points to the other or implements it.
func (g *guide) isLike(a, b reflect.Type) bool {
	if a == reflect.PointerTo(b) || b == reflect.PointerTo(a) {
		return true
	}
	g.effort--
	return g.effort > 0 && (isInterface(a) && b.Implements(a) || isInterface(b) && a.Implements(b))
}

// isInterface reports whether the type is an interface that has methods.
func isInterface(t reflect.Type) bool { return t.Kind() == reflect.Interface && t.NumMethod() > 0 }

func baseName(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}
