package container_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
)

func TestWrap(t *testing.T) {
	t.Parallel()

	t.Run("finds the singletons that dig has, built or not", func(t *testing.T) {
		t.Parallel()
		type in struct {
			dig.In
			Built   *counted
			Unbuilt *counted `name:"unbuilt"`
			Scoped  string
		}
		var c counter
		raw := dig.New()
		require.NoError(t, raw.Provide(c.make))
		require.NoError(t, raw.Provide(c.make, dig.Name("unbuilt")))
		var first *counted
		require.NoError(t, raw.Invoke(func(v *counted) { first = v }))

		wrapped := container.Wrap(raw)
		provideTo(t, wrapped, scoped(func(v *counted) string { return "scoped" }))
		plan := planFor[in](t, wrapped)
		one, two := built[*holder[in]](t, newScope(t, plan), 0).got, built[*holder[in]](t, newScope(t, plan), 0).got
		assert.Same(t, first, one.Built)
		assert.Same(t, first, two.Built)
		assert.Same(t, one.Unbuilt, two.Unbuilt)
		assert.Equal(t, 2, c.made)
	})

	t.Run("finds what is provided to dig later", func(t *testing.T) {
		t.Parallel()
		raw := dig.New()
		c := container.Wrap(raw)
		require.NoError(t, raw.Provide(text("later")))
		assert.Equal(t, "later", inRequest[string](t, c))
	})

	t.Run("gives dig the singletons that are provided to it", func(t *testing.T) {
		t.Parallel()
		raw := dig.New()
		provideTo(t, container.Wrap(raw), ctor(text("value")))
		require.NoError(t, raw.Invoke(func(s string) { assert.Equal(t, "value", s) }))
	})

	t.Run("finds members of a group that dig has", func(t *testing.T) {
		t.Parallel()
		raw := dig.New()
		require.NoError(t, raw.Provide(text("raw"), dig.Group("texts")))
		c := container.Wrap(raw)
		provideTo(t, c, ctor(text("singleton"), dig.Group("texts")), scoped(text("scoped"), dig.Group("texts")))
		assert.ElementsMatch(t, []string{"raw", "singleton", "scoped"}, inRequest[texts](t, c).All)
	})

	t.Run("obeys decorators that dig has", func(t *testing.T) {
		t.Parallel()
		type in struct {
			dig.In
			Text string
			All  []string `group:"texts"`
		}
		raw := dig.New()
		require.NoError(t, raw.Provide(text("value")))
		require.NoError(t, raw.Provide(text("a"), dig.Group("texts")))
		require.NoError(t, raw.Decorate(plus("!")))
		require.NoError(t, raw.Decorate(func(texts) textsOut { return textsOut{All: []string{"x"}} }))
		c := container.Wrap(raw)
		decorated(t, c, plus("?"), container.Scoped())
		got := inRequest[in](t, c)
		assert.Equal(t, "value!?", got.Text)
		assert.Equal(t, []string{"x"}, got.All)
	})

	t.Run("gives optional parameters the values that dig has", func(t *testing.T) {
		t.Parallel()
		raw := dig.New()
		require.NoError(t, raw.Provide(func() int { return 1 }))
		assert.Equal(t, 1, inRequest[optionalInt](t, container.Wrap(raw)).Value)
	})

	t.Run("rejects a second constructor of a value that dig has", func(t *testing.T) {
		t.Parallel()
		for _, opts := range [][]dig.ProvideOption{nil, {container.Scoped()}} {
			raw := dig.New()
			require.NoError(t, raw.Provide(text("value")))
			err := container.Wrap(raw).Provide(text("another"), opts...)
			require.ErrorIs(t, err, container.ErrRefused)
			assert.ErrorContains(t, err, "already provided")
		}
	})

	t.Run("makes dig reject a second constructor of a scoped value", func(t *testing.T) {
		t.Parallel()
		raw := dig.New()
		provideTo(t, container.Wrap(raw), scoped(text("value")))
		assert.ErrorContains(t, raw.Provide(text("another")), "already provided")
	})

	t.Run("rejects a handler that dig has", func(t *testing.T) {
		t.Parallel()
		raw := dig.New()
		require.NoError(t, raw.Provide(func() *holder[int] { return hold(1) }))
		assert.ErrorIs(t, soleFault(t, container.Wrap(raw), rootOf[*holder[int]]()), container.ErrHandler)
	})

	t.Run("reports to a raw singleton that its dependency is scoped", func(t *testing.T) {
		t.Parallel()
		raw := dig.New()
		require.NoError(t, raw.Provide(func(string) int { return 1 }))
		c := container.Wrap(raw)
		provideTo(t, c, scoped(text("value")), ctor(hold[int]))
		fault := soleFault(t, c, rootOf[*holder[int]]())
		require.ErrorIs(t, fault, container.ErrScoped)
		assert.ErrorContains(t, fault, "group_test.go:", "where the scoped constructor is")
		assert.ErrorIs(t, raw.Invoke(func(int) {}), container.ErrScoped)
	})

	t.Run("reports to a raw singleton that its group has scoped members", func(t *testing.T) {
		t.Parallel()
		raw := dig.New()
		require.NoError(t, raw.Provide(func(texts) int { return 1 }))
		c := container.Wrap(raw)
		provideTo(t, c, scoped(text("value"), dig.Group("texts")), ctor(hold[int]))
		assert.ErrorIs(t, soleFault(t, c, rootOf[*holder[int]]()), container.ErrScoped)
	})

	t.Run("reports a raw singleton that lacks something", func(t *testing.T) {
		t.Parallel()
		raw := dig.New()
		require.NoError(t, raw.Provide(func(string) int { return 1 }))
		c := container.Wrap(raw)
		provideTo(t, c, ctor(hold[int]))
		assert.ErrorContains(t, soleFault(t, c, rootOf[*holder[int]]()), "missing")
	})

	t.Run("reports a raw singleton that fails", func(t *testing.T) {
		t.Parallel()
		cause := errors.New("no connection")
		raw := dig.New()
		require.NoError(t, raw.Provide(func() (int, error) { return 0, cause }))
		c := container.Wrap(raw)
		provideTo(t, c, ctor(hold[int]))
		fault := soleFault(t, c, rootOf[*holder[int]]())
		require.ErrorIs(t, fault, cause)
		assert.ErrorIs(t, fault, container.ErrBuild)
	})

	t.Run("may wrap a dig container again, without access to the scoped values of the first", func(t *testing.T) {
		t.Parallel()
		raw := dig.New()
		require.NoError(t, raw.Provide(func() int { return 7 }))
		first, second := container.Wrap(raw), container.Wrap(raw)
		require.NoError(t, first.Provide(func() string { return "scoped" }, container.Scoped()))
		assert.Equal(t, 7, inRequest[int](t, second))
		assert.ErrorIs(t, inRequestError[string](t, second), container.ErrScoped)
	})
}

func TestContainer_Invoke(t *testing.T) {
	t.Parallel()

	t.Run("calls the function with singletons, as dig does", func(t *testing.T) {
		t.Parallel()
		cause := errors.New("from the function")
		c := containerOf(t, ctor(text("value")), ctor(text("a"), dig.Group("texts")))
		decorated(t, c, plus("!"))
		err := c.Invoke(func(s string, in texts) error {
			assert.Equal(t, "value!", s)
			assert.Equal(t, []string{"a"}, in.All)
			return cause
		})
		assert.Equal(t, cause, err)
	})

	t.Run("passes on options", func(t *testing.T) {
		t.Parallel()
		var info dig.InvokeInfo
		require.NoError(t, containerOf(t, ctor(text("value"))).Invoke(func(string) {}, dig.FillInvokeInfo(&info)))
		assert.Len(t, info.Inputs, 1)
	})

	t.Run("rejects a function that needs something scoped, every time", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t,
			scoped(func() int { return 1 }),
			scoped(text("scoped"), dig.Group("texts")),
			ctor(text("singleton"), dig.Group("texts")),
			ctor(hold[texts]), ctor(hold[int]),
		)
		refused := func() {
			t.Helper()
			for range 2 {
				assert.ErrorIs(t, c.Invoke(func(int) {}), container.ErrScoped)
				assert.ErrorIs(t, c.Invoke(func(texts) {}), container.ErrScoped)
				assert.ErrorIs(t, c.Invoke(func(optionalInt) {}), container.ErrScoped)
				assert.ErrorIs(t, c.Invoke(func(*holder[int]) {}), container.ErrScoped)
			}
		}
		refused()
		for range 2 {
			compiled(t, c, rootOf[*holder[texts]](), rootOf[*holder[int]]())
			refused()
		}
	})

	t.Run("rejects a group whose scoped members came later", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(text("singleton"), dig.Group("texts")))
		require.NoError(t, c.Invoke(func(texts) {}))
		provideTo(t, c, scoped(text("scoped"), dig.Group("texts")))
		assert.ErrorIs(t, c.Invoke(func(texts) {}), container.ErrScoped)
		assert.Equal(t, []string{"singleton", "scoped"}, inRequest[texts](t, c).All)
	})

	t.Run("runs no constructor that is scoped", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, scoped(func() int { panic("must not run") }))
		assert.ErrorIs(t, c.Invoke(func(int) {}), container.ErrScoped)
	})
}
