package container_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"
	"pgregory.net/rapid"

	"github.com/digcqrs/digcqrs/container"
)

// How a constructor of a drawn graph comes into a container.
type drawnRole int

const (
	drawnProvided drawnRole = iota
	drawnDefault
	drawnReplacement
)

// A container with defaults and replacements is like a fresh dig container that is given
// the constructors that are used, and nothing that is replaced or unused runs.
func TestContainer_Replace_IsLikeFreshDig(t *testing.T) {
	t.Parallel()
	seen := make(census)
	rapid.Check(t, func(t *rapid.T) {
		for range 10 {
			g := drawGraph(rapid.Bool().Draw(t, "mixed")).Draw(t, "graph")
			digs, want := inDig(t, g, g.rootTypes())
			seen.add(g, want)

			c, ours := substitutedContainer(t, g, seen)
			plan, err := c.Compile(g.containerRoots())
			if err != nil {
				requireProblems(t, g, want, err)
				continue
			}
			got := inScope(t, g, ours, plan.NewScope(nil))
			requireSame(t, want, got)
			if want.failure == none {
				require.Equal(t, digs.ran(), ours.ran())
			}
		}
	})
	seen.log(t)
	for _, form := range []string{"a replacement", "a default", "an unused default", "a replaced group"} {
		assert.Greater(t, seen[form], 20, form)
	}
}

// substitutedContainer provides a graph to a container, with some of its constructors as
// defaults and some as replacements of others.
func substitutedContainer(t *rapid.T, g *drawnGraph, seen census) (*container.Container, *world) {
	w, c := newWorld(), container.New()
	var add []func() error
	for i, role := range drawRoles(t, g) {
		f := g.funcs[i]
		fn, opts := w.fn(f), f.options(true)
		switch {
		case f.decorates && f.scoped:
			add = append(add, func() error { return c.Decorate(fn, container.Scoped()) })
		case f.decorates:
			add = append(add, func() error { return c.Decorate(fn) })
		case role == drawnDefault:
			seen["a default"]++
			add = append(add, func() error { return c.ProvideDefault(fn, opts...) })
		case role == drawnReplacement:
			seen["a replacement"]++
			if isGroupOnly(f) {
				seen["a replaced group"]++
			}
			real, realOpts := unusedTwin(t, f)
			add = append(add, func() error { return c.Replace(fn, opts...) })
			add = append(add, func() error { return c.Provide(real, realOpts...) })
		default:
			add = append(add, func() error { return c.Provide(fn, opts...) })
			if !isGroupOnly(f) && rapid.Bool().Draw(t, "unused") {
				seen["an unused default"]++
				twin, twinOpts := unusedTwin(t, f)
				add = append(add, func() error { return c.ProvideDefault(twin, twinOpts...) })
			}
		}
	}
	for _, f := range rapid.Permutation(add).Draw(t, "order of calls") {
		require.NoError(t, f())
	}
	return c, w
}

// drawRoles draws a role for each function. Constructors that share a value group which one
// of them decides on have the same role.
func drawRoles(t *rapid.T, g *drawnGraph) []drawnRole {
	roles := make([]drawnRole, len(g.funcs))
	for i := range roles {
		roles[i] = rapid.SampledFrom([]drawnRole{drawnProvided, drawnDefault, drawnReplacement}).Draw(t, "role")
	}
	for again := true; again; {
		again = false
		for i, f := range g.funcs {
			for j, other := range g.funcs {
				if roles[i] < roles[j] && !f.decorates && !other.decorates && (isGroupOnly(f) || isGroupOnly(other)) &&
					slices.ContainsFunc(groupsOf(f), func(s slot) bool { return slices.Contains(groupsOf(other), s) }) {
					roles[j], again = roles[i], true
				}
			}
		}
	}
	return roles
}

// unusedTwin returns a constructor of what f provides that must not run.
func unusedTwin(t *rapid.T, f *drawnFunc) (any, []dig.ProvideOption) {
	typ, opts := f.typ(), f.options(false)
	if rapid.Bool().Draw(t, "needs nothing") {
		typ = reflect.FuncOf(nil, slices.Collect(typ.Outs()), false)
	}
	if !f.root && rapid.Bool().Draw(t, "scoped twin") {
		opts = append(opts, container.Scoped())
	}
	return reflect.MakeFunc(typ, func([]reflect.Value) []reflect.Value { panic("must not run") }).Interface(), opts
}

func groupsOf(f *drawnFunc) (groups []slot) {
	f.outputs(func(r *drawnResult) {
		for _, s := range r.slots {
			if s.group != "" {
				groups = append(groups, s)
			}
		}
	})
	return groups
}

func isGroupOnly(f *drawnFunc) bool {
	only := true
	f.outputs(func(r *drawnResult) {
		only = only && !slices.ContainsFunc(r.slots, func(s slot) bool { return s.group == "" })
	})
	return only
}
