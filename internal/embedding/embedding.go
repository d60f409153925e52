// Package embedding finds embedded types by Go's rules of promotion.
package embedding

import (
	"iter"
	"reflect"
)

// Shallowest returns the type at the least depth of embedding for which match returns true: t
// itself, or else a type that t embeds, or else one that these embed. At the same depth the
// first decides. It returns nil if there is none.
func Shallowest(t reflect.Type, match func(reflect.Type) bool) reflect.Type {
	for found := range All(t, match) {
		return found
	}
	return nil
}

// All returns the types for which match returns true, the shallowest first: t itself, and those
// that it embeds. It leaves out what these embed in turn.
func All(t reflect.Type, match func(reflect.Type) bool) iter.Seq[reflect.Type] {
	return func(yield func(reflect.Type) bool) {
		seen := make(map[reflect.Type]bool) // a struct may embed a pointer to itself
		for level := []reflect.Type{t}; len(level) > 0; {
			var deeper []reflect.Type
			for _, t := range level {
				if t.Kind() == reflect.Pointer {
					t = t.Elem()
				}
				switch {
				case match(t):
					if !yield(t) {
						return
					}
				case t.Kind() == reflect.Struct && !seen[t]:
					seen[t] = true
					for f := range t.Fields() {
						if f.Anonymous {
							deeper = append(deeper, f.Type)
						}
					}
				}
			}
			level = deeper
		}
	}
}
