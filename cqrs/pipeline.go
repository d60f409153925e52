package cqrs

import (
	"reflect"
	"slices"
)

// Pipeline holds the bindings of a [Mediator] and the middleware around each of them. It
// is created at start-up.
type Pipeline struct {
	requests []*Binding
	events   []*Binding
	layers   map[*Binding][]layer
}

// NewPipeline wraps the handlers of all bindings in the given middleware, the first
// outermost, and puts the middleware of each binding inside. It also returns an error for
// each invalid middleware.
func NewPipeline(requests *RequestMap, events *EventMap, middleware ...Middleware) (*Pipeline, []error) {
	p := &Pipeline{layers: make(map[*Binding][]layer)}
	if requests != nil {
		p.requests = requests.bindings
	}
	if events != nil {
		p.events = events.bindings
	}
	all := group{"WithMiddleware", middleware}
	errs := all.faults(p.Bindings())
	report := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	for _, b := range p.Bindings() {
		own := group{"WithMiddleware at " + b.where, b.middleware}
		errs = append(errs, own.faults([]*Binding{b})...)
		layers := append(all.layers(b, report), own.layers(b, report)...)
		slices.SortStableFunc(layers, outermost)
		p.layers[b] = layers
	}
	return p, errs
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

// Bindings returns the bindings of requests, followed by those of events.
func (p *Pipeline) Bindings() []*Binding { return slices.Concat(p.requests, p.events) }

// Dependency describes a middleware that the container builds.
type Dependency struct {
	Type reflect.Type
	// Where is the file:line of the call to [Built].
	Where string
	// OutsideScope reports whether it runs around a scope, so that it must be a singleton.
	OutsideScope bool
}

// Dependencies returns the middlewares that the container builds, each type once.
func (p *Pipeline) Dependencies() []Dependency {
	var all []Dependency
	for _, b := range p.Bindings() {
		for _, l := range p.layers[b] {
			if l.built == nil {
				continue
			}
			i := slices.IndexFunc(all, func(d Dependency) bool { return d.Type == l.built })
			if i < 0 {
				i = len(all)
				all = append(all, Dependency{Type: l.built, Where: l.where})
			}
			all[i].OutsideScope = all[i].OutsideScope || l.aroundScope
		}
	}
	return all
}

// split returns the layers of a binding in two parts: around the scope and in it.
func (p *Pipeline) split(b *Binding) (aroundScope, inScope []layer) {
	layers := p.layers[b]
	i := slices.IndexFunc(layers, func(l layer) bool { return !l.aroundScope })
	if i < 0 {
		i = len(layers)
	}
	return layers[:i], layers[i:]
}
