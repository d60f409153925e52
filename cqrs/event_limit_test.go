package cqrs_test

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestEventLimit(t *testing.T) {
	t.Parallel()

	again := func(handled *int) func(context.Context, *self[nothing], Joined) error {
		return func(_ context.Context, h *self[nothing], e Joined) error {
			*handled++
			h.Record(Greeted(e))
			return nil
		}
	}
	back := func(_ context.Context, h *self[nothing], e Greeted) error {
		h.Record(Joined(e))
		return nil
	}

	t.Run("ends an endless chain in the scope, with the path", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		command(a, func(_ context.Context, h *self[*tx], _ Join) error {
			h.Record(Joined{})
			return nil
		})
		handled := 0
		on[first](a, again(&handled))
		on[first](a, back)
		err := a.start(bootstrap.WithEventLimit(5)).Send(t.Context(), Join{})
		require.ErrorAs(t, err, new(*cqrs.EventLimitError))
		limit, ok := errors.AsType[*cqrs.EventLimitError](err)
		require.True(t, ok)
		assert.Equal(t, 5, limit.Limit)
		j, g := reflect.TypeFor[Joined](), reflect.TypeFor[Greeted]()
		assert.Equal(t, []reflect.Type{j, g, j, g, j, g}, limit.Path)
		assert.Equal(t, 3, handled)
		assert.Equal(t, []string{"rollback 1"}, a.notes())
	})

	t.Run("is 1000 by default", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, joined(1)...)
		handled := 0
		on[first](a, func(_ context.Context, h *self[nothing], e Joined) error {
			handled++
			h.Record(e)
			return nil
		})
		require.ErrorAs(t, a.start().Send(t.Context(), Join{}), new(*cqrs.EventLimitError))
		assert.Equal(t, 1000, handled)
	})

	t.Run("does not count events recorded by the request itself", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, joined(make([]int, 5000)...)...)
		on[first](a, func(context.Context, *self[nothing], Joined) error { return nil })
		require.NoError(t, a.start(bootstrap.WithEventLimit(2)).Send(t.Context(), Join{}))
	})

	t.Run("allows a chain of exactly that many events", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, joined(4)...)
		handled := 0
		on[first](a, func(_ context.Context, h *self[nothing], e Joined) error {
			if handled++; e.N > 0 {
				h.Record(Joined{N: e.N - 1})
			}
			return nil
		})
		require.NoError(t, a.start(bootstrap.WithEventLimit(5)).Send(t.Context(), Join{}))
		assert.Equal(t, 5, handled)
	})

	t.Run("ends a chain after the scope", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, joined(1)...)
		handled := 0
		on[first](a, func(_ context.Context, h *self[nothing], e Joined) error {
			handled++
			h.Record(e)
			return nil
		}, cqrs.AfterScope())
		err := a.start(bootstrap.WithEventLimit(10)).Send(t.Context(), Join{})
		limit, ok := errors.AsType[*cqrs.EventLimitError](err)
		require.True(t, ok, "%v", err)
		assert.Len(t, limit.Path, 11)
		assert.Equal(t, 10, handled)
		assert.True(t, cqrs.Done(err))
	})

	t.Run("ends a chain through nested sends", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, joined(1)...)
		on[first](a, func(ctx context.Context, h *self[cqrs.Sender], e Joined) error {
			return h.need.Send(ctx, Join{})
		})
		require.ErrorAs(t, a.start(bootstrap.WithEventLimit(10)).Send(t.Context(), Join{}), new(*cqrs.EventLimitError))
	})

	t.Run("ends a chain through Publish of a Sender", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, joined(1)...)
		on[first](a, func(ctx context.Context, h *self[cqrs.Sender], e Joined) error {
			return h.need.Publish(ctx, e)
		})
		require.ErrorAs(t, a.start(bootstrap.WithEventLimit(10)).Send(t.Context(), Join{}), new(*cqrs.EventLimitError))
	})

	t.Run("ends a branching chain, in the scope and after it on many goroutines", func(t *testing.T) {
		t.Parallel()
		for _, opts := range [][]cqrs.EventOption{nil, {cqrs.AfterScope()}} {
			a := newApp(t)
			joinRecords(a, joined(1, 2)...)
			on[first](a, func(_ context.Context, h *self[nothing], e Joined) error {
				h.Record(e, e)
				return nil
			}, opts...)
			on[second](a, func(_ context.Context, h *self[nothing], e Joined) error {
				h.Record(e)
				return nil
			}, opts...)
			m := a.start(bootstrap.WithEventLimit(100), bootstrap.WithEventConcurrency(8))
			require.ErrorAs(t, m.Send(t.Context(), Join{}), new(*cqrs.EventLimitError))
		}
	})
}

func TestEventLimit_Counts(t *testing.T) {
	t.Parallel()

	t.Run("excludes what a concurrent command records while an event is handled", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		begun, finished := make(chan struct{}), make(chan struct{})
		command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) error {
			h.Record(Joined{})
			go func() {
				defer close(finished)
				<-begun
				for range 20 {
					assert.NoError(t, h.need.Send(ctx, Leave{}))
				}
			}()
			return nil
		})
		command(a, func(_ context.Context, h *self[nothing], _ Leave) error { h.Record(Left{}); return nil })
		on[first](a, func(context.Context, *self[nothing], Joined) error {
			close(begun)
			<-finished
			return nil
		})
		on[second](a, noting[Left](a, "left"))
		require.NoError(t, a.start(bootstrap.WithEventLimit(10)).Send(t.Context(), Join{}))
		assert.Len(t, a.notes(), 20)
	})

	t.Run("includes what a scoped value publishes while an event is handled", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.provide(func(s cqrs.Sender) *courier { return &courier{s} }, container.Scoped())
		command(a, func(_ context.Context, h *self[*courier], _ Join) error { h.Record(Joined{}); return nil })
		on[first](a, func(ctx context.Context, h *self[*courier], e Joined) error { return h.need.Publish(ctx, e) })
		require.ErrorAs(t, a.start(bootstrap.WithEventLimit(10)).Send(t.Context(), Join{}), new(*cqrs.EventLimitError))
	})

	t.Run("excludes what failed attempts have recorded", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, joined(1)...)
		attempts := 0
		on[first](a, func(_ context.Context, h *self[nothing], _ Joined) error { h.Record(Greeted{}); return nil },
			cqrs.AfterScope())
		on[first](a, func(_ context.Context, h *self[nothing], _ Greeted) error {
			for range 4 {
				h.Record(Left{})
			}
			return nil
		}, cqrs.AfterScope())
		on[second](a, func(context.Context, *self[nothing], Left) error {
			if attempts++; attempts <= 3 {
				return errHandler
			}
			return nil
		})
		m := a.start(bootstrap.WithEventLimit(1+1+4), aroundScope(
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (result any, err error) {
				for range 4 {
					if result, err = next(ctx, in); err == nil || in.Kind() != cqrs.KindEvent || in.Nested() {
						break
					}
				}
				return result, err
			}))
		require.NoError(t, m.Send(t.Context(), Join{}))
	})

	t.Run("excludes what an attempt recorded before it exited its goroutine", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, joined(1)...)
		records := func(_ context.Context, h *self[nothing], _ Joined) error {
			for range 3 {
				h.Record(Left{})
			}
			return nil
		}
		on[first](a, records, cqrs.AfterScope())
		on[second](a, records, cqrs.AfterScope())
		exits := true
		on[third](a, func(context.Context, *self[nothing], Left) error {
			if exits {
				exits = false
				runtime.Goexit()
			}
			a.note("left")
			return nil
		})
		m := a.start(bootstrap.WithEventLimit(5))
		testkit.OnGoroutine(func() { _ = m.Send(context.Background(), Join{}) })
		assert.Equal(t, []string{"join", "left", "left", "left"}, a.notes())
	})

	t.Run("includes all after-scope deliveries of one event", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, joined(1)...)
		records := func(_ context.Context, h *self[nothing], _ Joined) error {
			for range 9 {
				h.Record(Left{})
			}
			return nil
		}
		on[first](a, records, cqrs.AfterScope())
		on[second](a, records, cqrs.AfterScope())
		on[third](a, noting[Left](a, "left"))
		err := a.start(bootstrap.WithEventLimit(10)).Send(t.Context(), Join{})
		require.ErrorAs(t, err, new(*cqrs.EventLimitError))
		assert.True(t, cqrs.Done(err))
		assert.Len(t, a.notes(), 1+9)
	})
}
