package container_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

func TestPlan_Free(t *testing.T) {
	t.Parallel()

	t.Run("builds a new handler each time if it needs only singletons", func(t *testing.T) {
		t.Parallel()
		var c counter
		build := planFor[*counted](t, containerOf(t, ctor(c.make))).Factories[0].New
		require.NotNil(t, build)
		first, err := build()
		require.NoError(t, err)
		second, err := build()
		require.NoError(t, err)
		assert.NotSame(t, first, second)
		assert.Same(t, first.(*holder[*counted]).got, second.(*holder[*counted]).got)
	})

	t.Run("returns the error that Build returns", func(t *testing.T) {
		t.Parallel()
		cause := errors.New("no connection")
		plan := compiled(t, containerOf(t, ctor(func() (*holder[int], error) { return nil, cause })), rootOf[*holder[int]]())
		_, err := plan.Factories[0].New()
		require.ErrorIs(t, err, cause)
		_, want := newScope(t, plan).Build(0)
		assert.Equal(t, want, err)
	})

	for name, all := range map[string][]provided{
		"needs a scoped value": {scoped(func() int { return 1 }), ctor(hold[int])},
		"has a finalizer": {ctor(func() (*holder[int], container.Finalizer) {
			return hold(1), func(context.Context, error) error { return nil }
		})},
		"needs the context": {ctor(func(context.Context) *holder[int] { return hold(1) })},
		"is a singleton":    {ctor(func() *holder[int] { return hold(1) }, container.Singleton())},
	} {
		t.Run("is nil if the handler "+name, func(t *testing.T) {
			t.Parallel()
			assert.Nil(t, compiled(t, containerOf(t, all...), rootOf[*holder[int]]()).Factories[0].New)
		})
	}
}

func TestPlan_NewScope_WithoutSupplier(t *testing.T) {
	t.Parallel()
	c := containerOf(t, scoped(func(ctx context.Context) levelA {
		require.NoError(t, ctx.Err())
		return levelA{}
	}), ctor(func(ctx context.Context, _ levelA, supplied *levelB) *holder[context.Context] {
		assert.Nil(t, supplied)
		return hold(ctx)
	}))
	plan, err := c.Compile([]wiring.Root{rootOf[*holder[context.Context]]()}, wiring.Supplied[*levelB]())
	require.NoError(t, err)
	handler, err := plan.NewScope(nil).Build(0)
	require.NoError(t, err)
	assert.Equal(t, context.Background(), handler.(*holder[context.Context]).got)
}
