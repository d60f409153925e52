package container

import (
	"reflect"

	"github.com/digcqrs/digcqrs/internal/wiring"
)

// bind finds the constructor of each root. It is nil for a root without a valid one.
func (b *compiler) bind(roots []wiring.Root) []*constructor {
	handlers := make(map[reflect.Type]wiring.Root)
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

func (b *compiler) bindHandler(r wiring.Root) *constructor {
	k := key{t: r.Type}
	p := b.container.values[k]
	switch {
	case p == nil && b.inRawDig(k):
		b.report(rawHandlerError(r.Type, r.Bound))
	case p == nil:
		b.report(missingHandlerError(r.Type, r.Bound, b.suggest(k)))
	case p.life == singleton:
		return standIn(r, singleton)
	case len(p.provides()) != 1:
		b.report(crowdedHandlerError(r.Type, r.Bound, p))
	case len(p.unsupported) > 0:
		b.report(unsupportedOptionError(r.Type, r.Bound, p))
	default:
		b.local[p] = true
		return p
	}
	return nil
}

// bindDependency returns a stand-in constructor that asks for the root and nothing else.
func (b *compiler) bindDependency(r wiring.Root) *constructor {
	c := standIn(r, unset)
	b.local[c] = true
	return c
}

// standIn returns a constructor that asks for a root. It is checked like others, but never
// called.
func standIn(r wiring.Root, life lifetime) *constructor {
	return &constructor{settings: settings{life: life}, params: []*param{{t: r.Type, key: key{t: r.Type}}}}
}

// compileRoot returns how the plan builds a root.
func (b *compiler) compileRoot(r wiring.Root, c *constructor) root {
	switch {
	case c == nil:
		return root{}
	case r.Dependency:
		return root{from: b.arguments(b.part(c))[0]}
	case c.life == singleton:
		return root{from: b.arguments(b.part(c))[0], where: b.container.values[key{t: r.Type}].where.String()}
	}
	return root{node: b.node(b.part(c)), result: c.results[c.resultOf(key{t: r.Type})]}
}

func (c *constructor) isStandIn() bool { return !c.fn.IsValid() }
