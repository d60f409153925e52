package cqrs_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestMediator_Run(t *testing.T) {
	t.Parallel()

	t.Run("runs several sends in one scope, and dispatches their events at the end", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		leaving(a)
		on[first](a, noting[Left](a, "left"))
		on[second](a, noting[Left](a, "mail"), cqrs.AfterScope())
		err := a.start().Run(t.Context(), func(ctx context.Context, s cqrs.Sender) error {
			require.NoError(t, s.Send(ctx, Leave{N: 1}))
			require.NoError(t, s.Publish(ctx, Left{N: 9}))
			return s.Send(ctx, Leave{N: 2})
		})
		require.NoError(t, err)
		assert.Equal(t, []string{
			"leave 1 in 1", "leave 2 in 1", "left 1", "left 9", "left 2", "commit 1", "mail 1", "mail 9", "mail 2",
		}, a.notes())
	})

	t.Run("rolls everything back if the function fails", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		leaving(a)
		on[first](a, noting[Left](a, "left"))
		err := a.start().Run(t.Context(), func(ctx context.Context, s cqrs.Sender) error {
			require.NoError(t, s.Send(ctx, Leave{N: 1}))
			return errOther
		})
		assert.Same(t, errOther, err)
		assert.Equal(t, []string{"leave 1 in 1", "rollback 1"}, a.notes())
	})

	t.Run("rolls everything back if the function panics", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		leaving(a)
		err := a.start().Run(t.Context(), func(ctx context.Context, s cqrs.Sender) error {
			require.NoError(t, s.Send(ctx, Leave{N: 1}))
			panic(errOther)
		})
		var p *cqrs.PanicError
		require.ErrorAs(t, err, &p)
		require.ErrorIs(t, err, errOther)
		assert.Nil(t, p.Handler)
		assert.Equal(t, []string{"leave 1 in 1", "rollback 1"}, a.notes())
	})

	t.Run("rolls everything back if an in-scope delivery fails", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		leaving(a)
		on[first](a, func(context.Context, *self[nothing], Left) error { return errHandler })
		err := a.start().Run(t.Context(), func(ctx context.Context, s cqrs.Sender) error {
			return s.Send(ctx, Leave{N: 1})
		})
		require.ErrorIs(t, err, errHandler)
		assert.Equal(t, []string{"leave 1 in 1", "rollback 1"}, a.notes())
	})

	t.Run("ends its Sender when it returns", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		leaving(a)
		m := a.start()
		var kept cqrs.Sender
		require.NoError(t, m.Run(t.Context(), func(_ context.Context, s cqrs.Sender) error { kept = s; return nil }))
		require.ErrorIs(t, kept.Send(t.Context(), Leave{}), cqrs.ErrRequestEnded)
		require.Error(t, m.Run(t.Context(), func(_ context.Context, s cqrs.Sender) error { kept = s; return errOther }))
		require.ErrorIs(t, kept.Send(t.Context(), Leave{}), cqrs.ErrRequestEnded)
	})

	t.Run("rejects a nil context and a nil function", func(t *testing.T) {
		t.Parallel()
		m := newApp(t).start()
		var none context.Context
		require.ErrorIs(t, m.Run(none, func(context.Context, cqrs.Sender) error { panic("called") }), cqrs.ErrNilContext)
		require.ErrorIs(t, m.Run(t.Context(), nil), cqrs.ErrNilFunc)
	})
}

func TestMediator_Publish(t *testing.T) {
	t.Parallel()

	t.Run("runs in-scope handlers in one scope, and then after-scope handlers", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		on[second](a, noting[Joined](a, "mail"), cqrs.AfterScope())
		on[first](a, func(_ context.Context, h *self[*tx], e Joined) error {
			a.note("joined %d in %d", e.N, h.need.id)
			return nil
		})
		require.NoError(t, a.start().Publish(t.Context(), joined(1, 2)...))
		assert.Equal(t, []string{"joined 1 in 1", "joined 2 in 1", "commit 1", "mail 1", "mail 2"}, a.notes())
	})

	t.Run("rolls back if an in-scope handler fails", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		on[first](a, func(_ context.Context, h *self[*tx], e Joined) error { return errHandler })
		on[second](a, noting[Joined](a, "mail"), cqrs.AfterScope())
		err := a.start().Publish(t.Context(), joined(1, 2)...)
		require.ErrorIs(t, err, errHandler)
		require.Len(t, eventErrors(err), 1)
		assert.Equal(t, []reflect.Type{reflect.TypeFor[Joined]()}, eventErrors(err)[0].NotDelivered)
		assert.Equal(t, []string{"rollback 1"}, a.notes())
	})

	t.Run("does nothing without events", func(t *testing.T) {
		t.Parallel()
		require.NoError(t, newApp(t).start().Publish(t.Context()))
	})
}

func TestMediator_Nil(t *testing.T) {
	t.Parallel()

	t.Run("is an error, as a nil Sender is", func(t *testing.T) {
		t.Parallel()
		var m *cqrs.Mediator
		require.ErrorIs(t, m.Send(t.Context(), Join{}), cqrs.ErrNilMediator)
		require.ErrorIs(t, m.Publish(t.Context(), Joined{}), cqrs.ErrNilMediator)
		require.ErrorIs(t, m.Run(t.Context(), nil), cqrs.ErrNilMediator)
		for _, s := range []cqrs.Sender{nil, m} {
			_, err := cqrs.Send(t.Context(), s, Join{})
			require.ErrorIs(t, err, cqrs.ErrNilMediator)
			_, err = testkit.Drain(cqrs.Stream(t.Context(), s, Export{}))
			require.ErrorIs(t, err, cqrs.ErrNilMediator)
		}
	})
}
