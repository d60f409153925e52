package cqrs

import (
	"reflect"
	"slices"

	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/similar"
)

// registry holds the bindings of a mediator and their middleware.
type registry struct {
	requests []*Binding
	events   []*Binding
	chains   map[*Binding][]link // the middleware around each of them, outermost first
}

// newRegistry wraps the handlers of all bindings in the given middleware, the first
// outermost, puts the middleware of their module inside, and that of each binding inside of
// that. It also returns an error for each invalid middleware.
func newRegistry(requests, events []*Binding, a application) (*registry, []error) {
	g := &registry{requests, events, make(map[*Binding][]link)}
	all := group{"WithMiddleware", a.Middleware}
	modules := make(map[string]group)
	for _, p := range a.Parts {
		modules[p.Module] = group{"the middleware of module " + p.Module, p.Middleware}
	}
	var errs, misfits []error
	report := func(err error) {
		if err != nil {
			misfits = append(misfits, err)
		}
	}
	own := func(b *Binding) group { return group{"WithMiddleware at " + b.Where(), b.middleware} }
	for _, b := range g.bindings() {
		inner := slices.Concat(modules[b.module].links(b, report), own(b).links(b, report))
		for i := range inner {
			inner[i].module = b.module
		}
		g.chains[b] = append(all.links(b, report), inner...)
		b.policies = policiesOf(g.chains[b])
		misfits = append(misfits, own(b).faults([]*Binding{b})...)
	}
	errs = append(errs, all.faults(g.bindings())...)
	for _, p := range a.Parts {
		errs = append(errs, modules[p.Module].faults(g.of(p.Module))...)
	}
	errs = append(errs, misfits...)
	return g, errs
}

// bindings returns the bindings of requests, followed by those of events.
func (g *registry) bindings() []*Binding { return slices.Concat(g.requests, g.events) }

// of returns the bindings of a module.
func (g *registry) of(module string) []*Binding {
	return slices.DeleteFunc(g.bindings(), func(b *Binding) bool { return b.module != module })
}

// split returns the middleware of a binding in two parts: around the scope and in it.
func (g *registry) split(b *Binding) (aroundScope, inScope []link) {
	for _, l := range g.chains[b] {
		if l.aroundScope {
			aroundScope = append(aroundScope, l)
		} else {
			inScope = append(inScope, l)
		}
	}
	return aroundScope, inScope
}

// suggest returns the bound requests whose names are similar to that of t. It leaves out types
// with the same full name, which types declared in functions may have, since suggesting
// them would not help.
func (g *registry) suggest(t reflect.Type) []reflect.Type {
	var suggestions []reflect.Type
	named := map[string]bool{errtext.FullName(t): true}
	for _, b := range g.requests {
		if name := errtext.FullName(b.message); similar.Names(b.message.Name(), t.Name()) && !named[name] {
			named[name] = true
			suggestions = append(suggestions, b.message)
		}
	}
	return suggestions
}
