package container_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

func TestContainer_Compile_ProbesDig(t *testing.T) {
	t.Parallel()

	t.Run("finds the one that is there among many missing ones", func(t *testing.T) {
		t.Parallel()
		const size = 250
		for _, provided := range [][]int{{}, {1}, {99, 100}, {size}, {3, 50, 51, 99, 100, 101, 199, 200, 249}} {
			raw := dig.New()
			asker := &numberedCtor{}
			for n := range size {
				asker.needs = append(asker.needs, n+1)
			}
			for _, n := range provided {
				require.NoError(t, raw.Provide((&numberedCtor{}).fn(n)))
			}
			c := container.Wrap(raw)
			require.NoError(t, c.Provide(asker.fn(0)))
			_, err := c.Compile([]wiring.Root{{Type: numbered(0), Dependency: true}})
			assert.Len(t, faults(t, err), size-len(provided))
		}
	})

	t.Run("leaves dig as it was", func(t *testing.T) {
		t.Parallel()
		raw := dig.New()
		require.NoError(t, raw.Provide(func() int { return 1 }))
		before, _, _ := strings.Cut(raw.String(), "values")
		c := container.Wrap(raw)
		roots := []wiring.Root{asked[int]("one"), asked[string]("another"), asked[error]("a third")}
		assert.Len(t, compileError(t, c, roots...), 2)
		after, _, _ := strings.Cut(raw.String(), "values")
		assert.Equal(t, before, after)
		require.NoError(t, raw.Provide(func() string { return "" }))
		assert.Len(t, compileError(t, c, roots...), 1)
	})
}

// Values that were provided directly to dig are built like all others.
func TestContainer_Compile_WhatDigWasGiven(t *testing.T) {
	t.Parallel()
	type optional struct {
		dig.In
		A levelA `optional:"true"`
		N *int   `optional:"true"`
	}
	wrapped := func(t *testing.T, ctors ...any) *container.Container {
		raw := dig.New()
		for _, fn := range ctors {
			require.NoError(t, raw.Provide(fn))
		}
		return container.Wrap(raw)
	}

	t.Run("is absent if it lacks something and is optional", func(t *testing.T) {
		t.Parallel()
		newN := func(levelD) *int { return new(int) }
		for _, opts := range [][]dig.ProvideOption{nil, {container.Scoped()}} {
			c := wrapped(t, newN)
			require.NoError(t, c.Provide(func(o optional) levelB { assert.Nil(t, o.N); return levelB{} }, opts...))
			provideTo(t, c, ctor(func(_ levelB, o optional) *holder[*int] { return hold(o.N) }))
			assert.Nil(t, built[*holder[*int]](t, newScope(t, compiled(t, c, rootOf[*holder[*int]]())), 0).got)
		}
	})

	t.Run("is reported once if it fails, however many need it", func(t *testing.T) {
		t.Parallel()
		calls := 0
		c := wrapped(t, func() (levelA, error) { calls++; return levelA{}, errDown })
		provideTo(t, c,
			ctor(func(levelA) levelB { return levelB{} }),
			ctor(func(optional) levelC { return levelC{} }),
			scoped(func(levelA, levelB, levelC) levelD { return levelD{} }),
			ctor(hold[levelD]), ctor(hold[levelA]), ctor(hold[levelB]),
		)
		fault := soleFault(t, c, rootOf[*holder[levelD]](), rootOf[*holder[levelA]](), rootOf[*holder[levelB]]())
		require.ErrorIs(t, fault, errDown)
		assert.Equal(t, 1, calls)
	})

	t.Run("is decorated after what the decorator needs", func(t *testing.T) {
		t.Parallel()
		var log []string
		c := wrapped(t, func() string { log = append(log, "value"); return "value" })
		provideTo(t, c, ctor(func() int { log = append(log, "need"); return 1 }), ctor(hold[string]))
		decorated(t, c, func(_ int, s string) string { return s + "!" })
		assert.Equal(t, "value!", built[*holder[string]](t, newScope(t, compiled(t, c, rootOf[*holder[string]]())), 0).got)
		assert.Equal(t, []string{"need", "value"}, log)
	})
}
