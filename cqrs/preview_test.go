package cqrs_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
)

func TestPreview(t *testing.T) {
	t.Parallel()
	t.Run("rolls back, stores nothing, and delivers nothing after the scope", func(t *testing.T) {
		t.Parallel()
		a := mailing(t)
		on[second](a.app, noting[Joined](a.app, "in scope"))
		on[third](a.app, noting[Joined](a.app, "after"), cqrs.AfterScope())
		m := a.begin()
		r, err := cqrs.Preview(t.Context(), m, Join{})
		require.NoError(t, err)
		assert.True(t, r.Preview)
		assert.Equal(t, []string{"join", "in scope 1"}, a.notes())
		assert.Equal(t, `request Send Join
  scope: rolled back, as a preview
    handler commandHandler Join
    event Joined
      handler eventHandler Joined
      delivery eventHandler Joined durable to "mail"
      delivery eventHandler Joined after-scope
`, shorten(r))
		assert.Zero(t, a.pending("mail"))

		require.NoError(t, m.Send(t.Context(), Join{}))
		assert.Equal(t, []string{"join", "in scope 1", "commit", "after 1"}, a.notes(), "the next request is none")
		assert.Equal(t, 1, a.pending("mail"))
	})
	t.Run("gives finalizers and the middleware around the scope ErrPreview", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		var outcomes []error
		withFinalizer[tx](a, func(_ context.Context, outcome error) error {
			outcomes = append(outcomes, outcome)
			return outcome
		})
		command(a, func(context.Context, *self[*tx], Join) error { return nil })
		m := a.start(aroundScope(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			result, err := next(ctx, in)
			assert.True(t, in.Expected(err))
			outcomes = append(outcomes, err)
			return result, err
		}))
		_, err := cqrs.Preview(t.Context(), m, Join{})
		require.NoError(t, err)
		assert.Equal(t, []error{cqrs.ErrPreview, cqrs.ErrPreview}, outcomes)
	})
	t.Run("returns the error of a request that would fail", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		command(a, func(context.Context, *self[*tx], Join) error { return errHandler })
		r, err := cqrs.Preview(t.Context(), a.start(), Join{})
		require.ErrorIs(t, err, errHandler)
		assert.NotErrorIs(t, err, cqrs.ErrPreview)
		assert.ErrorIs(t, r.Root.Err, errHandler)
		assert.Equal(t, []string{"rollback 1"}, a.notes())
	})
	t.Run("returns the error of a finalizer that cannot roll back", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		withFinalizer[tx](a, func(context.Context, error) error { return errFinalizer })
		command(a, func(context.Context, *self[*tx], Join) error { return nil })
		_, err := cqrs.Preview(t.Context(), a.start(), Join{})
		require.ErrorIs(t, err, errFinalizer)
	})
	t.Run("covers nested messages and follow-up events", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		leaving(a)
		command(a, func(ctx context.Context, h *self[txAndSender], _ Join) error {
			return h.need.Sender.Send(ctx, Leave{N: 1})
		})
		on[first](a, func(_ context.Context, h *self[*tx], e Left) error {
			a.note("left %d in %d", e.N, h.need.id)
			return nil
		})
		_, err := cqrs.Preview(t.Context(), a.start(), Join{})
		require.NoError(t, err)
		assert.Equal(t, []string{"leave 1 in 1", "left 1 in 1", "rollback 1"}, a.notes())
	})
	t.Run("leaves alone what handlers send through the mediator, even if all requests are recorded", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		leaving(a)
		var m *cqrs.Mediator
		command(a, func(ctx context.Context, _ *self[*tx], _ Join) error { return m.Send(ctx, Leave{N: 1}) })
		var texts []string
		m = a.start(reporting(&texts))
		_, err := cqrs.Preview(t.Context(), m, Join{})
		require.NoError(t, err)
		assert.Equal(t, []string{"leave 1 in 2", "commit 2", "rollback 1"}, a.notes())
		assert.Len(t, texts, 2)
	})
	t.Run("does so even if nothing needs a scope", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, joined(1)...)
		on[first](a, noting[Joined](a, "after"), cqrs.AfterScope())
		_, err := cqrs.Preview(t.Context(), a.start(), Join{})
		require.NoError(t, err)
		assert.Equal(t, []string{"join"}, a.notes())
	})
	t.Run("is not retried", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a)
		m := a.start(bootstrap.WithMiddleware(cqrs.AroundScope(cqrs.MiddlewareFunc(
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (result any, err error) {
				for range 3 { // as a retry does
					if result, err = next(ctx, in); err == nil || in.Expected(err) {
						break
					}
				}
				return result, errors.Join(err)
			}))))
		_, err := cqrs.Preview(t.Context(), m, Join{})
		require.NoError(t, err, "though a middleware has wrapped ErrPreview")
		assert.Equal(t, []string{"join"}, a.notes())
	})
}
