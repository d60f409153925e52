package container_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
)

func TestContainer_Compile_Cycle(t *testing.T) {
	t.Parallel()

	t.Run("finds a cycle that no handler meets, once", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t,
			scoped(func(levelB) levelA { return levelA{} }),
			scoped(func(levelC) levelB { return levelB{} }),
			scoped(func(levelA) levelC { return levelC{} }),
		)
		fault := soleFault(t, c)
		require.Equal(t, container.ErrCycle, fault.Reason)
		assert.ErrorContains(t, fault, "cycle_test.go:")
	})

	t.Run("finds a cycle that handlers meet, once", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t,
			scoped(func(levelB) levelA { return levelA{} }),
			scoped(func(levelA) levelB { return levelB{} }),
			ctor(hold[levelA]), ctor(hold[levelB]),
		)
		assert.ErrorIs(t, soleFault(t, c, rootOf[*holder[levelA]](), rootOf[*holder[levelB]]()), container.ErrCycle)
	})

	t.Run("finds a cycle through a group", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t,
			scoped(func(texts) levelA { return levelA{} }),
			scoped(func(levelA) string { return "" }, dig.Group("texts")),
		)
		assert.ErrorIs(t, soleFault(t, c), container.ErrCycle)
	})

	t.Run("rejects a constructor that needs itself directly", func(t *testing.T) {
		t.Parallel()
		for _, opts := range [][]dig.ProvideOption{nil, {container.Scoped()}} {
			err := container.New().Provide(func(levelA) levelA { return levelA{} }, opts...)
			require.ErrorIs(t, err, container.ErrRefused)
			assert.ErrorContains(t, err, "cycle")
		}
	})

	t.Run("leaves a cycle of singletons to dig", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(func(levelB) levelA { return levelA{} }))
		err := c.Provide(func(levelA) levelB { return levelB{} })
		require.ErrorIs(t, err, container.ErrRefused)
		fault, ok := errors.AsType[*container.Error](err)
		require.True(t, ok)
		assert.True(t, dig.IsCycleDetected(fault.Cause))
	})

	t.Run("does not mistake a decorator that needs the value it decorates for a cycle", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, scoped(text("value")))
		decorated(t, c, plus("1"))
		decorated(t, c, plus("2"), container.Scoped())
		assert.Equal(t, "value12", inRequest[string](t, c))
	})

	t.Run("reports a cycle through a replacement or a default once, whoever finds it", func(t *testing.T) {
		t.Parallel()
		var opts []dig.Option
		for _, create := range []func() *container.Container{
			func() *container.Container { return container.New(opts...) },
			func() *container.Container { return container.Wrap(dig.New(opts...)) },
		} {
			for _, opts = range [][]dig.Option{nil, {dig.DeferAcyclicVerification()}} {
				withDefault, withReplacement := create(), create()
				require.NoError(t, withDefault.ProvideDefault(func(int) string { return "" }))
				replaceIn(t, withReplacement, ctor(func(int) string { return "" }))
				provideTo(t, withReplacement, ctor(text("real")))
				for _, c := range []*container.Container{withDefault, withReplacement} {
					provideTo(t, c, ctor(func(string) int { return 1 }))
					for range 2 {
						require.ErrorContains(t, c.Invoke(func(int) {}), "cycle")
						require.ErrorIs(t, soleFault(t, c), container.ErrCycle)
					}
				}
			}
		}
	})

	t.Run("reports a cycle through a default that only dig can see", func(t *testing.T) {
		t.Parallel()
		raw := dig.New()
		c := container.Wrap(raw)
		require.NoError(t, raw.Provide(func(string) int { return 1 }))
		require.NoError(t, c.ProvideDefault(func(int) string { return "" }))
		require.ErrorIs(t, c.Invoke(func(int) {}), container.ErrRefused)
		for range 2 {
			require.ErrorIs(t, soleFault(t, c), container.ErrRefused)
		}
	})
}
