package cqrs_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

func TestAfterScope(t *testing.T) {
	t.Parallel()

	t.Run("runs handlers once the scope has closed, each in a scope of its own", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		command(a, func(_ context.Context, h *self[*tx], _ Join) error {
			a.note("join in %d", h.need.id)
			h.Record(joined(1, 2)...)
			return nil
		})
		on[first](a, func(_ context.Context, h *self[*tx], e Joined) error {
			a.note("mail %d in %d", e.N, h.need.id)
			return nil
		}, cqrs.AfterScope())
		on[second](a, noting[Joined](a, "joined"))
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{
			"join in 1", "joined 1", "joined 2", "commit 1",
			"mail 1 in 2", "commit 2", "mail 2 in 3", "commit 3",
		}, a.notes())
	})

	t.Run("runs handlers in the order of the events, and those of one event in binding order", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, Joined{N: 1}, Greeted{N: 2}, Joined{N: 3})
		on[second](a, noting[Joined](a, "second"), cqrs.AfterScope())
		on[first](a, noting[Joined](a, "first"), cqrs.AfterScope())
		on[first](a, noting[Greeted](a, "greeted"), cqrs.AfterScope())
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{"join", "second 1", "first 1", "greeted 2", "second 3", "first 3"}, a.notes())
	})

	t.Run("runs the handlers of in-scope follow-up events too", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, joined(1)...)
		on[first](a, func(_ context.Context, h *self[nothing], e Joined) error {
			h.Record(Greeted{N: e.N})
			return nil
		})
		on[second](a, noting[Joined](a, "mail"), cqrs.AfterScope())
		on[first](a, noting[Greeted](a, "greeted"), cqrs.AfterScope())
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{"join", "mail 1", "greeted 1"}, a.notes())
	})

	t.Run("appends after-scope follow-up events to the end of the queue", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		joinRecords(a, joined(1, 2)...)
		on[first](a, func(_ context.Context, h *self[*tx], e Joined) error {
			a.note("mail %d in %d", e.N, h.need.id)
			h.Record(Greeted{N: e.N})
			return nil
		}, cqrs.AfterScope())
		on[first](a, func(_ context.Context, h *self[*tx], e Greeted) error {
			a.note("greeted %d in %d", e.N, h.need.id)
			return nil
		})
		on[second](a, noting[Greeted](a, "later"), cqrs.AfterScope())
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{
			"join",
			"mail 1 in 1", "greeted 1 in 1", "commit 1",
			"mail 2 in 2", "greeted 2 in 2", "commit 2",
			"later 1", "later 2",
		}, a.notes())
	})
}

func TestAfterScope_FailedRequest(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name    string
		breakIt func(a *app)
	}{
		{"because the handler failed", func(a *app) {
			command(a, func(_ context.Context, h *self[nothing], _ Join) error {
				h.Record(joined(1)...)
				return errHandler
			})
		}},
		{"because the handler panicked", func(a *app) {
			command(a, func(_ context.Context, h *self[nothing], _ Join) error {
				h.Record(joined(1)...)
				panic("no")
			})
		}},
		{"because an in-scope handler failed, even for a later event", func(a *app) {
			joinRecords(a, Joined{N: 1}, Greeted{N: 2})
			on[first](a, func(context.Context, *self[nothing], Greeted) error { return errHandler })
		}},
		{"because a finalizer failed", func(a *app) {
			withFinalizer[int](a, func(context.Context, error) error { return errFinalizer })
			command(a, func(_ context.Context, h *self[*int], _ Join) error {
				h.Record(joined(1)...)
				return nil
			})
		}},
		{"because a finalizer panicked", func(a *app) {
			withFinalizer[int](a, func(context.Context, error) error { panic("no") })
			command(a, func(_ context.Context, h *self[*int], _ Join) error {
				h.Record(joined(1)...)
				return nil
			})
		}},
		{"because a pointer was recorded as well", func(a *app) {
			joinRecords(a, Joined{N: 1}, &Greeted{})
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			test.breakIt(a)
			on[third](a, noting[Joined](a, "mail"), cqrs.AfterScope())
			require.Error(t, a.start().Send(t.Context(), Join{}))
			assert.NotContains(t, a.notes(), "mail 1")
		})
	}
}

func TestAfterScope_FailingHandler(t *testing.T) {
	t.Parallel()

	// Count returns 42 and records two events. The first after-scope handler fails for
	// the first event, the second panics for the second.
	failing := func(t *testing.T) *app {
		a := newApp(t).withTx()
		request(a, func(_ context.Context, h *self[*tx], _ Count) (int, error) {
			h.Record(joined(1, 2)...)
			return 42, nil
		})
		on[first](a, func(_ context.Context, h *self[*tx], e Joined) error {
			a.note("first %d", e.N)
			h.Record(Left{N: e.N})
			if e.N == 1 {
				return errHandler
			}
			return nil
		}, cqrs.AfterScope())
		on[second](a, func(_ context.Context, _ *self[nothing], e Joined) error {
			a.note("second %d", e.N)
			if e.N == 2 {
				panic(errOther)
			}
			return nil
		}, cqrs.AfterScope())
		on[first](a, noting[Left](a, "left"), cqrs.AfterScope())
		return a
	}

	t.Run("does not stop the others, and rolls back only its own scope", func(t *testing.T) {
		t.Parallel()
		a := failing(t)
		_, err := cqrs.Send(t.Context(), a.start(), Count{})
		require.Error(t, err)
		assert.Equal(t, []string{
			"commit 1",
			"first 1", "rollback 2", "second 1", "first 2", "commit 3", "second 2", "left 2",
		}, a.notes())
	})

	t.Run("keeps the result, and returns an EventError for each failed delivery", func(t *testing.T) {
		t.Parallel()
		got, err := cqrs.Send(t.Context(), failing(t).start(), Count{})
		assert.Equal(t, 42, got)
		require.ErrorIs(t, err, errHandler)
		require.ErrorIs(t, err, errOther)
		failed := eventErrors(err)
		require.Len(t, failed, 2)
		for _, e := range failed {
			assert.Equal(t, cqrs.DeliveryAfterScope, e.Delivery)
			assert.Equal(t, reflect.TypeFor[Joined](), e.Event)
			assert.Empty(t, e.NotDelivered)
		}
		assert.Equal(t, reflect.TypeFor[*eventHandler[first, Joined, *tx]](), failed[0].Handler)
		assert.Equal(t, reflect.TypeFor[*eventHandler[second, Joined, nothing]](), failed[1].Handler)
		var p *cqrs.PanicError
		require.ErrorAs(t, failed[1], &p)
		assert.Equal(t, errOther, p.Value)
	})

	t.Run("fails if its own events fail in its scope, which also drops its follow-up events", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		joinRecords(a, joined(1)...)
		on[first](a, func(_ context.Context, h *self[*tx], e Joined) error {
			h.Record(Left{N: 1}, Greeted{N: e.N})
			return nil
		}, cqrs.AfterScope())
		on[first](a, func(context.Context, *self[nothing], Greeted) error { return errHandler })
		on[first](a, noting[Left](a, "left"), cqrs.AfterScope())
		err := a.start().Send(t.Context(), Join{})
		require.Len(t, eventErrors(err), 1)
		outer := eventErrors(err)[0]
		assert.Equal(t, cqrs.DeliveryAfterScope, outer.Delivery)
		assert.Equal(t, reflect.TypeFor[Joined](), outer.Event)
		var inner *cqrs.EventError
		require.ErrorAs(t, outer.Err, &inner)
		assert.Equal(t, cqrs.DeliveryInScope, inner.Delivery)
		assert.Equal(t, reflect.TypeFor[Greeted](), inner.Event)
		assert.Equal(t, []string{"join", "rollback 1"}, a.notes())
	})

	t.Run("is reported the same way if its constructor fails", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, joined(1)...)
		a.provide(func() (*tx, error) { return nil, errOther }, container.Scoped())
		on[first](a, func(context.Context, *self[*tx], Joined) error { return nil }, cqrs.AfterScope())
		err := a.start().Send(t.Context(), Join{})
		require.ErrorIs(t, err, errOther)
		require.Len(t, eventErrors(err), 1)
		assert.Equal(t, cqrs.DeliveryAfterScope, eventErrors(err)[0].Delivery)
	})
}
