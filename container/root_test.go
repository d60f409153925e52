package container_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

func dependency[T any]() wiring.Root { return asked[T]("a middleware at main.go:14") }

// dependencyIn returns a T that is a root, in a new scope.
func dependencyIn[T any](t *testing.T, c *container.Container) T {
	t.Helper()
	return built[T](t, newScope(t, compiled(t, c, dependency[T]())), 0)
}

// requireShared checks that a root is the same instance in all requests.
func requireShared(t *testing.T, plan *wiring.Plan, root int) any {
	t.Helper()
	instance, ok := instanceOf(plan, root)
	require.True(t, ok)
	for range 2 {
		v, err := newScope(t, plan).Build(root)
		require.NoError(t, err)
		assert.Equal(t, instance, v)
	}
	return instance
}

func requireNotShared(t *testing.T, plan *wiring.Plan, root int) {
	t.Helper()
	instance, ok := instanceOf(plan, root)
	require.False(t, ok)
	assert.Nil(t, instance)
	assert.Nil(t, plan.Factories[root].New)
}

func TestRoot_Dependency_Singletons(t *testing.T) {
	t.Parallel()

	for name, opts := range map[string][]dig.ProvideOption{
		"a plain constructor":                 nil,
		"a constructor with Singleton":        {container.Singleton()},
		"a constructor with an option of dig": {dig.WithProviderCallback(func(dig.CallbackInfo) {})},
	} {
		t.Run("runs "+name+" once, when it is compiled", func(t *testing.T) {
			t.Parallel()
			var c counter
			plan := compiled(t, containerOf(t, ctor(c.make, opts...), ctor(hold[*counted])), dependency[*counted](),
				rootOf[*holder[*counted]]())
			assert.Equal(t, 1, c.made)
			instance := requireShared(t, plan, 0)
			assert.Same(t, instance, built[*holder[*counted]](t, newScope(t, plan), 1).got)
			assert.Equal(t, 1, c.made)
			assert.Nil(t, plan.Factories[0].New)
		})
	}

	t.Run("may be asked for twice", func(t *testing.T) {
		t.Parallel()
		var c counter
		plan := compiled(t, containerOf(t, ctor(c.make)), dependency[*counted](), dependency[*counted]())
		assert.Same(t, requireShared(t, plan, 0), requireShared(t, plan, 1))
	})

	t.Run("is one of several results of a constructor", func(t *testing.T) {
		t.Parallel()
		plan := compiled(t, containerOf(t, ctor(func() (int, string) { return 1, "one" })), dependency[string]())
		assert.Equal(t, "one", requireShared(t, plan, 0))
	})

	t.Run("are decorated by dig", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(text("value")))
		decorated(t, c, plus("!"))
		assert.Equal(t, "value!", requireShared(t, compiled(t, c, dependency[string]()), 0))
	})

	t.Run("are decorated in each request by a scoped decorator", func(t *testing.T) {
		t.Parallel()
		calls := 0
		c := containerOf(t, ctor(text("value")), ctor(hold[string]))
		decorated(t, c, plus("!"))
		decorated(t, c, func(s string) string { calls++; return s + "?" }, container.Scoped())
		plan := compiled(t, c, dependency[string](), rootOf[*holder[string]]())
		requireNotShared(t, plan, 0)
		s := newScope(t, plan)
		assert.Equal(t, "value!?", built[string](t, s, 0))
		assert.Equal(t, "value!?", built[*holder[string]](t, s, 1).got)
		assert.Equal(t, 1, calls)
	})

	t.Run("are found in dig behind Wrap", func(t *testing.T) {
		t.Parallel()
		raw := dig.New()
		require.NoError(t, raw.Provide(text("raw")))
		require.NoError(t, raw.Decorate(plus("!")))
		assert.Equal(t, "raw!", requireShared(t, compiled(t, container.Wrap(raw), dependency[string]()), 0))
	})

	t.Run("may be a nil of an interface type", func(t *testing.T) {
		t.Parallel()
		for _, opts := range [][]dig.ProvideOption{nil, {container.Scoped()}} {
			c := containerOf(t, ctor(func() stringer { return nil }, opts...))
			v, err := newScope(t, compiled(t, c, dependency[stringer]())).Build(0)
			require.NoError(t, err)
			assert.Nil(t, v)
		}
	})

	t.Run("are finalized only by Close", func(t *testing.T) {
		t.Parallel()
		var log []string
		c := containerOf(t, ctor(func() (int, container.Finalizer) { return 1, logTo(&log, "int") }))
		s := newScope(t, compiled(t, c, dependency[int]()))
		built[int](t, s, 0)
		assert.Zero(t, container.Pending(s))
		require.NoError(t, c.Close(t.Context()))
		assert.Equal(t, []string{"int: <nil>"}, log)
	})
}

func TestRoot_Dependency_Scoped(t *testing.T) {
	t.Parallel()

	t.Run("is the instance that handlers in the same scope get, in either order", func(t *testing.T) {
		t.Parallel()
		var c counter
		plan := compiled(t, containerOf(t, scoped(c.make), ctor(hold[*counted])),
			dependency[*counted](), rootOf[*holder[*counted]](), dependency[*counted]())
		assert.Zero(t, c.made)
		requireNotShared(t, plan, 0)

		s := newScope(t, plan)
		first := built[*counted](t, s, 0)
		assert.Same(t, first, built[*holder[*counted]](t, s, 1).got)
		assert.Same(t, first, built[*counted](t, s, 0))
		assert.Same(t, first, built[*counted](t, s, 2))

		container.Reset(s)
		second := built[*holder[*counted]](t, s, 1).got
		assert.NotSame(t, first, second)
		assert.Same(t, second, built[*counted](t, s, 0))
		assert.NotSame(t, second, built[*counted](t, newScope(t, plan), 0))
		assert.Equal(t, 3, c.made)
	})

	t.Run("is decorated", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, scoped(text("value")))
		decorated(t, c, plus("!"))
		decorated(t, c, plus("?"), container.Scoped())
		assert.Equal(t, "value!?", dependencyIn[string](t, c))
	})

	t.Run("may come from a typed constructor", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(func() int { return 7 }), scoped(container.Typed(hold[int])))
		assert.Equal(t, 7, dependencyIn[*holder[int]](t, c).got)
	})

	t.Run("may be a value that the request supplies", func(t *testing.T) {
		t.Parallel()
		plan := compiled(t, container.New(), dependency[context.Context]())
		requireNotShared(t, plan, 0)
		assert.Equal(t, t.Context(), built[context.Context](t, newScope(t, plan), 0))

		v, err := plan.NewScope(supplier{}).Build(0)
		require.NoError(t, err)
		assert.Nil(t, v)
	})

	t.Run("is the request's even if there is a singleton of the type", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(newContext))
		assert.Equal(t, t.Context(), dependencyIn[context.Context](t, c))
	})

	t.Run("is finalized with the request", func(t *testing.T) {
		t.Parallel()
		var log []string
		c := containerOf(t,
			scoped(func() (int, container.Finalizer) { return 1, logTo(&log, "int") }),
			scoped(func(int) (string, container.Finalizer) { return "", logTo(&log, "string") }),
		)
		s := newScope(t, compiled(t, c, dependency[string](), dependency[int]()))
		built[string](t, s, 0)
		built[int](t, s, 1)
		cause := errors.New("no funds")
		require.NoError(t, finalizeAll(t, s, cause))
		assert.Equal(t, []string{"string: no funds", "int: no funds"}, log)
	})

	t.Run("returns the error of a constructor, and runs it again", func(t *testing.T) {
		t.Parallel()
		cause := errors.New("no connection")
		calls := 0
		c := containerOf(t, scoped(func() (int, error) {
			if calls++; calls == 1 {
				return 0, cause
			}
			return calls, nil
		}), scoped(func(n int) string { return "built" }))
		s := newScope(t, compiled(t, c, dependency[string]()))
		v, err := s.Build(0)
		assert.Nil(t, v)
		require.ErrorIs(t, err, cause)
		require.ErrorIs(t, err, container.ErrBuild)
		assert.Equal(t, "built", built[string](t, s, 0))
	})

	t.Run("passes on a panic of a constructor", func(t *testing.T) {
		t.Parallel()
		s := newScope(t, compiled(t, containerOf(t, scoped(func() int { panic("on fire") })), dependency[int]()))
		assert.PanicsWithValue(t, "on fire", func() { _, _ = s.Build(0) })
	})
}
