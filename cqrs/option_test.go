package cqrs_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
)

func TestAttached(t *testing.T) {
	t.Parallel()

	type limit int

	t.Run("returns the last value of the type, or the last that implements it", func(t *testing.T) {
		t.Parallel()
		var m cqrs.RequestMap
		cqrs.BindCommand[*joinHandler](&m, cqrs.Attach(limit(1)), cqrs.Attach("text"),
			cqrs.Attach(limit(2)), cqrs.Attach(errOther), cqrs.Attach(nil))
		b := m.Bindings()[0]
		n, ok := cqrs.Attached[limit](b)
		assert.True(t, ok)
		assert.Equal(t, limit(2), n)
		text, ok := cqrs.Attached[string](b)
		assert.True(t, ok)
		assert.Equal(t, "text", text)
		err, ok := cqrs.Attached[error](b)
		assert.True(t, ok)
		assert.Same(t, errOther, err)
		i, ok := cqrs.Attached[int](b)
		assert.False(t, ok)
		assert.Zero(t, i)
	})

	t.Run("returns the values of the binding to its middleware", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		see := with(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			n, ok := cqrs.Attached[limit](in.Binding())
			a.note("%T: %d %v", in.Message(), n, ok)
			return next(ctx, in)
		})
		bindTarget(a, commandTo[first](a, func(context.Context, *self[nothing], Join) error { return nil }),
			cqrs.Attach(limit(3)))
		bindTarget(a, commandTo[first](a, func(context.Context, *self[nothing], Leave) error { return nil }))
		on[first](a, func(context.Context, *self[nothing], Joined) error { return nil }, cqrs.Attach(limit(4)))
		on[second](a, func(context.Context, *self[nothing], Joined) error { return nil })
		m := a.start(see)
		require.NoError(t, m.Send(t.Context(), Join{}))
		require.NoError(t, m.Send(t.Context(), Leave{}))
		require.NoError(t, m.Publish(t.Context(), Joined{}))
		assert.Equal(t, []string{
			"cqrs_test.Join: 3 true", "cqrs_test.Leave: 0 false", "cqrs_test.Joined: 4 true", "cqrs_test.Joined: 0 false",
		}, a.notes())
	})
}
