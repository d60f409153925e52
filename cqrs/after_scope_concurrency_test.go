package cqrs_test

import (
	"context"
	"runtime"
	"runtime/metrics"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// A gauge counts how many are inside at once.
type gauge struct {
	mu           sync.Mutex
	inside, most int
}

func (g *gauge) enter() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside++
	g.most = max(g.most, g.inside)
}

func (g *gauge) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
}

func TestAfterScope_Concurrency(t *testing.T) {
	t.Parallel()

	// Each of 24 handlers takes a second of the bubble's clock.
	slow := func(t *testing.T, g *gauge) *app {
		a := newApp(t)
		var events []cqrs.Event
		for n := range 24 {
			events = append(events, Joined{N: n})
		}
		joinRecords(a, events...)
		on[first](a, func(_ context.Context, h *self[nothing], e Joined) error {
			g.enter()
			defer g.leave()
			time.Sleep(time.Second)
			return nil
		}, cqrs.AfterScope())
		return a
	}

	for _, n := range []int{1, 2, 8} {
		t.Run("of "+strconv.Itoa(n)+" runs that many handlers at once, and no more", func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := new(gauge)
				m := slow(t, g).start(bootstrap.WithEventConcurrency(n))
				start := time.Now()
				require.NoError(t, m.Send(t.Context(), Join{}))
				assert.Equal(t, n, g.most)
				assert.Equal(t, time.Duration(24/n)*time.Second, time.Since(start))
				assert.Zero(t, g.inside, "nothing is left running when Send returns")
			})
		})

		t.Run("of "+strconv.Itoa(n)+" is shared by all requests, in addition to their own goroutines", func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const callers = 5
				g := new(gauge)
				m := slow(t, g).start(bootstrap.WithEventConcurrency(n))
				var wg sync.WaitGroup
				for range callers {
					wg.Go(func() { assert.NoError(t, m.Send(t.Context(), Join{})) })
				}
				wg.Wait()
				assert.Equal(t, callers+n-1, g.most)
				assert.Zero(t, g.inside)
			})
		})
	}

	t.Run("waits for handlers that run while another fails, and for their follow-up events", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t)
			joinRecords(a, joined(1, 2)...)
			on[first](a, func(_ context.Context, h *self[nothing], e Joined) error {
				if e.N == 1 {
					return errHandler
				}
				time.Sleep(time.Second)
				h.Record(Left{N: e.N})
				return nil
			}, cqrs.AfterScope())
			on[first](a, func(_ context.Context, _ *self[nothing], e Left) error {
				time.Sleep(time.Second)
				a.note("left %d", e.N)
				return nil
			}, cqrs.AfterScope())
			err := a.start(bootstrap.WithEventConcurrency(8)).Send(t.Context(), Join{})
			require.ErrorIs(t, err, errHandler)
			assert.Len(t, eventErrors(err), 1)
			assert.Equal(t, []string{"join", "left 2"}, a.notes())
		})
	})

	t.Run("waits for running handlers when cancelled, and reports those that did not start", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t)
			ctx, cancel := context.WithCancel(t.Context())
			joinRecords(a, joined(1, 2, 3, 4, 5)...)
			on[first](a, func(_ context.Context, _ *self[nothing], e Joined) error {
				time.Sleep(time.Second)
				cancel()
				time.Sleep(time.Second)
				a.note("end")
				return nil
			}, cqrs.AfterScope())
			err := a.start(bootstrap.WithEventConcurrency(2)).Send(ctx, Join{})
			require.ErrorIs(t, err, context.Canceled)
			assert.Len(t, eventErrors(err), 3)
			assert.Equal(t, []string{"join", "end", "end"}, a.notes())
		})
	})

	t.Run("reports a handler that ends its goroutine", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t).withTx()
			began := make(chan struct{})
			joinRecords(a, joined(1, 2)...)
			on[first](a, func(_ context.Context, _ *self[*tx], e Joined) error {
				if e.N == 2 { // on a goroutine of the mediator: that of the caller waits in the other task
					began <- struct{}{}
					runtime.Goexit()
				}
				<-began
				return nil
			}, cqrs.AfterScope())
			m := a.start(bootstrap.WithEventConcurrency(2))
			for range 3 { // the place of the goroutine is free again
				err := m.Send(t.Context(), Join{})
				require.ErrorIs(t, err, cqrs.ErrExit)
				require.Len(t, eventErrors(err), 1)
			}
		})
	})

	t.Run("waits for the others if a handler ends the goroutine of the caller", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t)
			began := make(chan struct{})
			joinRecords(a, joined(1, 2)...)
			on[first](a, func(_ context.Context, _ *self[nothing], e Joined) error {
				if e.N == 1 {
					<-began
					runtime.Goexit()
				}
				close(began)
				time.Sleep(time.Second)
				a.note("mail %d", e.N)
				return nil
			}, cqrs.AfterScope())
			m := a.start(bootstrap.WithEventConcurrency(2))
			testkit.OnGoroutine(func() { _ = m.Send(context.Background(), Join{}) })
			assert.Equal(t, []string{"join", "mail 2"}, a.notes())
		})
	})
}

func TestAfterScope_NestedRequests(t *testing.T) {
	t.Parallel()

	for _, n := range []int{1, 2, 8} {
		t.Run("nested to any depth do not wait for each other with concurrency "+strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			const depth = 30
			a := newApp(t)
			var m *cqrs.Mediator
			command(a, func(_ context.Context, h *self[nothing], c Join) error {
				h.Record(Joined{N: c.N}, Joined{N: -1})
				return nil
			})
			on[first](a, func(ctx context.Context, _ *self[nothing], e Joined) error {
				a.note("%d", e.N)
				if e.N <= 0 {
					return nil
				}
				return m.Send(ctx, Join{N: e.N - 1})
			}, cqrs.AfterScope())
			m = a.start(bootstrap.WithEventConcurrency(n))
			require.NoError(t, m.Send(context.WithoutCancel(t.Context()), Join{N: depth}))
			assert.Len(t, a.notes(), 2*(depth+1))
		})
	}

	t.Run("from many callers at once do not wait for each other", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		var m *cqrs.Mediator
		command(a, func(_ context.Context, h *self[nothing], c Join) error {
			h.Record(Joined{N: c.N}, Joined{N: c.N})
			return nil
		})
		on[first](a, func(_ context.Context, _ *self[nothing], e Joined) error {
			if e.N == 0 {
				a.note("end")
				return nil
			}
			return m.Send(context.Background(), Join{N: e.N - 1})
		}, cqrs.AfterScope())
		m = a.start(bootstrap.WithEventConcurrency(3))
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() { assert.NoError(t, m.Send(t.Context(), Join{N: 4})) })
		}
		wg.Wait()
		assert.Len(t, a.notes(), 16*32)
	})

	t.Run("sent through the Sender of an after-scope handler join its scope", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		joinRecords(a, joined(1)...)
		command(a, func(_ context.Context, h *self[*tx], c Leave) error {
			a.note("leave in %d", h.need.id)
			h.Record(Left{N: c.N})
			return nil
		})
		type need struct {
			dig.In
			Tx     *tx
			Sender cqrs.Sender
		}
		on[first](a, func(ctx context.Context, h *self[need], e Joined) error {
			a.note("mail in %d", h.need.Tx.id)
			return h.need.Sender.Send(ctx, Leave{N: e.N})
		}, cqrs.AfterScope())
		on[first](a, noting[Left](a, "left"))
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{"join", "mail in 1", "leave in 1", "left 1", "commit 1"}, a.notes())
	})
}

// TestAfterScope_Goroutines is not parallel, because it counts
// goroutines.
func TestAfterScope_Goroutines(t *testing.T) {
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
