package cqrs_test

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestAfterScope_GoexitAfterCommit(t *testing.T) {
	t.Parallel()
	for name, send := range map[string]func(*cqrs.Mediator) error{
		"for an event that a command recorded": func(m *cqrs.Mediator) error { return m.Send(context.Background(), Join{}) },
		"in PublishTo": func(m *cqrs.Mediator) error {
			return m.PublishTo(context.Background(), "exits", Joined{})
		},
	} {
		t.Run(name+" loses no follow-up", func(t *testing.T) {
			t.Parallel()
			a := newApp(t).withTx()
			joinRecords(a, joined(1)...)
			on[first](a, func(_ context.Context, h *self[*tx], _ Joined) error { h.Record(Left{N: 7}); return nil },
				cqrs.AfterScope(), cqrs.SubscriptionName("exits"), cqrs.WithMiddleware(cqrs.AroundScope(cqrs.MiddlewareFunc(
					func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
						_, _ = next(ctx, in)
						runtime.Goexit()
						return nil, nil
					}))))
			on[second](a, noting[Left](a, "left"), cqrs.AfterScope())
			m := a.start()
			ended := make(chan struct{})
			go func() { defer close(ended); _ = send(m) }()
			<-ended
			notes := a.notes()
			assert.Equal(t, []string{"commit 1", "left 7"}, notes[len(notes)-2:])
		})
	}
}

func TestAfterScope_Cancellation(t *testing.T) {
	t.Parallel()

	t.Run("starts no further handlers, and reports those", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		joinRecords(a, joined(1, 2, 3)...)
		on[first](a, func(_ context.Context, _ *self[nothing], e Joined) error {
			a.note("mail %d", e.N)
			if e.N == 2 {
				cancel()
			}
			return nil
		}, cqrs.AfterScope())
		err := a.start().Send(ctx, Join{})
		require.ErrorIs(t, err, context.Canceled)
		require.Len(t, eventErrors(err), 1)
		assert.Equal(t, reflect.TypeFor[Joined](), eventErrors(err)[0].Event)
		assert.Equal(t, cqrs.DeliveryAfterScope, eventErrors(err)[0].Delivery)
		assert.Equal(t, []string{"join", "mail 1", "mail 2"}, a.notes())
	})

	t.Run("by the command handler lets the request succeed, but starts no after-scope handler", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		ctx, cancel := context.WithCancel(t.Context())
		request(a, func(_ context.Context, h *self[nothing], _ Count) (int, error) {
			h.Record(joined(1, 2)...)
			cancel()
			return 42, nil
		})
		on[first](a, noting[Joined](a, "mail"), cqrs.AfterScope())
		got, err := cqrs.Send(ctx, a.start(), Count{})
		assert.Equal(t, 42, got)
		require.ErrorIs(t, err, context.Canceled)
		assert.Len(t, eventErrors(err), 2)
		assert.Empty(t, a.notes())
	})

	t.Run("is left to a handler that has already started", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		ctx, cancel := context.WithCancel(t.Context())
		joinRecords(a, joined(1)...)
		on[first](a, func(ctx context.Context, _ *self[nothing], _ Joined) error {
			cancel()
			<-ctx.Done()
			return errors.Join(errHandler, ctx.Err())
		}, cqrs.AfterScope())
		err := a.start().Send(ctx, Join{})
		require.ErrorIs(t, err, errHandler)
	})
}

func TestAfterScope_Goexit(t *testing.T) {
	t.Parallel()

	t.Run("ends the caller's goroutine, closes the scope and does not stop the other handlers", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		joinRecords(a, joined(1, 2)...)
		on[first](a, func(_ context.Context, _ *self[*tx], e Joined) error {
			a.note("mail %d", e.N)
			runtime.Goexit()
			return nil
		}, cqrs.AfterScope())
		m := a.start()
		returned := false
		testkit.OnGoroutine(func() {
			_ = m.Send(t.Context(), Join{})
			returned = true
		})
		assert.False(t, returned)
		assert.Equal(t, []string{"join", "mail 1", "rollback 1", "mail 2", "rollback 2"}, a.notes())
		testkit.OnGoroutine(func() { _ = m.Send(t.Context(), Join{}) })
		assert.Equal(t, []string{"join", "mail 1", "rollback 3", "mail 2", "rollback 4"},
			a.notes(), "the mediator is still usable")
	})
}
