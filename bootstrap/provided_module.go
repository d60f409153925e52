package bootstrap

import (
	"reflect"
	"slices"

	"github.com/digcqrs/digcqrs/container"
)

// providedModule is a module whose constructors a container has. A container takes a constructor
// only once, so what Describe has provided is for the next mediator.
type providedModule struct {
	module   Module
	problems []error
	refused  []*container.Error
	used     bool // by a mediator, so that another one must not have the module
}

// providedBefore returns the module if its constructors have been provided and need not be
// provided again, and nil otherwise.
func (b *builder) providedBefore(m listed) *providedModule {
	p, _ := b.container.Notes().Modules[m.Name].(*providedModule)
	if p == nil || p.used && !b.describing || !p.isSame(m.Module) {
		return nil
	}
	p.used = p.used || !b.describing
	return p
}

// isSame reports whether a module provides the same constructors.
func (p *providedModule) isSame(m Module) bool {
	return code(p.module.Provide) == code(m.Provide) &&
		slices.EqualFunc(p.module.Constructors, m.Constructors, func(a, b any) bool {
			return reflect.TypeOf(a) == reflect.TypeOf(b) && code(a) == code(b)
		})
}

// code returns the code of a function, or 0 for anything else.
func code(fn any) uintptr {
	if v := reflect.ValueOf(fn); v.Kind() == reflect.Func {
		return v.Pointer()
	}
	return 0
}

// note notes that a module has been provided.
func (b *builder) note(m listed, p *providedModule) {
	notes := b.container.Notes()
	if notes.Modules == nil {
		notes.Modules = make(map[string]any)
	}
	notes.Modules[m.Name] = p
}
