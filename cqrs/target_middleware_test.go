package cqrs_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
)

func TestChain_Middleware(t *testing.T) {
	t.Parallel()

	t.Run("wraps all links once", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		_, err := sendCount(t, a, cqrs.Chain(passes[first](a, "1"), counts[second](a, "2", 22, nil)),
			cqrs.WithMiddleware(around(a, "m")))
		require.NoError(t, err)
		assert.Equal(t, []string{"m: command cqrs_test.Count", "build 1", "run 1", "build 2", "run 2", "m: end"}, a.notes())
	})

	t.Run("sees that no link has answered", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		got, err := sendCount(t, a, cqrs.Chain(passes[first](a, "1")), cqrs.WithMiddleware(cqrs.MiddlewareFunc(
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				_, err := next(ctx, in)
				_, is := errors.AsType[*cqrs.NotHandledError](err)
				assert.True(t, is)
				return 7, nil
			})))
		require.NoError(t, err)
		assert.Equal(t, 7, got)
	})

	t.Run("that retries starts with the first link, and keeps the events of the last attempt", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		attempt := 0
		link := func(err func() error) func(context.Context, *self[nothing], Count) (int, error) {
			return func(_ context.Context, h *self[nothing], _ Count) (int, error) {
				h.Record(Joined{N: attempt})
				return attempt, err()
			}
		}
		got, err := sendCount(t, a, cqrs.Chain(
			requestTo[first](a, link(func() error { attempt++; return cqrs.ErrNotHandled })),
			requestTo[second](a, link(func() error {
				if attempt == 1 {
					return errHandler
				}
				return nil
			}))), cqrs.WithMiddleware(cqrs.MiddlewareFunc(twice)))
		require.NoError(t, err)
		assert.Equal(t, 2, got)
		assert.Equal(t, []string{"joined 1", "joined 2"}, a.notes(), "the first link records before it counts")
	})

	// rescue recovers from any error. The events of a failed call of next are dropped.
	rescue := cqrs.WithMiddleware(cqrs.MiddlewareFunc(
		func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			_, err := next(ctx, in)
			require.Error(t, err)
			return 7, nil
		}))

	t.Run("that recovers from a failed chain drops the events of links that passed on", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		got, err := sendCount(t, a, cqrs.Chain(passes[first](a, "1", joined(1)...),
			counts[second](a, "2", 0, errHandler, joined(2)...)), rescue)
		require.NoError(t, err)
		assert.Equal(t, 7, got)
		assert.Equal(t, []string{"build 1", "run 1", "build 2", "run 2"}, a.notes())
	})

	t.Run("that answers when no link has drops the events of links that passed on", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		got, err := sendCount(t, a, cqrs.Chain(passes[first](a, "1", joined(1)...), passes[second](a, "2", joined(2)...)),
			rescue)
		require.NoError(t, err)
		assert.Equal(t, 7, got)
		assert.Equal(t, []string{"build 1", "run 1", "build 2", "run 2"}, a.notes())
	})

	t.Run("that recovers from a panic in a chain drops the events of links that passed on", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		target := cqrs.Chain(passes[first](a, "1", joined(1)...),
			requestTo[second](a, func(context.Context, *self[nothing], Count) (int, error) { panic(errPanic) }))
		got, err := sendCount(t, a, target, rescue)
		require.NoError(t, err)
		assert.Equal(t, 7, got)
		assert.Equal(t, []string{"build 1", "run 1"}, a.notes())
	})

	t.Run("that recovers from a failed chain of an event drops the events of links that passed on", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		bindEventTarget(a, cqrs.Chain(
			eventTo[first](a, func(_ context.Context, h *self[nothing], _ Joined) error {
				h.Record(Left{N: 1})
				return cqrs.ErrNotHandled
			}),
			eventTo[second](a, func(context.Context, *self[nothing], Joined) error { return errHandler }),
		), cqrs.WithMiddleware(cqrs.MiddlewareFunc(
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				_, err := next(ctx, in)
				require.ErrorIs(t, err, errHandler)
				return nil, nil
			})))
		on[first](a, noting[Left](a, "left"))
		require.NoError(t, a.start().Publish(t.Context(), Joined{}))
		assert.Empty(t, a.notes())
	})
}

func TestErrNotHandled(t *testing.T) {
	t.Parallel()

	t.Run("is returned like any other error", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		_, err := sendCount(t, a, passes[first](a, "1", joined(1)...))
		assert.Equal(t, cqrs.ErrNotHandled, err)
		assert.Equal(t, []string{"build 1", "run 1"}, a.notes())
	})

	rescue := cqrs.WithMiddleware(cqrs.MiddlewareFunc(
		func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			_, err := next(ctx, in)
			require.ErrorIs(t, err, cqrs.ErrNotHandled)
			if in.Kind() == cqrs.KindEvent {
				return nil, nil
			}
			return 7, nil
		}))

	t.Run("drops the events of a request even if middleware recovers", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		_, err := sendCount(t, a, passes[first](a, "1", joined(1)...), rescue)
		require.NoError(t, err)
		assert.Equal(t, []string{"build 1", "run 1"}, a.notes())
	})

	t.Run("drops the events of an event handler even if middleware recovers", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on[first](a, func(_ context.Context, h *self[nothing], _ Joined) error {
			h.Record(Left{N: 1})
			return cqrs.ErrNotHandled
		}, rescue)
		on[first](a, noting[Left](a, "left"))
		require.NoError(t, a.start().Publish(t.Context(), Joined{}))
		assert.Empty(t, a.notes())
	})
}
