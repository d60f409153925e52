package cqrs_test

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestMediator_PublishTo(t *testing.T) {
	t.Parallel()

	// subscribed returns an application with the subscriptions "a", in the scope, "b", after
	// it, and others to Joined. "a" and "b" record Left, which is handled in both places.
	subscribed := func(t *testing.T, err error) *app {
		a := newApp(t).withTx()
		do := func(name string) func(context.Context, *self[*tx], Joined) error {
			return func(_ context.Context, h *self[*tx], e Joined) error {
				a.note("%s %d in %d", name, e.N, h.need.id)
				h.Record(Left{N: e.N})
				return err
			}
		}
		on[third](a, noting[Joined](a, "other"))
		on[first](a, do("a"), cqrs.SubscriptionName("a"))
		on[second](a, do("b"), cqrs.SubscriptionName("b"), cqrs.AfterScope())
		on[fourth](a, noting[Joined](a, "later"), cqrs.AfterScope())
		on[first](a, noting[Left](a, "left"))
		on[second](a, noting[Left](a, "left later"), cqrs.AfterScope(), cqrs.SubscriptionName("left"))
		return a
	}

	for _, name := range []string{"a", "b"} {
		t.Run("runs only handler "+name+", and all handlers of its follow-up events", func(t *testing.T) {
			t.Parallel()
			a := subscribed(t, nil)
			m := a.start()
			require.NoError(t, m.PublishTo(t.Context(), name, Joined{N: 7}))
			require.NoError(t, m.PublishTo(t.Context(), name, Joined{N: 8}))
			assert.Equal(t, []string{
				name + " 7 in 1", "left 7", "commit 1", "left later 7",
				name + " 8 in 2", "left 8", "commit 2", "left later 8",
			}, a.notes())
		})

		t.Run("returns an EventError if "+name+" fails, and drops its events", func(t *testing.T) {
			t.Parallel()
			a := subscribed(t, errHandler)
			err := a.start().PublishTo(t.Context(), name, Joined{N: 7})
			require.ErrorIs(t, err, errHandler)
			e, is := err.(*cqrs.EventError)
			require.True(t, is)
			assert.Equal(t, reflect.TypeFor[Joined](), e.Event)
			assert.Contains(t, e.Handler.String(), map[string]string{"a": "first", "b": "second"}[name])
			assert.Equal(t, name, e.Subscription)
			assert.Equal(t, cqrs.DeliveryInScope, e.Delivery, "the request is this handler")
			assert.Empty(t, e.NotDelivered)
			assert.False(t, cqrs.Done(err))
			assert.Equal(t, []string{name + " 7 in 1", "rollback 1"}, a.notes())
		})
	}

	t.Run("runs all handlers of a follow-up event of the same type, itself included", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on[first](a, func(_ context.Context, h *self[nothing], e Joined) error {
			a.note("first %d", e.N)
			if e.N == 1 {
				h.Record(joined(2)...)
			}
			return nil
		}, cqrs.SubscriptionName("first"))
		on[second](a, noting[Joined](a, "second"))
		on[third](a, noting[Joined](a, "later"), cqrs.AfterScope())
		require.NoError(t, a.start().PublishTo(t.Context(), "first", Joined{N: 1}))
		assert.Equal(t, []string{"first 1", "first 2", "second 2", "later 2"}, a.notes())
	})

	t.Run("fails if the in-scope delivery of a follow-up event fails", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		on[first](a, func(_ context.Context, h *self[*tx], _ Joined) error { h.Record(Left{N: 1}, Greeted{}); return nil },
			cqrs.SubscriptionName("first"))
		on[first](a, func(context.Context, *self[nothing], Left) error { return errHandler }, cqrs.SubscriptionName("left"))
		on[first](a, noting[Greeted](a, "greeted"), cqrs.AfterScope())
		err := a.start().PublishTo(t.Context(), "first", Joined{})
		outer, is := err.(*cqrs.EventError)
		require.True(t, is)
		assert.Equal(t, "first", outer.Subscription)
		inner, is := errors.AsType[*cqrs.EventError](outer.Err)
		require.True(t, is)
		assert.Equal(t, "left", inner.Subscription)
		assert.Equal(t, []reflect.Type{reflect.TypeFor[Greeted]()}, inner.NotDelivered)
		assert.False(t, cqrs.Done(err))
		assert.Equal(t, []string{"rollback 1"}, a.notes())
	})

	t.Run("is done if only the after-scope delivery of a follow-up event fails", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		on[first](a, func(_ context.Context, h *self[*tx], _ Joined) error { h.Record(Left{N: 1}); return nil },
			cqrs.SubscriptionName("first"))
		on[first](a, func(context.Context, *self[nothing], Left) error { return errHandler },
			cqrs.AfterScope(), cqrs.SubscriptionName("left"))
		err := a.start().PublishTo(t.Context(), "first", Joined{})
		require.ErrorIs(t, err, errHandler)
		assert.True(t, cqrs.Done(err))
		require.Len(t, eventErrors(err), 1)
		assert.Equal(t, "left", eventErrors(err)[0].Subscription)
		assert.Equal(t, []string{"commit 1"}, a.notes())
	})

	t.Run("counts follow-up events from its event on", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on[first](a, func(_ context.Context, h *self[nothing], _ Joined) error { h.Record(Joined{}); return nil },
			cqrs.SubscriptionName("first"))
		err := a.start(bootstrap.WithEventLimit(3)).PublishTo(t.Context(), "first", Joined{})
		e, is := errors.AsType[*cqrs.EventLimitError](err)
		require.True(t, is)
		assert.Len(t, e.Path, 4)
	})

	t.Run("fails for an unhandled follow-up event with WithStrictEvents", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on[first](a, func(_ context.Context, h *self[nothing], _ Joined) error { h.Record(Left{}); return nil },
			cqrs.SubscriptionName("first"))
		require.ErrorIs(t, a.start(bootstrap.WithStrictEvents()).PublishTo(t.Context(), "first", Joined{}),
			cqrs.ErrUnhandledEvent)
	})

	t.Run("returns the error of a finalizer as an EventError", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		withFinalizer[inner](a, func(context.Context, error) error { return errFinalizer })
		on[first](a, func(_ context.Context, h *self[*inner], _ Joined) error { h.Record(Left{}); return nil },
			cqrs.SubscriptionName("first"))
		on[first](a, noting[Left](a, "later"), cqrs.AfterScope())
		err := a.start().PublishTo(t.Context(), "first", Joined{})
		require.ErrorIs(t, err, errFinalizer)
		_, is := err.(*cqrs.EventError)
		assert.True(t, is)
		assert.Empty(t, a.notes())
	})

	t.Run("returns a panic as an error, and closes the scope", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		on[first](a, func(_ context.Context, h *self[*tx], _ Joined) error { h.Record(Left{}); panic(errPanic) },
			cqrs.SubscriptionName("first"))
		on[first](a, noting[Left](a, "left"))
		m := a.start()
		for n := 1; n <= 2; n++ {
			err := m.PublishTo(t.Context(), "first", Joined{})
			_, is := err.(*cqrs.EventError)
			assert.True(t, is)
			p, is := errors.AsType[*cqrs.PanicError](err)
			require.True(t, is)
			assert.Equal(t, reflect.TypeFor[*eventHandler[first, Joined, *tx]](), p.Handler)
			require.ErrorIs(t, err, errPanic)
		}
		assert.Equal(t, []string{"rollback 1", "rollback 2"}, a.notes())
	})

	t.Run("closes the scope if the handler exits the goroutine", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		on[first](a, func(context.Context, *self[*tx], Joined) error { runtime.Goexit(); return nil },
			cqrs.SubscriptionName("first"))
		m := a.start()
		testkit.OnGoroutine(func() { _ = m.PublishTo(t.Context(), "first", Joined{}) })
		assert.Equal(t, []string{"rollback 1"}, a.notes())
	})

	t.Run("runs the handler even if the context is cancelled, but starts no after-scope delivery", func(t *testing.T) {
		t.Parallel()
		for _, name := range []string{"a", "b"} {
			a := subscribed(t, nil)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			err := a.start().PublishTo(ctx, name, Joined{N: 7})
			require.ErrorIs(t, err, context.Canceled)
			assert.True(t, cqrs.Done(err), "it is the follow-up that was not started")
			require.Len(t, eventErrors(err), 1)
			assert.Equal(t, "left", eventErrors(err)[0].Subscription)
			assert.Equal(t, []string{name + " 7 in 1", "left 7", "commit 1"}, a.notes())
		}
	})

	t.Run("is not done if the handler returns the error of another request", func(t *testing.T) {
		t.Parallel()
		other := subscribed(t, errOther).start()
		a := newApp(t)
		on[first](a, func(ctx context.Context, _ *self[nothing], e Joined) error {
			err := other.PublishTo(ctx, "a", e)
			require.ErrorIs(t, err, errOther)
			return err
		}, cqrs.SubscriptionName("first"))
		err := a.start().PublishTo(t.Context(), "first", Joined{})
		e, is := err.(*cqrs.EventError)
		require.True(t, is)
		assert.Equal(t, "first", e.Subscription)
		require.ErrorIs(t, err, errOther)
		assert.False(t, cqrs.Done(err))
	})

	t.Run("finds a target by its name, and a subscription to an interface for any implementation", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		bindEventTarget(a, cqrs.Chain(
			eventTo[first](a, func(context.Context, *self[nothing], Doored) error {
				a.note("first")
				return cqrs.ErrNotHandled
			}),
			eventTo[second](a, func(context.Context, *self[nothing], Doored) error { a.note("second"); return nil }),
		), cqrs.SubscriptionName("doors"))
		m := a.start()
		require.NoError(t, m.PublishTo(t.Context(), "doors", Locked{}))
		require.NoError(t, m.PublishTo(t.Context(), "doors", Unlocked{}))
		assert.Equal(t, []string{"first", "second", "first", "second"}, a.notes())
		e, is := errors.AsType[*cqrs.SubscriptionError](m.PublishTo(t.Context(), "doors", Joined{}))
		require.True(t, is)
		assert.Equal(t, reflect.TypeFor[Doored](), e.Takes)
	})

	t.Run("runs middleware, with a new scope for each attempt", func(t *testing.T) {
		t.Parallel()
		type key struct{}
		for _, opts := range [][]cqrs.EventOption{nil, {cqrs.AfterScope()}} {
			a := newApp(t).withTx()
			attempt := 0
			on[first](a, func(_ context.Context, h *self[*tx], _ Joined) error {
				attempt++
				a.note("first in %d", h.need.id)
				h.Record(Left{N: attempt})
				if attempt == 1 {
					return errHandler
				}
				return nil
			}, append(opts, cqrs.SubscriptionName("first"))...)
			on[first](a, noting[Left](a, "left"))
			ctx := context.WithValue(t.Context(), key{}, "origin")
			require.NoError(t, a.start(aroundScope(aroundMessage[Joined](untilDone)), with(aroundMessage[Joined](
				func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					assert.False(t, in.Nested())
					assert.Equal(t, "origin", in.Origin().Value(key{}))
					return next(ctx, in)
				}))).PublishTo(ctx, "first", Joined{}))
			assert.Equal(t, []string{"first in 1", "rollback 1", "first in 2", "left 2", "commit 2"}, a.notes())
		}
	})

	t.Run("is safe for concurrent use", func(t *testing.T) {
		t.Parallel()
		a := subscribed(t, nil)
		m := a.start(bootstrap.WithEventConcurrency(3))
		var wg sync.WaitGroup
		for g := range 16 {
			wg.Go(func() { assert.NoError(t, m.PublishTo(t.Context(), []string{"a", "b"}[g%2], Joined{N: g})) })
		}
		wg.Wait()
		assert.Len(t, a.notes(), 4*16)
	})
}
