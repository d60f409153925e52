package cqrs_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestAroundScope_Done(t *testing.T) {
	t.Parallel()

	failing := func(t *testing.T) *app {
		a := counting(t, 1)
		on[third](a, func(context.Context, *self[nothing], Joined) error { return errOther }, cqrs.AfterScope())
		return a
	}

	t.Run("errors come with the result, and can be returned unchanged", func(t *testing.T) {
		t.Parallel()
		a := failing(t)
		got, err := cqrs.Send(t.Context(), a.start(aroundScope(onlyKind(cqrs.KindCommand,
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				result, err := next(ctx, in)
				assert.Equal(t, 1, result)
				require.ErrorIs(t, err, errOther)
				assert.True(t, cqrs.Done(err))
				return result, err
			}))), Count{})
		assert.Equal(t, 1, got)
		require.ErrorIs(t, err, errOther)
		assert.True(t, cqrs.Done(err))
		assert.Equal(t, []string{"count in 1", "joined 1", "commit 1", "mail 1"}, a.notes())
	})

	t.Run("errors can be returned with a different result", func(t *testing.T) {
		t.Parallel()
		got, err := cqrs.Send(t.Context(), failing(t).start(aroundScope(onlyKind(cqrs.KindCommand,
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				_, err := next(ctx, in)
				return 9, err
			}))), Count{})
		assert.Equal(t, 9, got)
		assert.True(t, cqrs.Done(err))
	})

	t.Run("errors can be discarded", func(t *testing.T) {
		t.Parallel()
		got, err := cqrs.Send(t.Context(), failing(t).start(aroundScope(onlyKind(cqrs.KindCommand,
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				result, _ := next(ctx, in)
				return result, nil
			}))), Count{})
		require.NoError(t, err)
		assert.Equal(t, 1, got)
	})

	t.Run("errors that are joined with another fail the request", func(t *testing.T) {
		t.Parallel()
		got, err := cqrs.Send(t.Context(), failing(t).start(aroundScope(onlyKind(cqrs.KindCommand,
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				result, err := next(ctx, in)
				return result, errors.Join(err, errHandler)
			}))), Count{})
		assert.Zero(t, got)
		require.ErrorIs(t, err, errOther)
		assert.False(t, cqrs.Done(err))
	})

	t.Run("errors without the result fail the request, and are kept", func(t *testing.T) {
		t.Parallel()
		got, err := cqrs.Send(t.Context(), failing(t).start(aroundScope(onlyKind(cqrs.KindCommand,
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				_, err := next(ctx, in)
				return nil, err
			}))), Count{})
		assert.Zero(t, got)
		require.ErrorIs(t, err, cqrs.ErrResultType)
		require.ErrorIs(t, err, errOther)
		assert.False(t, cqrs.Done(err), "there is no valid result")
	})

	// elsewhere returns the error of another request that is done.
	elsewhere := func(t *testing.T) cqrs.MiddlewareFunc {
		other := failing(t).start()
		return func(ctx context.Context, in *cqrs.Invocation, _ cqrs.Next) (any, error) {
			result, err := cqrs.Send(ctx, other, Count{})
			assert.True(t, cqrs.Done(err))
			return result, err
		}
	}

	t.Run("errors of another request fail a command", func(t *testing.T) {
		t.Parallel()
		got, err := cqrs.Send(t.Context(), failing(t).start(aroundScope(onlyKind(cqrs.KindCommand, elsewhere(t)))), Count{})
		require.ErrorIs(t, err, errOther)
		assert.False(t, cqrs.Done(err))
		assert.Zero(t, got)
	})

	t.Run("errors of another request fail a stream", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, itemsOf(1))
		around := elsewhere(t)
		_, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(aroundScope(
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				_, err := around(ctx, in, next)
				return nil, err
			})), Export{}))
		require.ErrorIs(t, err, errOther)
		assert.False(t, cqrs.Done(err), "the stream has not started")
	})

	t.Run("errors of another request fail PublishTo", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on[first](a, noting[Joined](a, "joined"), cqrs.SubscriptionName("first"))
		around := elsewhere(t)
		err := a.start(aroundScope(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			_, err := around(ctx, in, next)
			return nil, err
		})).PublishTo(t.Context(), "first", Joined{})
		require.ErrorIs(t, err, errOther)
		assert.False(t, cqrs.Done(err))
		assert.Empty(t, a.notes())
	})
}
