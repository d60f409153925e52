package container

import (
	"reflect"
	"slices"
)

// A Root is what a [Plan] can build: a handler, or a value as handlers get it.
type Root struct {
	Type reflect.Type
	// Bound says in errors where it is bound, or what it is: "bound to app.Join at
	// main.go:12", "a middleware at main.go:14".
	Bound string
	// Dependency says that it is a value that handlers would ask for, not a
	// handler: it keeps its own lifetime. The type is that of a parameter which is
	// neither named nor a dig.In struct, and is not that of a handler as well.
	Dependency bool
}

// bind finds the constructor of each root; nil where there is no fit one.
func (b *compiler) bind(roots []Root) []*constructor {
	handlers := make(map[reflect.Type]Root)
	for _, r := range roots {
		if !r.Dependency {
			handlers[r.Type] = r
		}
	}
	providers := make([]*constructor, len(roots))
	for i, r := range roots {
		handler, both := handlers[r.Type]
		switch {
		case !r.Dependency:
			providers[i] = b.bindHandler(r)
		case both:
			b.report(sharedHandlerError(r.Type, handler.Bound, r.Bound))
		default:
			providers[i] = b.bindDependency(r)
		}
	}
	return providers
}

func (b *compiler) bindHandler(r Root) *constructor {
	k := key{t: r.Type}
	p := b.values[k]
	switch {
	case p == nil && b.probe(k) == nil:
		b.report(rawHandlerError(r.Type, r.Bound))
	case p == nil:
		b.report(missingHandlerError(r.Type, r.Bound, b.near(k)))
	case p.life == singleton:
		return p
	case len(p.provides()) != 1:
		b.report(crowdedHandlerError(r.Type, r.Bound, p))
	case len(p.alien) > 0:
		b.report(alienOptionError(r.Type, r.Bound, p))
	default:
		b.bound[p] = true
		return p
	}
	return nil
}

// bindDependency returns what stands for the constructor of a handler that asks
// for the root and for nothing else. It is checked like one, and never called.
func (b *compiler) bindDependency(r Root) *constructor {
	p := &constructor{params: []*param{{t: r.Type, key: key{t: r.Type}}}}
	b.bound[p] = true
	return p
}

// root returns how the plan builds a root.
func (b *compiler) root(r Root, p *constructor) handler {
	switch {
	case p == nil:
		return handler{}
	case r.Dependency:
		return handler{from: b.source(p.params[0])}
	case p.life == singleton:
		h := handler{from: &source{kind: fromConstant, t: r.Type}}
		b.want(h.from, key{t: r.Type})
		return h
	}
	h := handler{node: b.node(p)}
	for _, res := range p.results {
		if slices.Contains(res.keys, key{t: r.Type}) {
			h.result = res
		}
	}
	return h
}
