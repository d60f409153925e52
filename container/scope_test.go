package container_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
)

func TestScope_Build(t *testing.T) {
	t.Parallel()

	t.Run("builds a scoped value once per scope", func(t *testing.T) {
		t.Parallel()
		type pair struct{ left, right *counted }
		var c counter
		plan := planFor[pair](t, containerOf(t,
			scoped(c.make),
			scoped(func(left, right *counted) pair { return pair{left, right} }),
		))
		first := built[*holder[pair]](t, newScope(t, plan), 0).got
		second := built[*holder[pair]](t, newScope(t, plan), 0).got
		assert.Same(t, first.left, first.right)
		assert.Same(t, second.left, second.right)
		assert.NotSame(t, first.left, second.left)
		assert.Equal(t, 2, c.made)
	})

	t.Run("shares singletons between scopes", func(t *testing.T) {
		t.Parallel()
		var c counter
		plan := planFor[*counted](t, containerOf(t, ctor(c.make)))
		first := built[*holder[*counted]](t, newScope(t, plan), 0).got
		assert.Same(t, first, built[*holder[*counted]](t, newScope(t, plan), 0).got)
		assert.Equal(t, 1, c.made)
	})

	t.Run("builds nothing that the handler does not need", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t,
			scoped(func() string { panic("scoped, for another handler") }),
			ctor(func() float64 { panic("singleton, for nobody") }),
			scoped(func() *counted { panic("of a group, for nobody") }, dig.Group("g")),
			scoped(func() int { return 1 }),
			ctor(hold[int]), ctor(hold[string]),
		)
		plan := compiled(t, c, rootOf[*holder[int]](), rootOf[*holder[string]]())
		assert.Equal(t, 1, built[*holder[int]](t, newScope(t, plan), 0).got)
	})

	t.Run("builds nothing when the scope is opened", func(t *testing.T) {
		t.Parallel()
		var c counter
		plan := planFor[*counted](t, containerOf(t, scoped(c.make)))
		newScope(t, plan)
		assert.Zero(t, c.made)
	})

	t.Run("builds a new handler even if its dependencies are shared", func(t *testing.T) {
		t.Parallel()
		var c counter
		s := newScope(t, planFor[*counted](t, containerOf(t, scoped(c.make))))
		first, second := built[*holder[*counted]](t, s, 0), built[*holder[*counted]](t, s, 0)
		assert.NotSame(t, first, second)
		assert.Same(t, first.got, second.got)
		assert.Equal(t, 1, c.made)
	})

	t.Run("shares scoped values between the handlers of a scope", func(t *testing.T) {
		t.Parallel()
		type other struct{ *counted }
		var c counter
		s := newScope(t, compiled(t, containerOf(t,
			scoped(c.make), ctor(hold[*counted]), ctor(func(v *counted) *other { return &other{v} }),
		), rootOf[*holder[*counted]](), rootOf[*other]()))
		assert.Same(t, built[*holder[*counted]](t, s, 0).got, built[*other](t, s, 1).counted)
	})

	t.Run("keeps one instance of a handler for those that depend on it", func(t *testing.T) {
		t.Parallel()
		type pair struct{ left, right *holder[int] }
		c := containerOf(t,
			scoped(func() int { return 1 }),
			ctor(hold[int]),
			scoped(func(left, right *holder[int]) pair { return pair{left, right} }),
			ctor(hold[pair]),
		)
		s := newScope(t, compiled(t, c, rootOf[*holder[int]](), rootOf[*holder[pair]]()))
		itself := built[*holder[int]](t, s, 0)
		dependency := built[*holder[pair]](t, s, 1).got
		assert.Same(t, dependency.left, dependency.right)
		assert.NotSame(t, itself, dependency.left)
		assert.NotSame(t, dependency.left, built[*holder[int]](t, s, 0))
		assert.Same(t, dependency.left, built[*holder[pair]](t, s, 1).got.left)
	})

	t.Run("builds a handler that is provided as an interface", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(func() label { return "x" }, container.As(new(stringer))))
		assert.Equal(t, stringer(label("x")), built[stringer](t, newScope(t, compiled(t, c, rootOf[stringer]())), 0))
	})

	t.Run("builds a handler whose constructor is scoped", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, scoped(func() *holder[int] { return hold(1) }))
		s := newScope(t, compiled(t, c, rootOf[*holder[int]]()))
		assert.NotSame(t, built[*holder[int]](t, s, 0), built[*holder[int]](t, s, 0))
	})

	t.Run("may run in many scopes at once", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(text("singleton"), dig.Group("texts")), scoped(text("scoped"), dig.Group("texts")))
		plan := planFor[texts](t, c)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				s := newScope(t, plan)
				for range 50 {
					v, err := s.Build(0)
					if assert.NoError(t, err) {
						assert.Len(t, v.(*holder[texts]).got.All, 2)
					}
					container.Reset(s)
				}
			})
		}
		wg.Wait()
	})
}

func TestScope_Build_Panic(t *testing.T) {
	t.Parallel()

	t.Run("passes through and leaves the scope usable", func(t *testing.T) {
		t.Parallel()
		broken := true
		var c counter
		s := newScope(t, planFor[string](t, containerOf(t,
			scoped(c.make),
			scoped(func(*counted) int {
				if broken {
					panic("out of memory")
				}
				return 1
			}),
			scoped(func(c *counted, n int) string { return "built" }),
		)))
		for range 2 {
			assert.PanicsWithValue(t, "out of memory", func() { _, _ = s.Build(0) })
		}
		broken = false
		assert.Equal(t, "built", built[*holder[string]](t, s, 0).got)
		assert.Equal(t, 1, c.made, "what was built before the panic is kept")

		container.Reset(s)
		assert.Equal(t, "built", built[*holder[string]](t, s, 0).got)
		assert.Equal(t, 2, c.made)
	})

	t.Run("keeps the finalizers of what was built before", func(t *testing.T) {
		t.Parallel()
		var log []string
		s := newScope(t, planFor[string](t, containerOf(t,
			scoped(func() (int, container.Finalizer) { return 1, logTo(&log, "int") }),
			scoped(func(int) (string, container.Finalizer) { panic("out of memory") }),
		)))
		assert.Panics(t, func() { _, _ = s.Build(0) })
		require.NoError(t, finalizeAll(t, s, nil))
		assert.Equal(t, []string{"int: <nil>"}, log)
	})
}

func TestSingleton(t *testing.T) {
	t.Parallel()

	t.Run("keeps a bound handler one instance", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(func() *holder[int] { return hold(1) }, container.Singleton()))
		plan := compiled(t, c, rootOf[*holder[int]]())
		first := built[*holder[int]](t, newScope(t, plan), 0)
		assert.Same(t, first, built[*holder[int]](t, newScope(t, plan), 0))

		shared, ok := instanceOf(plan, 0)
		assert.True(t, ok)
		assert.Same(t, first, shared)

		var fromDig *holder[int]
		require.NoError(t, c.Invoke(func(h *holder[int]) { fromDig = h }))
		assert.Same(t, first, fromDig)
	})

	t.Run("is built by Compile", func(t *testing.T) {
		t.Parallel()
		var c counter
		container := containerOf(t, ctor(c.make, container.Singleton()))
		compiled(t, container, rootOf[*counted]())
		assert.Equal(t, 1, c.made)
	})

	t.Run("may provide more than one thing", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(func() (*holder[int], string) { return hold(1), "text" }, container.Singleton()))
		assert.Equal(t, 1, built[*holder[int]](t, newScope(t, compiled(t, c, rootOf[*holder[int]]())), 0).got)
	})

	t.Run("cannot need a scoped value", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, scoped(func() int { return 1 }), ctor(hold[int], container.Singleton()))
		fault := soleFault(t, c, rootOf[*holder[int]]())
		assert.ErrorIs(t, fault, container.ErrCaptive)
		assert.ErrorContains(t, fault, "container.Singleton()")
	})

	t.Run("differs from a plain handler", func(t *testing.T) {
		t.Parallel()
		plan := compiled(t, containerOf(t, ctor(func() *holder[int] { return hold(1) })), rootOf[*holder[int]]())
		_, ok := instanceOf(plan, 0)
		assert.False(t, ok)
	})
}
