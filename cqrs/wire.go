package cqrs

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/wiring"
	"github.com/digcqrs/digcqrs/internal/workers"
)

// application is what a mediator runs.
type application = wiring.Application[*RequestMap, *EventMap, Middleware, Observer, *EventError, Codec, Propagator]

// New returns a mediator for an application, or all errors of its bindings, its middleware
// and the container. Applications call bootstrap.New instead: the parameters are of internal
// types.
func New(a application, s wiring.Settings) (*Mediator, []error) {
	var requests, events bindings
	var registered []*messageType
	var published []*published
	for _, p := range a.Parts {
		requests.include(p.Module, p.Requests.bindings)
		events.include(p.Module, p.Events.bindings)
		registered = append(registered, typesOf(p.Module, p.Requests, p.Events)...)
		published = append(published, publishedIn(p.Module, p.Events)...)
	}
	registry, invalid := newRegistry(requests.valid, events.valid, a)
	codec := a.Codec
	if codec == nil {
		codec = jsonCodec{}
	}
	types, unregistered := newMessageTypes(registry, codec, registered)
	var declared *declared
	var unproven []error
	if s.ProvenEvents {
		declared = newDeclared(registry.bindings(), published)
		unproven = newEmissions(registry, published, slices.Concat(requests.errs, events.errs)).problems()
	}
	roots := registry.roots()
	if journal, needed := registry.journal(types); needed {
		roots = append(roots, journal)
	}
	plan, missing := s.Compile(roots)
	if errs := slices.Concat(requests.errs, events.errs, invalid, unregistered, unproven, missing); len(errs) > 0 {
		return nil, errs
	}
	m := &Mediator{
		routes:           newTypeTable[*endpoint](len(registry.requests)),
		topics:           newTypeTable[*topic](len(registry.events)),
		named:            make(map[string]*subscription),
		registry:         registry,
		types:            types,
		codec:            codec,
		declared:         declared,
		propagators:      a.Propagators,
		factories:        make(map[reflect.Type]wiring.Factory),
		components:       plan.Components,
		settings:         s,
		afterScopeErrors: a.AfterScopeErrors,
		expected:         a.Expected,
		helpers:          workers.NewHelpers(s.EventConcurrency - 1),
	}
	m.calls.open()
	for i, r := range roots {
		m.factories[r.Type] = plan.Factories[i]
	}
	for _, o := range a.Observers {
		m.observers = append(m.observers, o.complete())
		if o.Reported != nil {
			m.reports, m.hooks = true, m.hooks.And(o.hooks)
		}
	}
	m.idle.New = func() any { return newRequest(m, plan.NewScope) }
	for _, b := range registry.requests {
		m.routes.set(b.message, m.endpoint(b))
	}
	m.subscribe(registry.events)
	return m, nil
}

// roots returns what the container must build for the mediator, each type once: the
// handlers, and the middlewares of [Built]. A type that is both is there twice, so that the
// container refuses it.
func (g *registry) roots() []wiring.Root {
	var roots []wiring.Root
	type use struct {
		t          reflect.Type
		dependency bool
	}
	indexes := make(map[use]int)
	add := func(r wiring.Root) *wiring.Root {
		i, known := indexes[use{r.Type, r.Dependency}]
		if !known {
			i = len(roots)
			indexes[use{r.Type, r.Dependency}] = i
			roots = append(roots, r)
		}
		return &roots[i]
	}
	names := g.names()
	for _, b := range g.bindings() {
		bound := fmt.Sprintf("bound to %s at %s", names.Name(b.message), position{b})
		for _, h := range b.Handlers() {
			add(wiring.Root{Type: h, Bound: bound})
		}
	}
	for _, b := range g.bindings() {
		for _, l := range g.chains[b] {
			if l.built != nil {
				bound := "a middleware at " + positionIn(l.module, l.at.String())
				r := add(wiring.Root{Type: l.built, Bound: bound, Dependency: true})
				r.AroundScope = r.AroundScope || l.aroundScope
			}
		}
	}
	return roots
}

// journal returns the journal as a root, and whether the application needs one.
func (g *registry) journal(types messageTypes) (root wiring.Root, needed bool) {
	for _, b := range g.events {
		if b.isDurable() {
			bound := fmt.Sprintf("the journal of the durable subscription at %s", position{b})
			return wiring.Root{Type: journalType, Bound: bound, Dependency: true}, true
		}
	}
	for _, t := range types.all {
		if t.isCommand() {
			bound := fmt.Sprintf("the journal of the command registered at %s", t.position())
			return wiring.Root{Type: journalType, Bound: bound, Dependency: true}, true
		}
	}
	return wiring.Root{}, false
}

// names returns names that distinguish messages and handlers with the same short name.
func (g *registry) names() errtext.Names {
	names := make(errtext.Names)
	for _, b := range g.bindings() {
		names.Add(b.message)
		for _, h := range b.Handlers() {
			names.Add(h)
		}
	}
	return names
}
