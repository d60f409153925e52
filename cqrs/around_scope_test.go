package cqrs_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// counting returns an application in which Count records Joined with the number of the
// attempt, and returns it. All attempts before the last fail. Joined is noted in the scope
// and after it.
func counting(t *testing.T, last int) *app {
	a := newApp(t).withTx()
	attempt := 0
	request(a, func(_ context.Context, h *self[*tx], _ Count) (int, error) {
		attempt++
		a.note("count in %d", h.need.id)
		h.Record(Joined{N: attempt})
		if attempt < last {
			return attempt, errHandler
		}
		return attempt, nil
	})
	on[first](a, noting[Joined](a, "joined"))
	on[second](a, noting[Joined](a, "mail"), cqrs.AfterScope())
	return a
}

func TestAroundScope(t *testing.T) {
	t.Parallel()

	t.Run("sees the outcome of the request, after its events, finalizers and after-scope deliveries", func(t *testing.T) {
		t.Parallel()
		a := counting(t, 1)
		got, err := cqrs.Send(t.Context(), a.start(aroundScope(onlyKind(cqrs.KindCommand,
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				a.note("begin")
				assert.False(t, in.Nested())
				assert.Nil(t, in.Origin())
				result, err := next(ctx, in)
				a.note("end: %v, %v", result, err)
				return result, err
			}))), Count{})
		require.NoError(t, err)
		assert.Equal(t, 1, got)
		assert.Equal(t, []string{"begin", "count in 1", "joined 1", "commit 1", "mail 1", "end: 1, <nil>"}, a.notes())
	})

	t.Run("can retry after a failed commit", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		commits := 0
		withFinalizer[inner](a, func(_ context.Context, outcome error) error {
			if commits++; commits == 1 {
				return errFinalizer
			}
			return outcome
		})
		request(a, func(_ context.Context, h *self[*inner], _ Count) (int, error) {
			h.Record(Joined{N: commits})
			return 42, nil
		})
		on[first](a, noting[Joined](a, "mail"), cqrs.AfterScope())
		var seen []error
		got, err := cqrs.Send(t.Context(), a.start(aroundScope(onlyKind(cqrs.KindCommand, untilDone),
			onlyKind(cqrs.KindCommand, func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				result, err := next(ctx, in)
				seen = append(seen, err)
				if err != nil {
					assert.Nil(t, result, "there is no result")
				}
				return result, err
			}))), Count{})
		require.NoError(t, err)
		assert.Equal(t, 42, got)
		require.Len(t, seen, 2)
		require.ErrorIs(t, seen[0], errFinalizer)
		require.NoError(t, seen[1])
		assert.Equal(t, []string{"mail 1"}, a.notes(), "nothing runs after a scope that has failed")
	})

	t.Run("opens no scope and builds nothing if it does not call next", func(t *testing.T) {
		t.Parallel()
		a := counting(t, 1)
		got, err := cqrs.Send(t.Context(), a.start(bootstrap.WithMiddleware(cqrs.AroundScope(returning(7)))), Count{})
		require.NoError(t, err)
		assert.Equal(t, 7, got)
		assert.Empty(t, a.notes())
		assert.Zero(t, a.scopes)
	})

	t.Run("passes its context to everything in the request", func(t *testing.T) {
		t.Parallel()
		type key struct{}
		a := newApp(t)
		seen := func(ctx context.Context, where string) { a.note("%s: %v", where, ctx.Value(key{})) }
		a.provide(func(ctx context.Context) (*tx, container.Finalizer) {
			seen(ctx, "constructor")
			return new(tx), func(ctx context.Context, _ error) error { seen(ctx, "finalizer"); return nil }
		}, container.Scoped())
		command(a, func(ctx context.Context, h *self[*tx], _ Join) error {
			seen(ctx, "handler")
			h.Record(Joined{})
			return nil
		})
		on[first](a, func(ctx context.Context, _ *self[nothing], _ Joined) error { seen(ctx, "in scope"); return nil })
		on[second](a, func(ctx context.Context, _ *self[nothing], _ Joined) error { seen(ctx, "after scope"); return nil },
			cqrs.AfterScope())
		require.NoError(t, a.start(aroundScope(onlyKind(cqrs.KindCommand,
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				return next(context.WithValue(ctx, key{}, "value"), in)
			}))).Send(t.Context(), Join{}))
		assert.Equal(t, []string{"constructor: value", "handler: value", "in scope: value",
			"finalizer: value", "after scope: value"}, a.notes())
	})

	t.Run("wraps each after-scope handler", func(t *testing.T) {
		t.Parallel()
		a := counting(t, 1)
		require.NoError(t, a.start(aroundScope(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			if in.Binding().Delivery() == cqrs.DeliveryInScope {
				return next(ctx, in)
			}
			assert.False(t, in.Nested())
			result, err := next(ctx, in)
			a.note("end: %v, %v", result, err)
			return result, err
		})).Publish(t.Context(), joined(1, 2)...))
		assert.Equal(t, []string{"joined 1", "joined 2", "mail 1", "end: <nil>, <nil>", "mail 2", "end: <nil>, <nil>"},
			a.notes())
	})

	t.Run("returns an error that is not comparable", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, func(context.Context, *self[nothing], Join) error { return incomparable{[]string{"a"}} })
		err := a.start(aroundScope(untilDone)).Send(t.Context(), Join{})
		assert.IsType(t, incomparable{}, err)
	})

	t.Run("can replace the result and the error", func(t *testing.T) {
		t.Parallel()
		a := counting(t, 2)
		m := a.start(aroundScope(onlyKind(cqrs.KindCommand,
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				if result, err := next(ctx, in); err == nil {
					return result.(int) * 100, nil
				}
				return -1, nil
			})))
		got, err := cqrs.Send(t.Context(), m, Count{})
		require.NoError(t, err)
		assert.Equal(t, -1, got)
		got, err = cqrs.Send(t.Context(), m, Count{})
		require.NoError(t, err)
		assert.Equal(t, 200, got)
		assert.Equal(t, []string{"count in 1", "rollback 1", "count in 2", "joined 2", "commit 2", "mail 2"}, a.notes())
	})

	t.Run("can turn a success into an error, which discards the result", func(t *testing.T) {
		t.Parallel()
		got, err := cqrs.Send(t.Context(), counting(t, 1).start(aroundScope(onlyKind(cqrs.KindCommand,
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				result, _ := next(ctx, in)
				return result, errOther
			}))), Count{})
		assert.Same(t, errOther, err)
		assert.Zero(t, got)
	})

	t.Run("that returns a wrong result is named in the error, after the scope has closed", func(t *testing.T) {
		t.Parallel()
		for _, wrong := range []any{nil, "text", int64(1), cqrs.Unit{}} {
			a := counting(t, 1)
			got, err := cqrs.Send(t.Context(), a.start(aroundScope(onlyKind(cqrs.KindCommand,
				func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					_, err := next(ctx, in)
					return wrong, err
				}))), Count{})
			require.ErrorIs(t, err, cqrs.ErrResultType)
			require.ErrorContains(t, err, "fixture_middleware_test.go:")
			assert.Zero(t, got)
			assert.Equal(t, []string{"count in 1", "joined 1", "commit 1", "mail 1"}, a.notes())
		}
	})
}
