package topology

import (
	"slices"
	"strings"
)

// scene is a scope in a sequence diagram: what has been built in it so far.
type scene struct {
	components map[string]*Component // by ID
	labels     labels
	built      map[string]bool
	finalizers []string // the labels of the components that have one, in the order of construction
}

// build returns the labels of what the scope builds for a component, in order, the component
// included. It is empty if there is nothing to build.
func (s *scene) build(id string) []string {
	c := s.components[id]
	if c == nil || c.Lifetime == Singleton || s.built[id] || c.Kind == FromRequest || c.Kind == FromDig {
		return nil
	}
	if c.Lifetime != Transient {
		s.built[id] = true
	}
	var all []string
	for _, n := range c.Needs {
		if !n.Soft {
			all = append(all, s.build(n.Component)...)
		}
	}
	if c.Kind == Group {
		return all
	}
	label := s.labels.component(c)
	if c.Finalizer {
		s.finalizers = append(s.finalizers, label)
	}
	return append(all, label)
}

// close returns the labels of what has a finalizer, in the order in which these run.
func (s *scene) close() []string {
	last := slices.Clone(s.finalizers)
	slices.Reverse(last)
	return last
}

// component returns the label of a component: what it provides or, for a decorator, its function.
func (l labels) component(c *Component) string {
	if c.Kind == Decorator || len(c.Provides) == 0 {
		return functionLabel(c.Constructor)
	}
	return l.of(c.Provides[0])
}

// functionLabel returns the name of a function without its package. A function literal has the name
// of the function that it is in, whatever that is inlined in.
func functionLabel(name string) string {
	name = name[strings.LastIndexByte(name, '/')+1:]
	_, name, _ = strings.Cut(name, ".")
	parts := strings.Split(name, ".")
	outer := len(parts)
	for outer > 0 && strings.Trim(strings.TrimPrefix(parts[outer-1], "func"), "0123456789") == "" {
		outer--
	}
	switch {
	case outer == 0:
		return "a function"
	case outer < len(parts):
		return parts[outer-1]
	default:
		return name
	}
}
