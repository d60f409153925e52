package container_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
)

// never returns a constructor of a T that must not run.
func never[T any]() func() T { return func() T { panic("must not run") } }

func provideDefaults(t *testing.T, c *container.Container, all ...provided) {
	t.Helper()
	for _, p := range all {
		require.NoError(t, c.ProvideDefault(p.ctor, p.opts...))
	}
}

func TestContainer_ProvideDefault(t *testing.T) {
	t.Parallel()
	lifetimes := map[string][]dig.ProvideOption{"": nil, " scoped": {container.Scoped()}}

	for lifetime, opts := range lifetimes {
		t.Run("is used if nothing else provides the value"+lifetime, func(t *testing.T) {
			t.Parallel()
			c := container.New()
			provideDefaults(t, c, ctor(text("default"), opts...))
			decorated(t, c, plus("!"))
			assert.Equal(t, "default!", inRequest[string](t, c))
		})
		t.Run("is not used if something else provides the value, before or after"+lifetime, func(t *testing.T) {
			t.Parallel()
			for _, first := range []bool{false, true} {
				for _, real := range lifetimes {
					c := container.New()
					if first {
						provideDefaults(t, c, ctor(never[string](), opts...))
					}
					provideTo(t, c, ctor(text("provided"), real...))
					if !first {
						provideDefaults(t, c, ctor(never[string](), opts...))
					}
					assert.Equal(t, "provided", inRequest[string](t, c))
				}
			}
		})
	}

	t.Run("is not used if an earlier default provides the value", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		provideDefaults(t, c, ctor(text("first")), ctor(never[string]()))
		assert.Equal(t, "first", inRequest[string](t, c))
	})

	t.Run("distinguishes names and the interfaces of As", func(t *testing.T) {
		t.Parallel()
		type in struct {
			dig.In
			Plain string
			Named string `name:"named"`
			As    any
		}
		c := containerOf(t, ctor(text("plain")))
		provideDefaults(t, c, ctor(text("named"), dig.Name("named")), ctor(text("as"), dig.As(new(any))),
			ctor(never[string]()))
		got := inRequest[in](t, c)
		assert.Equal(t, []any{"plain", "named", "as"}, []any{got.Plain, got.Named, got.As})
	})

	t.Run("provides the members of a group that has no others", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		provideDefaults(t, c, ctor(text("a"), dig.Group("texts")), scoped(text("b"), dig.Group("texts")))
		assert.Equal(t, []string{"a", "b"}, sortedTexts(inRequest[texts](t, c)))

		c = container.New()
		provideDefaults(t, c, ctor(never[string](), dig.Group("texts")), scoped(never[string](), dig.Group("texts")))
		provideTo(t, c, ctor(text("c"), dig.Group("texts")))
		assert.Equal(t, []string{"c"}, inRequest[texts](t, c).All)
	})

	t.Run("provides a group besides a value that nothing else provides", func(t *testing.T) {
		t.Parallel()
		type out struct {
			dig.Out
			Number int
			Text   string `group:"texts"`
		}
		c := containerOf(t, ctor(text("provided"), dig.Group("texts")))
		provideDefaults(t, c, ctor(func() out { return out{Number: 1, Text: "default"} }))
		assert.Equal(t, []string{"default", "provided"}, sortedTexts(inRequest[texts](t, c)))
	})

	t.Run("may be a handler, a singleton handler or a typed constructor", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(text("value")))
		provideDefaults(t, c, ctor(container.Typed(hold[string])),
			ctor(func() *holder[int] { return hold(1) }, container.Singleton()))
		plan := compiled(t, c, rootOf[*holder[string]](), rootOf[*holder[int]]())
		s := newScope(t, plan)
		assert.NotSame(t, built[*holder[string]](t, s, 0), built[*holder[string]](t, s, 0))
		assert.Same(t, built[*holder[int]](t, s, 1), built[*holder[int]](t, s, 1))
	})

	t.Run("is available to Invoke, and in use from then on", func(t *testing.T) {
		t.Parallel()
		for _, opts := range [][]dig.ProvideOption{nil, {dig.Group("texts")}} {
			c := container.New()
			provideDefaults(t, c, ctor(text("default"), opts...))
			provideTo(t, c, ctor(func() int { return 1 }))
			if opts == nil {
				require.NoError(t, c.Invoke(func(s string, _ int) { assert.Equal(t, "default", s) }))
			} else {
				require.NoError(t, c.Invoke(func(in texts, _ int) { assert.Equal(t, []string{"default"}, in.All) }))
			}
			err := c.Provide(text("late"), opts...)
			require.ErrorIs(t, err, container.ErrRefused)
			assert.ErrorContains(t, err, "default")
			provideDefaults(t, c, ctor(func() float64 { return 2 }), ctor(never[int]()))
			require.NoError(t, c.Invoke(func(f float64) { assert.Equal(t, 2.0, f) }))
		}
	})

	t.Run("is used as a whole or not at all", func(t *testing.T) {
		t.Parallel()
		both := func() (string, int) { panic("must not run") }
		c := containerOf(t, ctor(text("provided")))
		provideDefaults(t, c, ctor(both))
		require.ErrorIs(t, c.Invoke(func(string) {}), container.ErrDefault)
		require.ErrorIs(t, soleFault(t, c), container.ErrDefault)
		provideTo(t, c, ctor(func() int { return 1 }))
		assert.Equal(t, "provided", inRequest[string](t, c))
	})

	t.Run("is rejected at once if dig rejects the constructor", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.ErrorIs(t, c.ProvideDefault(func() {}), container.ErrRefused)
		require.ErrorIs(t, c.ProvideDefault(nil), container.ErrRefused)
		require.ErrorIs(t, c.ProvideDefault(text(""), nil), container.ErrRefused)
		assert.Len(t, compileError(t, c), 3)
	})

	t.Run("knows what was provided directly to a wrapped dig", func(t *testing.T) {
		t.Parallel()
		raw := dig.New()
		c := container.Wrap(raw)
		provideDefaults(t, c, ctor(never[string]()), scoped(func() int { return 1 }), ctor(func() float64 { return 2 }))
		require.NoError(t, raw.Provide(text("raw")))
		require.NoError(t, c.Invoke(func(f float64) { assert.Equal(t, 2.0, f) }))
		assert.Equal(t, "raw", inRequest[string](t, c))
		assert.Equal(t, 1, inRequest[int](t, c))
		require.ErrorIs(t, c.ProvideDefault(text(""), dig.Group("texts")), container.ErrRefused)
	})
}

func TestContainer_Provide_RefusedOnce(t *testing.T) {
	t.Parallel()
	// Compile reports the error in case the caller ignored it, but it can be called again.
	c := containerOf(t, ctor(text("first")))
	err := c.Provide(text("second"))
	require.ErrorIs(t, err, container.ErrRefused)
	require.Equal(t, err, error(soleFault(t, c)))
	assert.Equal(t, "first", inRequest[string](t, c))
}
