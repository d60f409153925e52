package container_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
)

// dig never reaches a stub through a soft group, so Invoke looks for soft groups itself.
func TestContainer_Invoke_soft_groups(t *testing.T) {
	t.Parallel()
	type (
		soft struct {
			dig.In
			All []string `group:"texts,soft"`
		}
		nested struct {
			dig.In
			Soft soft
		}
	)
	inScope := scoped(text("scoped"), dig.Group("texts"))
	newA := ctor(func(soft) levelA { return levelA{} })
	single := ctor(text("singleton"), dig.Group("texts"))

	for name, row := range map[string]struct {
		all []provided
		fn  any
	}{
		"itself":              {nil, func(soft) {}},
		"in a nested struct":  {nil, func(nested) {}},
		"through a singleton": {[]provided{newA}, func(levelA) {}},
		"through two":         {[]provided{newA, ctor(func(levelA) levelB { return levelB{} })}, func(levelB) {}},
		"through the member of another": {[]provided{ctor(func(soft) int { return 1 }, dig.Group("n"))}, func(struct {
			dig.In
			All []int `group:"n"`
		}) {
		}},
		"through what a handler needs": {[]provided{ctor(func(soft) *holder[int] { return hold(1) })}, func(*holder[int]) {}},
	} {
		t.Run("refuses a function that asks for scoped members "+name, func(t *testing.T) {
			t.Parallel()
			c := containerOf(t, append(row.all, single, inScope)...)
			require.ErrorIs(t, c.Invoke(row.fn), container.ErrScoped)
		})
	}

	t.Run("rejects it through a decorator", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, single, inScope, ctor(func() int { return 1 }))
		decorated(t, c, func(n int, _ soft) int { return n })
		require.ErrorIs(t, c.Invoke(func(int) {}), container.ErrScoped)
	})

	t.Run("gives the built members of a group of singletons", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, single, scoped(text("scoped"), dig.Group("others")))
		require.NoError(t, c.Invoke(func(in soft) { assert.Empty(t, in.All) }))
		require.NoError(t, c.Invoke(func(texts) {}))
		require.NoError(t, c.Invoke(func(in soft) { assert.Equal(t, []string{"singleton"}, in.All) }))
	})

	t.Run("lets other functions ask for unrelated values", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, single, inScope, ctor(func() int { return 1 }), ctor(func(soft) levelA { return levelA{} }))
		require.NoError(t, c.Invoke(func(int) {}))
	})
}
