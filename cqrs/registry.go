package cqrs

import "slices"

// registry holds the bindings of a mediator and the middleware around each of them.
type registry struct {
	requests []*Binding
	events   []*Binding
	layers   map[*Binding][]layer
}

// newRegistry wraps the handlers of all bindings in the given middleware, the first
// outermost, puts the middleware of their module inside, and that of each binding inside of
// that. It also returns an error for each invalid middleware.
func newRegistry(requests, events []*Binding, a application) (*registry, []error) {
	g := &registry{requests, events, make(map[*Binding][]layer)}
	all := group{"WithMiddleware", a.Middleware}
	errs := all.faults(g.bindings())
	modules := make(map[string]group)
	for _, p := range a.Parts {
		modules[p.Module] = group{"the middleware of module " + p.Module, p.Middleware}
		errs = append(errs, modules[p.Module].faults(g.of(p.Module))...)
	}
	report := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	for _, b := range g.bindings() {
		own := group{"WithMiddleware at " + b.where, b.middleware}
		errs = append(errs, own.faults([]*Binding{b})...)
		layers := slices.Concat(all.layers(b, report), modules[b.module].layers(b, report), own.layers(b, report))
		slices.SortStableFunc(layers, outermost)
		g.layers[b] = layers
	}
	return g, errs
}

// outermost compares layers so that those around the scope come first.
func outermost(a, b layer) int {
	switch {
	case a.aroundScope == b.aroundScope:
		return 0
	case a.aroundScope:
		return -1
	default:
		return 1
	}
}

// bindings returns the bindings of requests, followed by those of events.
func (g *registry) bindings() []*Binding { return slices.Concat(g.requests, g.events) }

// of returns the bindings of a module.
func (g *registry) of(module string) []*Binding {
	return slices.DeleteFunc(g.bindings(), func(b *Binding) bool { return b.module != module })
}

// split returns the layers of a binding in two parts: around the scope and in it.
func (g *registry) split(b *Binding) (aroundScope, inScope []layer) {
	layers := g.layers[b]
	i := slices.IndexFunc(layers, func(l layer) bool { return !l.aroundScope })
	if i < 0 {
		i = len(layers)
	}
	return layers[:i], layers[i:]
}
