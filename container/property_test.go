package container_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

const graphsToDraw = 2000

// In a fresh scope of a plan without singletons everything is as in a fresh dig
// container: values, shared instances, failures, and the order of calls.
func TestScope_Build_IsLikeDigWithoutSingletons(t *testing.T) {
	t.Parallel()
	forManyGraphs(t, false, func(t *rapid.T, g *drawnGraph, seen census) {
		digs, want := inDig(t, g, g.rootTypes())
		seen.add(g, want)

		c, ours := containerOfGraph(t, g)
		plan, problems := c.CompileAnyway(g.containerRoots())
		assert.Empty(t, ours.calls, "Compile calls a scoped constructor")
		scope := plan.NewScope(nil)
		got := inScope(t, g, ours, scope)
		assert.Equal(t, digs.calls, ours.calls)
		requireSame(t, want, got)
		requireProblems(t, g, want, problems)

		requireAnew(t, g, ours, got, plan.NewScope(nil))
		for range 2 {
			container.Reset(scope)
			requireAnew(t, g, ours, got, scope)
		}
	})
}

// With singletons among them, Compile reports what is wrong with these, and soft groups
// may hold more of them: Compile builds them first.
func TestScope_Build_IsLikeDigWithSingletons(t *testing.T) {
	t.Parallel()
	forManyGraphs(t, true, func(t *rapid.T, g *drawnGraph, seen census) {
		digs, want := inDig(t, g, g.rootTypes())
		seen.add(g, want)

		c, ours := containerOfGraph(t, g)
		plan, err := c.Compile(g.containerRoots())
		if want.failure == none {
			require.NoError(t, err)
		}
		if err != nil {
			seen["Compile reports it"]++
			requireProblems(t, g, want, err)
			return
		}
		atStart := len(ours.calls)
		scope := plan.NewScope(nil)
		got := inScope(t, g, ours, scope)
		requireSame(t, want, got)
		requireProblems(t, g, want, nil)
		requireLifetimes(t, g, ours, atStart)
		if want.failure == none {
			require.Equal(t, digs.ran(), ours.ran(), "other constructors ran than in dig")
		}

		requireAnew(t, g, ours, got, plan.NewScope(nil))
		for range 2 {
			container.Reset(scope)
			requireAnew(t, g, ours, got, scope)
		}
	})
}

// requireSame compares the values that dig made with those of a scope. If there are
// singletons, soft groups may have more members in the scope.
func requireSame(t require.TestingT, want, got outcome) {
	require.Equal(t, want.failure, got.failure)
	require.Len(t, got.made, len(want.made))
	for i := range want.made {
		hard, soft := got.made[i].among(want.made[i])
		wantHard, wantSoft := want.made[i].among(want.made[i])
		require.Equal(t, wantHard, hard)
		if want.mixed {
			require.Subset(t, soft, wantSoft)
		} else {
			require.Equal(t, wantSoft, soft)
			require.Len(t, got.made[i], len(want.made[i]))
		}
	}
}

// requireProblems compares the errors of Compile with dig's outcome. Compile does not
// know which values a failing constructor keeps dig from reaching.
func requireProblems(t require.TestingT, g *drawnGraph, want outcome, problems error) {
	lacks := errors.Is(problems, container.ErrMissing)
	breaks := errors.Is(problems, errDrawn)
	if problems != nil {
		require.True(t, lacks || breaks, "Compile reports something else: %v", problems)
	}
	if want.failure == missing {
		require.True(t, lacks, "Compile does not report what dig is missing")
	}
	if !g.fails() {
		require.Equal(t, want.failure == missing, lacks, "Compile: %v", problems)
		require.False(t, breaks)
	}
}

// requireAnew builds the roots in another scope, which must have new scoped values and
// the same singletons.
func requireAnew(t require.TestingT, g *drawnGraph, w *world, before outcome, scope wiring.Scope) {
	again := inScope(t, g, w, scope)
	require.Equal(t, before.failure, again.failure)
	require.Len(t, again.made, len(before.made))
	for i, d := range before.made {
		require.Equal(t, d.lines(), again.made[i].lines())
		for name, of := range d {
			if of.trace.by.inRequests {
				require.NotSame(t, of.trace, again.made[i][name].trace, "two scopes share %s", name)
			} else {
				require.Same(t, of.trace, again.made[i][name].trace, "two scopes do not share %s", name)
			}
		}
	}
	if before.failure == none && !g.has(func(p *drawnParam) bool { return p.soft }) {
		requireHandlerAnew(t, w, again.made[0], scope)
	}
}

// requireHandlerAnew builds the first root again in the same scope. It must be a new
// instance, made from the same values.
func requireHandlerAnew(t require.TestingT, w *world, before derivation, scope wiring.Scope) {
	handler, err := scope.Build(0)
	require.NoError(t, err)
	again := derive(w.traceOf(reflect.ValueOf(handler)))
	require.Equal(t, before.lines(), again.lines())
	for name, of := range before {
		if of.trace.by.root {
			require.NotSame(t, of.trace, again[name].trace)
		} else {
			require.Same(t, of.trace, again[name].trace, "%s is made twice in a scope", name)
		}
	}
}

// requireLifetimes checks that Compile called only singletons, each of them once unless
// it fails, and that requests called none.
func requireLifetimes(t require.TestingT, g *drawnGraph, w *world, atStart int) {
	for _, f := range g.funcs {
		if f.inRequests {
			require.NotContains(t, w.calls[:atStart], f.id, "Compile calls what is scoped")
		} else {
			require.NotContains(t, w.calls[atStart:], f.id, "a request calls a singleton")
			require.LessOrEqual(t, w.runs[f.id], 1)
		}
	}
}

// forManyGraphs checks a property of at least graphsToDraw graphs, however many rapid
// draws in one Check. Every form must occur among the graphs that succeed.
func forManyGraphs(t *testing.T, mixed bool, property func(*rapid.T, *drawnGraph, census)) {
	seen := make(census)
	for seen["graph"] < graphsToDraw {
		rapid.Check(t, func(t *rapid.T) {
			property(t, drawGraph(mixed).Draw(t, "graph"), seen)
			seen["graph"]++
		})
	}
	seen.log(t)
	assert.GreaterOrEqual(t, seen["graph"], graphsToDraw)
	for _, f := range []failure{none, missing, constructor} {
		assert.Greater(t, seen[string(f)], graphsToDraw/20, f)
	}
	for _, form := range drawnForms {
		assert.Greater(t, seen[form.name], graphsToDraw/200, form.name)
	}
}

// A dependency that is a root is, in a fresh scope, the value that dig builds.
func TestRoot_Dependency_IsLikeDig(t *testing.T) {
	t.Parallel()
	seen := make(map[failure]int)
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(false).Draw(t, "graph")
		for _, typ := range valueTypes {
			digs, want := inDig(t, g, []reflect.Type{typ})
			c, ours := containerOfGraph(t, g)
			plan, problems := c.CompileAnyway([]wiring.Root{{Type: typ, Bound: "drawn", Dependency: true}})
			got := outcomeOf(t, g, ours, 1, plan.NewScope(nil).Build)
			assert.Equal(t, digs.calls, ours.calls)
			requireSame(t, want, got)
			requireProblems(t, g, want, problems)
			seen[want.failure]++
		}
	})
	for _, f := range []failure{none, missing, constructor} {
		assert.Positive(t, seen[f], f)
	}
}
