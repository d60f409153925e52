package container_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

func TestRoot_Dependency_Faults(t *testing.T) {
	t.Parallel()
	requireFault := func(t *testing.T, reason error, c *container.Container, roots ...wiring.Root) *container.Error {
		t.Helper()
		fault := soleFault(t, c, roots...)
		require.Equal(t, reason, fault.Reason, "%v", fault)
		return fault
	}
	inScope := scoped(func() levelD { return levelD{} })

	t.Run("is missing if nothing provides it, or under a name or in a group only", func(t *testing.T) {
		t.Parallel()
		requireFault(t, container.ErrMissing, container.New(), dependency[int]())
		named := containerOf(t, ctor(func() int { return 1 }, dig.Name("spare")))
		assert.ErrorContains(t, requireFault(t, container.ErrMissing, named, dependency[int]()),
			`did you mean int[name="spare"]?`)
		requireFault(t, container.ErrMissing, containerOf(t, ctor(text("a"), dig.Group("texts"))), dependency[string]())
	})

	t.Run("lacks a dependency, at any depth", func(t *testing.T) {
		t.Parallel()
		for _, opts := range [][]dig.ProvideOption{nil, {container.Scoped()}} {
			c := containerOf(t, ctor(func(levelB) levelA { return levelA{} }, opts...),
				ctor(func(levelC) levelB { return levelB{} }, opts...))
			fault := requireFault(t, container.ErrMissing, c, dependency[levelA]())
			assert.ErrorContains(t, fault, "a middleware at main.go:14")
		}
	})

	t.Run("lacks the dependency of a decorator", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, scoped(text("value")))
		decorated(t, c, func(s string, _ levelA) string { return s })
		assert.ErrorContains(t, requireFault(t, container.ErrMissing, c, dependency[string]()), "a middleware at main.go:14")
	})

	t.Run("finds what handlers lack too once", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, scoped(func(levelC) levelB { return levelB{} }), ctor(hold[levelB]))
		requireFault(t, container.ErrMissing, c, rootOf[*holder[levelB]](), dependency[levelB]())
	})

	t.Run("must not be a singleton that needs a scoped value", func(t *testing.T) {
		t.Parallel()
		for _, opts := range [][]dig.ProvideOption{nil, {container.Singleton()}} {
			c := containerOf(t, inScope, ctor(func(levelD) levelA { return levelA{} }, opts...))
			fault := requireFault(t, container.ErrCaptive, c, dependency[levelA]())
			assert.ErrorContains(t, fault, ", a middleware at main.go:14, needs container_test.levelD,")
			assert.ErrorContains(t, fault, "; mark the constructor with container.Scoped()")
		}
	})

	t.Run("must not need a singleton that needs a scoped value", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, inScope, ctor(func(levelD) levelB { return levelB{} }),
			scoped(func(levelB) levelA { return levelA{} }))
		fault := requireFault(t, container.ErrCaptive, c, dependency[levelA]())
		assert.Regexp(t, `\(needed by .*root_fault_test\.go:\d+\), a middleware at main\.go:14\)`, fault.Error())
	})

	t.Run("must not be in a cycle", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, scoped(func(levelB) levelA { return levelA{} }), scoped(func(levelA) levelB { return levelB{} }))
		requireFault(t, container.ErrCycle, c, dependency[levelA](), dependency[levelB]())
	})

	t.Run("must not also be a handler", func(t *testing.T) {
		t.Parallel()
		for _, opts := range [][]dig.ProvideOption{nil, {container.Singleton()}, {container.Scoped()}} {
			c := containerOf(t, ctor(func() *holder[int] { return hold(1) }, opts...))
			requireFault(t, container.ErrHandler, c, dependency[*holder[int]](), rootOf[*holder[int]]())
			requireFault(t, container.ErrHandler, c, rootOf[*holder[int]](), dependency[*holder[int]]())
		}
	})

	t.Run("fails if its constructor fails, which runs once", func(t *testing.T) {
		t.Parallel()
		cause := errors.New("no connection")
		calls := 0
		c := containerOf(t, ctor(func() (int, error) { calls++; return 0, cause }), ctor(hold[int]))
		fault := requireFault(t, container.ErrBuild, c, dependency[int](), rootOf[*holder[int]]())
		require.ErrorIs(t, fault, cause)
		assert.Equal(t, 1, calls)
	})

	t.Run("is reported along with what Provide rejected", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.Error(t, c.Provide(func() int { return 1 }, dig.Name("a"), dig.Group("b")))
		assert.Len(t, compileError(t, c, dependency[int]()), 2)
	})
}
