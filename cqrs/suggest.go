package cqrs

import (
	"reflect"

	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/similar"
)

// suggest returns the bound messages whose names are similar to that of t. It leaves out types
// with the same full name, which types declared in functions may have, since suggesting
// them would not help.
func (m *Mediator) suggest(t reflect.Type) []reflect.Type {
	var suggestions []reflect.Type
	named := map[string]bool{errtext.FullName(t): true}
	for _, b := range m.registry.requests {
		if name := errtext.FullName(b.message); similar.Names(b.message.Name(), t.Name()) && !named[name] {
			named[name] = true
			suggestions = append(suggestions, b.message)
		}
	}
	return suggestions
}
