package container

import (
	"reflect"
	"slices"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// suggester finds the keys that may have been meant by a key that nothing provides.
type suggester struct {
	keys       []key // everything that is provided, except value groups
	byType     map[reflect.Type][]int
	byName     map[string][]int // by the name of the type or of what it points to
	types      []reflect.Type
	interfaces []reflect.Type
	groups     map[string][]key // value groups, by name
	effort     int              // how many more types may be compared by their methods
}

const (
	maxSuggestions = 5
	maxEffort      = 1_000_000
)

func newSuggester(all []*constructor) *suggester {
	s := &suggester{
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
					s.groups[k.group] = append(s.groups[k.group], k)
				}
				continue
			}
			i := len(s.keys)
			s.keys = append(s.keys, k)
			if s.byType[k.t] == nil {
				s.types = append(s.types, k.t)
				if isInterface(k.t) {
					s.interfaces = append(s.interfaces, k.t)
				}
			}
			s.byType[k.t] = append(s.byType[k.t], i)
			if name := baseName(k.t); name != "" {
				s.byName[name] = append(s.byName[name], i)
			}
		}
	}
	return s
}

// suggest returns the first keys that resemble k: the same type under another name, a
// pointer to it or what it points to, an interface that it implements or a type that
// implements it, or a type of the same name. It returns no key whose text equals that of k:
// types that are declared in functions may have identical names.
func (b *compiler) suggest(k key) []key {
	s := b.suggester()
	var found []int
	add := func(all []int) { found = append(found, all[:min(len(all), maxSuggestions)]...) }
	add(s.byType[k.t])
	add(s.byType[reflect.PointerTo(k.t)])
	if k.t.Kind() == reflect.Pointer {
		add(s.byType[k.t.Elem()])
	}
	add(s.byName[baseName(k.t)])
	candidates, implement := s.interfaces, k.t.Implements
	if isInterface(k.t) {
		candidates, implement = s.types, func(t reflect.Type) bool { return t.Implements(k.t) }
	}
	for i, n := 0, 0; i < len(candidates) && n < maxSuggestions && s.effort > 0; i++ {
		s.effort--
		if implement(candidates[i]) {
			n++
			add(s.byType[candidates[i]])
		}
	}
	slices.Sort(found)
	type name struct{ typ, name string }
	nameOf := func(k key) name { return name{errtext.FullName(k.t), k.name} }
	var keys []key
	known := map[name]bool{nameOf(k): true}
	for _, i := range found {
		if n := nameOf(s.keys[i]); len(keys) < maxSuggestions && !known[n] {
			known[n] = true
			keys = append(keys, s.keys[i])
		}
	}
	return keys
}

// suggester returns the suggester of the container, made when it is first needed.
func (b *compiler) suggester() *suggester {
	if b.suggestions == nil {
		b.suggestions = newSuggester(b.container.ctors)
	}
	return b.suggestions
}

// isLike reports whether one type points to the other or implements it.
func (s *suggester) isLike(a, b reflect.Type) bool {
	if a == reflect.PointerTo(b) || b == reflect.PointerTo(a) {
		return true
	}
	s.effort--
	return s.effort > 0 && (isInterface(a) && b.Implements(a) || isInterface(b) && a.Implements(b))
}

// isInterface reports whether the type is an interface that has methods.
func isInterface(t reflect.Type) bool { return t.Kind() == reflect.Interface && t.NumMethod() > 0 }

func baseName(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}
