package cqrs_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
)

func TestEvents_InTheScope(t *testing.T) {
	t.Parallel()

	t.Run("are delivered after the command's handler has returned, in recording order", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, Joined{N: 1}, Greeted{N: 2}, Joined{N: 3})
		on[first](a, noting[Greeted](a, "greeted"))
		on[first](a, noting[Joined](a, "joined"))
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{"join", "joined 1", "greeted 2", "joined 3"}, a.notes())
	})

	t.Run("are delivered to the handlers of one event in binding order", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, joined(1, 2)...)
		on[third](a, noting[Joined](a, "third"))
		on[first](a, noting[Joined](a, "first"))
		on[second](a, noting[Joined](a, "second"))
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{"join", "third 1", "first 1", "second 1", "third 2", "first 2", "second 2"}, a.notes())
	})

	t.Run("recorded by event handlers are appended to the queue", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, joined(1, 2)...)
		on[first](a, func(_ context.Context, h *self[nothing], e Joined) error {
			a.note("joined %d", e.N)
			h.Record(Greeted{N: e.N})
			return nil
		})
		on[first](a, func(_ context.Context, h *self[nothing], e Greeted) error {
			a.note("greeted %d", e.N)
			h.Record(Left{N: e.N})
			return nil
		})
		on[first](a, noting[Left](a, "left"))
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{"join", "joined 1", "joined 2", "greeted 1", "greeted 2", "left 1", "left 2"}, a.notes())
	})

	t.Run("share the scope of the command, which closes afterwards", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		command(a, func(_ context.Context, h *self[*tx], _ Join) error {
			a.note("join in %d", h.need.id)
			h.Record(joined(1, 2)...)
			return nil
		})
		on[first](a, func(_ context.Context, h *self[*tx], e Joined) error {
			a.note("joined %d in %d", e.N, h.need.id)
			return nil
		})
		m := a.start()
		require.NoError(t, m.Send(t.Context(), Join{}))
		require.NoError(t, m.Send(t.Context(), Join{}))
		assert.Equal(t, []string{
			"join in 1", "joined 1 in 1", "joined 2 in 1", "commit 1",
			"join in 2", "joined 1 in 2", "joined 2 in 2", "commit 2",
		}, a.notes())
	})

	t.Run("each get a new instance of their handler", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, joined(1, 2, 3)...)
		seen := map[*self[nothing]]bool{}
		on[first](a, func(_ context.Context, h *self[nothing], _ Joined) error {
			seen[h] = true
			return nil
		})
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Len(t, seen, 3)
	})

	t.Run("of a failed handler are dropped", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, func(_ context.Context, h *self[nothing], _ Join) error {
			h.Record(Joined{N: 1})
			return errHandler
		})
		on[first](a, noting[Joined](a, "joined"))
		err := a.start().Send(t.Context(), Join{})
		assert.Same(t, errHandler, err, "the error of a handler is returned as it is")
		assert.Empty(t, a.notes())
	})

	t.Run("recorded by a query are dispatched too", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		request(a, func(_ context.Context, h *self[nothing], q Read) (string, error) {
			h.Record(Joined{N: q.N})
			return "read", nil
		})
		on[first](a, noting[Joined](a, "joined"))
		got, err := cqrs.Send(t.Context(), a.start(), Read{N: 4})
		require.NoError(t, err)
		assert.Equal(t, "read", got)
		assert.Equal(t, []string{"joined 4"}, a.notes())
	})
}

func TestEvents_FailingHandler(t *testing.T) {
	t.Parallel()

	// Count records four events; the second handler of the second event fails.
	failing := func(t *testing.T) *app {
		a := newApp(t).withTx()
		request(a, func(_ context.Context, h *self[*tx], _ Count) (int, error) {
			h.Record(Joined{N: 1}, Greeted{N: 2}, Left{N: 3}, Joined{N: 4})
			return 42, nil
		})
		on[first](a, noting[Joined](a, "joined"))
		on[first](a, noting[Greeted](a, "first"))
		on[second](a, func(_ context.Context, h *self[nothing], e Greeted) error {
			h.Record(Left{N: 99})
			return errHandler
		})
		on[third](a, noting[Greeted](a, "third"))
		on[first](a, noting[Left](a, "left"))
		return a
	}

	t.Run("stops the rest and rolls the request back", func(t *testing.T) {
		t.Parallel()
		a := failing(t)
		_, err := cqrs.Send(t.Context(), a.start(), Count{})
		require.ErrorIs(t, err, errHandler)
		assert.Equal(t, []string{"joined 1", "first 2", "rollback 1"}, a.notes())
	})

	t.Run("returns the zero result", func(t *testing.T) {
		t.Parallel()
		got, err := cqrs.Send(t.Context(), failing(t).start(), Count{})
		require.Error(t, err)
		assert.Zero(t, got)
	})

	t.Run("returns an EventError with the event, the handler and the undelivered events", func(t *testing.T) {
		t.Parallel()
		_, err := cqrs.Send(t.Context(), failing(t).start(), Count{})
		var e *cqrs.EventError
		require.ErrorAs(t, err, &e)
		assert.Equal(t, reflect.TypeFor[Greeted](), e.Event)
		assert.Equal(t, reflect.TypeFor[*eventHandler[second, Greeted, nothing]](), e.Handler)
		assert.Equal(t, cqrs.DeliveryInScope, e.Delivery)
		assert.Equal(t, []reflect.Type{reflect.TypeFor[Left](), reflect.TypeFor[Joined]()}, e.NotDelivered)
		assert.Same(t, errHandler, e.Err)
	})

	t.Run("prevents the after-scope deliveries of earlier events", func(t *testing.T) {
		t.Parallel()
		a := failing(t)
		on[third](a, noting[Joined](a, "mail"), cqrs.AfterScope())
		_, err := cqrs.Send(t.Context(), a.start(), Count{})
		require.Error(t, err)
		assert.NotContains(t, a.notes(), "mail 1")
	})

	t.Run("does not affect the next request", func(t *testing.T) {
		t.Parallel()
		a := failing(t)
		joinRecords(a, joined(7)...)
		m := a.start()
		_, err := cqrs.Send(t.Context(), m, Count{})
		require.Error(t, err)
		a.notes()
		require.NoError(t, m.Send(t.Context(), Join{}))
		assert.Equal(t, []string{"join", "joined 7"}, a.notes())
	})
}
