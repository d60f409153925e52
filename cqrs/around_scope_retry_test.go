package cqrs_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
)

func TestAroundScope_Retries(t *testing.T) {
	t.Parallel()

	t.Run("each run in a new scope, and drop the events of failed attempts", func(t *testing.T) {
		t.Parallel()
		a := counting(t, 3)
		got, err := cqrs.Send(t.Context(), a.start(aroundScope(onlyKind(cqrs.KindCommand, untilDone))), Count{})
		require.NoError(t, err)
		assert.Equal(t, 3, got)
		assert.Equal(t, []string{
			"count in 1", "rollback 1", "count in 2", "rollback 2", "count in 3", "joined 3", "commit 3", "mail 3",
		}, a.notes())
	})

	t.Run("run the middleware in the scope again", func(t *testing.T) {
		t.Parallel()
		a := counting(t, 2)
		_, err := cqrs.Send(t.Context(), a.start(aroundScope(onlyKind(cqrs.KindCommand, untilDone)),
			with(onlyKind(cqrs.KindCommand, around(a, "m").(cqrs.MiddlewareFunc)))), Count{})
		require.NoError(t, err)
		assert.Equal(t, []string{
			"m: command cqrs_test.Count", "count in 1", "m: end", "rollback 1",
			"m: command cqrs_test.Count", "count in 2", "m: end", "joined 2", "commit 2", "mail 2",
		}, a.notes())
	})

	t.Run("after a success are new requests", func(t *testing.T) {
		t.Parallel()
		a := counting(t, 1)
		got, err := cqrs.Send(t.Context(), a.start(aroundScope(onlyKind(cqrs.KindCommand, again))), Count{})
		require.NoError(t, err)
		assert.Equal(t, 2, got)
		assert.Equal(t, []string{
			"count in 1", "joined 1", "commit 1", "mail 1", "count in 2", "joined 2", "commit 2", "mail 2",
		}, a.notes())
	})

	t.Run("also apply to a handler that needs no request", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		attempt := 0
		command(a, func(_ context.Context, h *self[nothing], _ Join) error {
			attempt++
			h.Record(Joined{N: attempt})
			if attempt == 1 {
				return errHandler
			}
			return nil
		})
		on[first](a, noting[Joined](a, "joined"))
		require.NoError(t, a.start(aroundScope(onlyKind(cqrs.KindCommand, untilDone))).Send(t.Context(), Join{}))
		assert.Equal(t, []string{"joined 2"}, a.notes())
	})

	t.Run("of an after-scope handler keep only the follow-up events of the last attempt", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		attempt := 0
		on[first](a, func(_ context.Context, h *self[*tx], e Joined) error {
			attempt++
			a.note("mail in %d", h.need.id)
			h.Record(Left{N: attempt}, Greeted{N: attempt})
			if attempt == 1 {
				return errHandler
			}
			return nil
		}, cqrs.AfterScope())
		on[first](a, noting[Left](a, "left"))
		on[first](a, noting[Greeted](a, "later"), cqrs.AfterScope())
		m := a.start(aroundScope(untilDone))
		require.NoError(t, m.Publish(t.Context(), Joined{}))
		want := []string{"mail in 1", "rollback 1", "mail in 2", "left 2", "commit 2", "later 2"}
		assert.Equal(t, want, a.notes())
	})

	t.Run("of an after-scope handler keep the follow-up events of each committed attempt", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		attempt := 0
		on[first](a, func(_ context.Context, h *self[*tx], e Joined) error {
			h.Record(Greeted{N: 1})
			if attempt++; attempt == 2 {
				return errHandler
			}
			return nil
		}, cqrs.AfterScope())
		on[first](a, noting[Greeted](a, "later"), cqrs.AfterScope())
		m := a.start(aroundScope(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			_, _ = again(ctx, in, next)
			return nil, nil
		}))
		require.NoError(t, m.Publish(t.Context(), Joined{}))
		assert.Equal(t, []string{"commit 1", "rollback 2", "later 1", "later 1"}, a.notes(),
			"the middleware tries that twice, too")
	})
}
