package cqrs_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
)

func TestChain_EventsAndNestedSends(t *testing.T) {
	t.Parallel()

	eventLink := func(a *app, name string, err error) func(context.Context, *self[*tx], Joined) error {
		return func(_ context.Context, h *self[*tx], e Joined) error {
			a.note("%s in %d", name, h.need.id)
			h.Record(Left{N: len(name)})
			return err
		}
	}

	t.Run("of an event is one subscription, and dispatches the events of all links that ran", func(t *testing.T) {
		t.Parallel()
		for _, opts := range [][]cqrs.EventOption{nil, {cqrs.AfterScope()}} {
			a := newApp(t).withTx()
			bindEventTarget(a, cqrs.Chain(eventTo[first](a, eventLink(a, "a", cqrs.ErrNotHandled)),
				eventTo[second](a, eventLink(a, "bb", nil)),
				eventTo[third](a, eventLink(a, "ccc", nil))), opts...)
			on[first](a, noting[Left](a, "left"))
			require.NoError(t, a.start().Publish(t.Context(), Joined{}))
			assert.Equal(t, []string{"a in 1", "bb in 1", "left 1", "left 2", "commit 1"}, a.notes())
		}
	})

	t.Run("of an event that no link answers fails the request", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		bindEventTarget(a, cqrs.Chain(eventTo[first](a, eventLink(a, "a", cqrs.ErrNotHandled)),
			eventTo[second](a, eventLink(a, "bb", cqrs.ErrNotHandled))))
		err := a.start().Publish(t.Context(), Joined{})
		event, is := errors.AsType[*cqrs.EventError](err)
		require.True(t, is)
		assert.Equal(t, reflect.TypeFor[*eventHandler[first, Joined, *tx]](), event.Handler)
		e, is := errors.AsType[*cqrs.NotHandledError](err)
		require.True(t, is)
		assert.Equal(t, reflect.TypeFor[Joined](), e.Message)
		assert.Len(t, e.Handlers, 2)
		assert.Equal(t, []string{"a in 1", "bb in 1", "rollback 1"}, a.notes())
	})

	t.Run("handles nested sends, whose events join the queue", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		link := func(name string, err error) func(context.Context, *self[*tx], Join) error {
			return func(_ context.Context, h *self[*tx], c Join) error {
				a.note("%s in %d", name, h.need.id)
				h.Record(Joined{N: len(name)})
				return err
			}
		}
		bindTarget(a, cqrs.Chain(commandTo[first](a, link("a", cqrs.ErrNotHandled)), commandTo[second](a, link("bb", nil))),
			cqrs.WithMiddleware(cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				assert.True(t, in.Nested())
				return next(ctx, in)
			})))
		command(a, func(ctx context.Context, h *self[txAndSender], _ Leave) error {
			h.Record(Joined{N: 9})
			err := h.need.Sender.Send(ctx, Join{})
			a.note("leave goes on")
			return err
		})
		on[first](a, noting[Joined](a, "joined"))
		require.NoError(t, a.start().Send(t.Context(), Leave{}))
		assert.Equal(t, []string{"a in 1", "bb in 1", "leave goes on", "joined 1", "joined 2", "joined 9", "commit 1"},
			a.notes())
	})

	t.Run("that no link answers drops only its own events, not those of the sender", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		bindTarget(a, cqrs.Chain(passes[first](a, "1", joined(1)...)))
		command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Leave) error {
			h.Record(Joined{N: 9})
			_, err := cqrs.Send(ctx, h.need, Count{})
			require.ErrorIs(t, err, cqrs.ErrNotHandled)
			return nil
		})
		on[first](a, noting[Joined](a, "joined"))
		require.NoError(t, a.start().Send(t.Context(), Leave{}))
		assert.Equal(t, []string{"build 1", "run 1", "joined 9"}, a.notes())
	})

	t.Run("that no link answers does not make its sender pass on", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		bindTarget(a, cqrs.Chain(passes[first](a, "inner")))
		bindTarget(a, cqrs.Chain(
			commandTo[first](a, func(ctx context.Context, h *self[cqrs.Sender], _ Leave) error {
				_, err := cqrs.Send(ctx, h.need, Count{})
				return err
			}),
			commandTo[second](a, func(context.Context, *self[nothing], Leave) error { a.note("second"); return nil })))
		err := a.start().Send(t.Context(), Leave{})
		e, is := errors.AsType[*cqrs.NotHandledError](err)
		require.True(t, is)
		assert.Equal(t, reflect.TypeFor[Count](), e.Message, "no link has answered the inner message")
		assert.Equal(t, []string{"build inner", "run inner"}, a.notes())
	})
}
