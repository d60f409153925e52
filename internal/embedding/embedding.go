// Package embedding finds embedded types by Go's rules of promotion.
package embedding

import "reflect"

// Shallowest returns the type at the least depth of embedding for which match returns true: t
// itself, or else a type that t embeds, or else one that these embed. At the same depth the
// first decides. It returns nil if there is none.
func Shallowest(t reflect.Type, match func(reflect.Type) bool) reflect.Type {
	seen := make(map[reflect.Type]bool) // a struct may embed a pointer to itself
	for level := []reflect.Type{t}; len(level) > 0; {
		var deeper []reflect.Type
		for _, t := range level {
			if t.Kind() == reflect.Pointer {
				t = t.Elem()
			}
			if match(t) {
				return t
			}
			if t.Kind() != reflect.Struct || seen[t] {
				continue
			}
			seen[t] = true
			for f := range t.Fields() {
				if f.Anonymous {
					deeper = append(deeper, f.Type)
				}
			}
		}
		level = deeper
	}
	return nil
}
