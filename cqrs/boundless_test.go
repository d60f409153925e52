package cqrs_test

import (
	"context"
	"iter"
	"runtime"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// TestNestingLimit has sends that never end, by each way that leads from one to the next.
func TestNestingLimit(t *testing.T) {
	t.Parallel()
	for name, build := range map[string]func(a *app){
		"through the Sender of each handler": func(a *app) {
			command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) error { return h.need.Send(ctx, Join{}) })
		},
		"through a scoped value": func(a *app) {
			a.provide(func(s cqrs.Sender) *courier { return &courier{s} }, container.Scoped())
			command(a, func(ctx context.Context, h *self[*courier], _ Join) error { return h.need.Send(ctx, Join{}) })
		},
		"through goroutines": func(a *app) {
			command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) (err error) {
				var wg sync.WaitGroup
				wg.Go(func() { err = h.need.Send(ctx, Join{}) })
				wg.Wait()
				return err
			})
		},
		"through a scoped value and goroutines": func(a *app) {
			a.provide(func(s cqrs.Sender) *courier { return &courier{s} }, container.Scoped())
			command(a, func(ctx context.Context, h *self[*courier], _ Join) (err error) {
				var wg sync.WaitGroup
				wg.Go(func() { err = h.need.Send(ctx, Join{}) })
				wg.Wait()
				return err
			})
		},
		"through streams": func(a *app) {
			command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) error {
				_, err := drain(cqrs.Stream(ctx, h.need, Export{}))
				return err
			})
			stream(a, func(ctx context.Context, h *self[cqrs.Sender], _ Export) iter.Seq2[int, error] {
				return func(yield func(int, error) bool) { yield(0, h.need.Send(ctx, Join{})) }
			})
		},
		"through the handler of an event": func(a *app) {
			command(a, func(ctx context.Context, h *self[nothing], _ Join) error { h.Record(Joined{}); return nil })
			on[first](a, func(ctx context.Context, h *self[cqrs.Sender], _ Joined) error { return h.need.Send(ctx, Leave{}) })
			command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Leave) error { return h.need.Send(ctx, Leave{}) })
		},
	} {
		t.Run(name+" is an error with the path", func(t *testing.T) {
			t.Parallel()
			for limit, opts := range map[int][]bootstrap.Option{
				1000: nil,
				3:    {bootstrap.WithNestingLimit(3)},
			} {
				a := newApp(t)
				build(a)
				err := a.start(opts...).Send(t.Context(), Join{})
				require.ErrorAs(t, err, new(*cqrs.NestingLimitError))
				var e *cqrs.NestingLimitError
				require.ErrorAs(t, err, &e)
				assert.Equal(t, limit, e.Limit)
				require.NotEmpty(t, e.Path)
			}
		})
	}

	t.Run("lets a handler send to any number at once", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) error {
			var wg sync.WaitGroup
			for range 50 {
				wg.Go(func() { assert.NoError(t, h.need.Send(ctx, Leave{})) })
			}
			wg.Wait()
			return nil
		})
		all := make(chan struct{})
		var n atomic.Int64
		command(a, func(context.Context, *self[nothing], Leave) error {
			if n.Add(1) == 50 {
				close(all)
			}
			<-all
			return nil
		})
		require.NoError(t, a.start(bootstrap.WithNestingLimit(2)).Send(t.Context(), Join{}))
	})
}

func TestEventLimit_Counts(t *testing.T) {
	t.Parallel()

	t.Run("what a parallel command records not for the event that is handled meanwhile", func(t *testing.T) {
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

	t.Run("what a scoped value publishes for the event that is handled", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.provide(func(s cqrs.Sender) *courier { return &courier{s} }, container.Scoped())
		command(a, func(_ context.Context, h *self[*courier], _ Join) error { h.Record(Joined{}); return nil })
		on[first](a, func(ctx context.Context, h *self[*courier], e Joined) error { return h.need.Publish(ctx, e) })
		require.ErrorAs(t, a.start(bootstrap.WithEventLimit(10)).Send(t.Context(), Join{}), new(*cqrs.EventLimitError))
	})

	t.Run("not what attempts that failed have recorded", func(t *testing.T) {
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
		m := a.start(bootstrap.WithEventLimit(1+1+4), aroundScope(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (result any, err error) {
			for range 4 {
				if result, err = next(ctx, in); err == nil || in.Kind() != cqrs.KindEvent || in.Nested() {
					break
				}
			}
			return result, err
		}))
		require.NoError(t, m.Send(t.Context(), Join{}))
	})

	t.Run("not what an attempt has recorded that ends the goroutine", func(t *testing.T) {
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
		onItsOwnGoroutine(func() { _ = m.Send(context.Background(), Join{}) })
		assert.Equal(t, []string{"join", "left", "left", "left"}, a.notes())
	})

	t.Run("the deliveries of one event after the scope together", func(t *testing.T) {
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

func TestGoexit_AfterTheScopeHasCommitted(t *testing.T) {
	t.Parallel()
	for name, send := range map[string]func(*cqrs.Mediator) error{
		"of an event that a command recorded": func(m *cqrs.Mediator) error { return m.Send(context.Background(), Join{}) },
		"of PublishTo":                        func(m *cqrs.Mediator) error { return m.PublishTo(context.Background(), "exits", Joined{}) },
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

// A hostile context panics when it is asked for anything but its error.
type hostile struct{ context.Context }

func (hostile) Done() <-chan struct{}       { panic("Done") }
func (hostile) Value(any) any               { panic("Value") }
func (hostile) Deadline() (time.Time, bool) { panic("Deadline") }
func (hostile) Err() error                  { panic("Err") }

func TestContext_WhoseMethodsPanic(t *testing.T) {
	t.Parallel()
	a := newApp(t).withTx()
	command(a, func(_ context.Context, h *self[*tx], c Join) error {
		h.Record(Joined{N: 1})
		if c.N < 0 {
			return errHandler
		}
		return nil
	})
	on[first](a, noting[Joined](a, "joined"), cqrs.AfterScope())
	bindTarget(a, cqrs.Fallback(
		commandTo[first](a, func(context.Context, *self[*tx], Leave) error { return errHandler }),
		commandTo[second](a, func(context.Context, *self[*tx], Leave) error { return nil }), nil))
	m := a.start()
	ctx := hostile{context.Background()}
	require.NoError(t, m.Send(ctx, Join{}))
	assert.Equal(t, []string{"commit 1", "joined 1"}, a.notes())
	require.ErrorIs(t, m.Send(ctx, Join{N: -1}), errHandler)
	assert.Equal(t, []string{"rollback 2"}, a.notes())
	require.NoError(t, m.Send(ctx, Leave{}))
	assert.Equal(t, []string{"commit 3"}, a.notes())
}

// TestAfterScope_StartsNoMoreGoroutinesThanDeliveries is not parallel, because it counts
// goroutines.
func TestAfterScope_StartsNoMoreGoroutinesThanDeliveries(t *testing.T) {
	const events = 200
	a := newApp(t)
	joinRecords(a, joined(make([]int, events)...)...)
	on[first](a, func(context.Context, *self[nothing], Joined) error { return nil }, cqrs.AfterScope())
	m := a.start(bootstrap.WithEventConcurrency(100_000))
	before := goroutinesCreated(t)
	require.NoError(t, m.Send(t.Context(), Join{}))
	assert.LessOrEqual(t, goroutinesCreated(t)-before, uint64(events))
}

// goroutinesCreated returns how many goroutines the process has started so far.
func goroutinesCreated(t *testing.T) uint64 {
	t.Helper()
	sample := []metrics.Sample{{Name: "/sched/goroutines-created:goroutines"}}
	metrics.Read(sample)
	require.Equal(t, metrics.KindUint64, sample[0].Value.Kind())
	return sample[0].Value.Uint64()
}
