package bootstrap

import (
	"reflect"
	"slices"

	"github.com/digcqrs/digcqrs/container"
)

// providedModule is a module whose constructors a container has. A container takes a constructor
// only once, so what Describe has provided is for the next mediator.
type providedModule struct {
	module   listed
	problems []error
	refused  []*container.Error
	used     bool // by a mediator, so that another one must not have the module
}

// providedBefore returns the module if its constructors have been provided and need not be
// provided again, and nil otherwise. It fails if Describe has provided others in their place.
func (b *builder) providedBefore(m listed) (*providedModule, error) {
	notes := b.container.Notes()
	p, _ := notes.Modules[m.Name].(*providedModule)
	if p == nil || p.used && !b.describing {
		return nil, nil
	}
	if !p.isSame(m, notes.Function) {
		if p.used || p.module.Provide == nil && len(p.module.Constructors) == 0 {
			return nil, nil
		}
		return nil, otherModuleError(m, p.module)
	}
	p.used = p.used || !b.describing
	return p, nil
}

// isSame reports whether a module provides the same constructors. Closures of the same code are not,
// since they may have other variables.
func (p *providedModule) isSame(m listed, function func(any) any) bool {
	return closure(p.module.Provide) == closure(m.Provide) &&
		slices.EqualFunc(p.module.Constructors, m.Constructors, func(a, b any) bool {
			return reflect.TypeOf(a) == reflect.TypeOf(b) && closure(function(a)) == closure(function(b))
		})
}

// closure returns the address of a function with its variables, or 0 for anything else. The address of
// the code, which reflect.Value.Pointer returns, is that of all closures of one function literal.
func closure(fn any) uint64 {
	v := reflect.ValueOf(fn)
	if v.Kind() != reflect.Func {
		return 0
	}
	variable := reflect.New(v.Type())
	variable.Elem().Set(v)
	return reflect.NewAt(reflect.TypeFor[uintptr](), variable.UnsafePointer()).Elem().Uint()
}

// note notes that a module has been provided.
func (b *builder) note(m listed, p *providedModule) {
	notes := b.container.Notes()
	if notes.Modules == nil {
		notes.Modules = make(map[string]any)
	}
	notes.Modules[m.Name] = p
}
