package container_test

import (
	"errors"
	"reflect"

	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// outcome is the result of asking for some types in a graph, one after another until
// one fails.
type outcome struct {
	made    []derivation
	failure failure
	mixed   bool
}

// failure is a class of failures that dig and container have in common.
type failure string

const (
	none        failure = "no failure"
	missing     failure = "missing dependency"
	constructor failure = "constructor error"
)

func failureOf(t require.TestingT, err error) failure {
	var digs dig.Error
	switch {
	case err == nil:
		return none
	case errors.Is(err, errDrawn):
		return constructor
	case errors.Is(err, container.ErrMissing):
		return missing
	default:
		require.ErrorAs(t, err, &digs)
		require.Contains(t, err.Error(), "missing")
		return missing
	}
}

// inDig asks a fresh dig container for the types.
func inDig(t require.TestingT, g *drawnGraph, types []reflect.Type) (*world, outcome) {
	w, c := newWorld(), dig.New()
	for _, i := range g.order {
		if f := g.funcs[i]; f.decorates {
			require.NoError(t, c.Decorate(w.fn(f)))
		} else {
			require.NoError(t, c.Provide(w.fn(f), f.options(false)...))
		}
	}
	return w, outcomeOf(t, g, w, len(types), func(i int) (root any, err error) {
		f := reflect.FuncOf([]reflect.Type{types[i]}, nil, false)
		err = c.Invoke(reflect.MakeFunc(f, func(in []reflect.Value) []reflect.Value {
			root = in[0].Interface()
			return nil
		}).Interface())
		return root, err
	})
}

// inScope asks a scope for the roots.
func inScope(t require.TestingT, g *drawnGraph, w *world, s wiring.Scope) outcome {
	return outcomeOf(t, g, w, len(g.roots), s.Build)
}

func outcomeOf(t require.TestingT, g *drawnGraph, w *world, n int, build func(root int) (any, error)) outcome {
	o := outcome{failure: none, mixed: g.mixed}
	for i := range n {
		root, err := build(i)
		if err != nil {
			o.failure = failureOf(t, err)
			break
		}
		o.made = append(o.made, derive(w.traceOf(reflect.ValueOf(root))))
	}
	return o
}

// containerOfGraph provides the graph to a container.
func containerOfGraph(t require.TestingT, g *drawnGraph) (*container.Container, *world) {
	w, c := newWorld(), container.New()
	for _, i := range g.order {
		switch f := g.funcs[i]; {
		case !f.decorates:
			require.NoError(t, c.Provide(w.fn(f), f.options(true)...))
		case f.scoped:
			require.NoError(t, c.Decorate(w.fn(f), container.Scoped()))
		default:
			require.NoError(t, c.Decorate(w.fn(f)))
		}
	}
	return c, w
}

func (g *drawnGraph) rootTypes() []reflect.Type { return rootTypes[:len(g.roots)] }

func (g *drawnGraph) containerRoots() []wiring.Root {
	var roots []wiring.Root
	for _, t := range g.rootTypes() {
		roots = append(roots, wiring.Root{Type: t, Bound: "drawn"})
	}
	return roots
}
