package cqrs_test

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// Events of doors, which implement Doored.
type (
	Doored interface {
		cqrs.Event
		Door() int
	}
	Locked struct {
		cqrs.DomainEvent
		N int
	}
	Unlocked struct {
		cqrs.DomainEvent
		N int
	}
	// Painted implements Doored only as a pointer, which no event is.
	Painted struct{ cqrs.DomainEvent }
	// Tagged is a different event for each type argument.
	Tagged[T any] struct{ cqrs.DomainEvent }
)

func (e Locked) Door() int   { return e.N }
func (e Unlocked) Door() int { return e.N }
func (*Painted) Door() int   { return 0 }

// watcher is a singleton that handles any event.
type watcher struct{ *app }

func (w *watcher) Handle(_ context.Context, e cqrs.Event) error {
	w.note("watcher %T", e)
	return nil
}

// doorman is a singleton that handles one type of event.
type doorman struct{ *app }

func (w *doorman) Handle(_ context.Context, e Locked) error {
	w.note("doorman %T", e)
	return nil
}

func TestSubscription_ToAnInterface(t *testing.T) {
	t.Parallel()

	t.Run("receives every event that implements it, after the handlers of the event's own type", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on[first](a, notingType[cqrs.Event](a, "any"))
		on[first](a, notingType[Doored](a, "door"))
		on[second](a, notingType[Locked](a, "locked 1"))
		on[second](a, notingType[Doored](a, "door again"))
		on[third](a, notingType[Locked](a, "locked 2"))
		require.NoError(t, a.start().Publish(t.Context(), Locked{}, Unlocked{}, Joined{}, Painted{}))
		assert.Equal(t, []string{
			"locked 1 cqrs_test.Locked", "locked 2 cqrs_test.Locked", "any cqrs_test.Locked",
			"door cqrs_test.Locked", "door again cqrs_test.Locked",
			"any cqrs_test.Unlocked", "door cqrs_test.Unlocked", "door again cqrs_test.Unlocked",
			"any cqrs_test.Joined", "any cqrs_test.Painted",
		}, a.notes())
	})

	t.Run("keeps that order after the scope", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on[first](a, notingType[cqrs.Event](a, "any"), cqrs.AfterScope())
		on[first](a, notingType[Locked](a, "locked"), cqrs.AfterScope())
		on[second](a, notingType[cqrs.Event](a, "in scope"))
		on[second](a, notingType[Doored](a, "door"), cqrs.AfterScope())
		require.NoError(t, a.start().Publish(t.Context(), Locked{}, Unlocked{}))
		assert.Equal(t, []string{
			"in scope cqrs_test.Locked", "in scope cqrs_test.Unlocked",
			"locked cqrs_test.Locked", "any cqrs_test.Locked", "door cqrs_test.Locked",
			"any cqrs_test.Unlocked", "door cqrs_test.Unlocked",
		}, a.notes())
	})

	t.Run("keeps that order for singletons, which need no request", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.provide(func() *watcher { return &watcher{a} }, container.Singleton())
		a.provide(func() *doorman { return &doorman{a} }, container.Singleton())
		a.events = append(a.events, func(m *cqrs.EventMap) {
			cqrs.BindEvent[*watcher](m)
			cqrs.BindEvent[*doorman](m)
		})
		joinRecords(a, Locked{}, Joined{})
		m := a.start()
		want := []string{"doorman cqrs_test.Locked", "watcher cqrs_test.Locked", "watcher cqrs_test.Joined"}
		require.NoError(t, m.Publish(t.Context(), Locked{}, Joined{}))
		assert.Equal(t, want, a.notes())
		require.NoError(t, m.Send(t.Context(), Join{}))
		assert.Equal(t, append([]string{"join"}, want...), a.notes())
	})

	t.Run("runs in the scope of the request, or after it", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		command(a, func(_ context.Context, h *self[*tx], _ Join) error {
			h.Record(Locked{}, Joined{})
			return nil
		})
		in := func(where string) func(context.Context, *self[*tx], cqrs.Event) error {
			return func(_ context.Context, h *self[*tx], e cqrs.Event) error {
				a.note("%s: %T in %d", where, e, h.need.id)
				return nil
			}
		}
		on[first](a, in("after"), cqrs.AfterScope())
		on[second](a, in("within"))
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{
			"within: cqrs_test.Locked in 1", "within: cqrs_test.Joined in 1", "commit 1",
			"after: cqrs_test.Locked in 2", "commit 2", "after: cqrs_test.Joined in 3", "commit 3",
		}, a.notes())
	})

	t.Run("can record follow-up events, which are appended to the queue", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on[first](a, func(_ context.Context, h *self[nothing], e Doored) error {
			a.note("door %T", e)
			h.Record(Joined{N: e.Door()})
			return nil
		})
		on[first](a, noting[Joined](a, "joined"))
		require.NoError(t, a.start().Publish(t.Context(), Locked{N: 1}, Unlocked{N: 2}))
		assert.Equal(t, []string{"door cqrs_test.Locked", "door cqrs_test.Unlocked", "joined 1", "joined 2"}, a.notes())
	})

	t.Run("is limited if it records an event for every event", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on[first](a, func(_ context.Context, h *self[nothing], _ cqrs.Event) error { h.Record(Left{}); return nil })
		err := a.start(bootstrap.WithEventLimit(5)).Publish(t.Context(), Joined{})
		e, is := errors.AsType[*cqrs.EventLimitError](err)
		require.True(t, is)
		assert.Len(t, e.Path, 6)
	})

	t.Run("returns an error with its name, the event and the undelivered events", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		on[first](a, func(_ context.Context, _ *self[*tx], e Doored) error {
			if e.Door() == 2 {
				return errHandler
			}
			return nil
		}, cqrs.SubscriptionName("doors"))
		err := a.start().Publish(t.Context(), Locked{N: 1}, Unlocked{N: 2}, Locked{N: 3}, Joined{})
		e, is := errors.AsType[*cqrs.EventError](err)
		require.True(t, is)
		require.ErrorIs(t, err, errHandler)
		assert.Equal(t, reflect.TypeFor[Unlocked](), e.Event)
		assert.Equal(t, reflect.TypeFor[*eventHandler[first, Doored, *tx]](), e.Handler)
		assert.Equal(t, "doors", e.Subscription)
		assert.Equal(t, []reflect.Type{reflect.TypeFor[Locked](), reflect.TypeFor[Joined]()}, e.NotDelivered)
		assert.Equal(t, []string{"rollback 1"}, a.notes())
	})

	t.Run("counts as a handler for WithStrictEvents", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on[first](a, notingType[Doored](a, "door"))
		on[second](a, notingType[Locked](a, "locked"))
		m := a.start(bootstrap.WithStrictEvents())
		require.NoError(t, m.Publish(t.Context(), Locked{}, Unlocked{}))
		assert.Equal(t, []string{"locked cqrs_test.Locked", "door cqrs_test.Locked", "door cqrs_test.Unlocked"}, a.notes())
		for range 2 {
			err := m.Publish(t.Context(), Unlocked{}, Painted{}, Locked{})
			require.ErrorIs(t, err, cqrs.ErrUnhandledEvent)
			e, is := errors.AsType[*cqrs.EventError](err)
			require.True(t, is)
			assert.Equal(t, reflect.TypeFor[Painted](), e.Event)
			assert.Equal(t, []reflect.Type{reflect.TypeFor[Locked]()}, e.NotDelivered)
			assert.Equal(t, []string{"door cqrs_test.Unlocked"}, a.notes())
		}
	})

	t.Run("can be a fallback or a chain", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		bindEventTarget(a, cqrs.Fallback(
			eventTo[first](a, func(_ context.Context, h *self[*tx], e Doored) error {
				a.note("primary %T", e)
				h.Record(Left{N: 1})
				if e.Door() == 0 {
					return errPrimary
				}
				return nil
			}),
			cqrs.Chain(
				eventTo[second](a, func(_ context.Context, h *self[*tx], e Doored) error {
					a.note("second %T", e)
					h.Record(Left{N: 2})
					return cqrs.ErrNotHandled
				}),
				eventTo[third](a, func(_ context.Context, h *self[*tx], e Doored) error {
					a.note("third %T", e)
					h.Record(Left{N: 3})
					return nil
				})), nil))
		on[first](a, noting[Left](a, "left"))
		on[second](a, notingType[Locked](a, "locked"))
		require.NoError(t, a.start().Publish(t.Context(), Locked{}, Unlocked{N: 1}))
		assert.Equal(t, []string{
			"locked cqrs_test.Locked", "primary cqrs_test.Locked", "second cqrs_test.Locked", "third cqrs_test.Locked",
			"primary cqrs_test.Unlocked", "left 2", "left 3", "left 1", "commit 1",
		}, a.notes())
	})

	t.Run("passes the event itself and the binding of the interface to middleware", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on[first](a, notingType[Doored](a, "door"), cqrs.WithMiddleware(cqrs.MiddlewareFunc(
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				assert.Equal(t, cqrs.KindEvent, in.Kind())
				assert.Equal(t, Locked{N: 7}, in.Message())
				assert.Equal(t, reflect.TypeFor[Doored](), in.Binding().Message())
				return next(ctx, in)
			})))
		require.NoError(t, a.start().Publish(t.Context(), Locked{N: 7}, Joined{}))
		assert.Equal(t, []string{"door cqrs_test.Locked"}, a.notes())
	})

	t.Run("receives events that many goroutines publish for the first time", func(t *testing.T) {
		t.Parallel()
		const goroutines = 64
		a := newApp(t)
		var all, doors atomic.Int64
		on[first](a, func(context.Context, *self[nothing], cqrs.Event) error { all.Add(1); return nil })
		on[second](a, func(context.Context, *self[nothing], cqrs.Event) error { all.Add(1); return nil }, cqrs.AfterScope())
		on[first](a, func(context.Context, *self[nothing], Doored) error { doors.Add(1); return nil })
		m := a.start(bootstrap.WithStrictEvents(), bootstrap.WithEventConcurrency(4))
		events := []cqrs.Event{
			Locked{}, Unlocked{}, Painted{}, Joined{}, Left{},
			Tagged[int]{}, Tagged[string]{}, Tagged[bool]{}, Tagged[error]{}, Tagged[Joined]{},
		}
		begin := make(chan struct{})
		var wg sync.WaitGroup
		for g := range goroutines {
			wg.Go(func() {
				<-begin
				for i := range events {
					assert.NoError(t, m.Publish(t.Context(), events[(g+i)%len(events)]))
				}
			})
		}
		close(begin)
		wg.Wait()
		assert.Equal(t, int64(2*goroutines*len(events)), all.Load())
		assert.Equal(t, int64(2*goroutines), doors.Load())
	})
}
