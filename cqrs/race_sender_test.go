package cqrs_test

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// tally is a scoped counter. It belongs to the first number that is added, and counts any
// other number as strayed from another request.
type tally struct{ owner, count, strayed atomic.Int64 }

func (t *tally) add(n int) {
	t.owner.CompareAndSwap(0, int64(n)+1)
	if t.owner.Load() != int64(n)+1 {
		t.strayed.Add(1)
	}
	t.count.Add(1)
}

func TestSender_ManyGoroutinesOfManyRequests(t *testing.T) {
	t.Parallel()
	const requests, rounds, branches = 64, 10, 4

	a := newApp(t)
	var committed, dropped, strayed, mailed atomic.Int64
	a.provide(func() (*tally, container.Finalizer) {
		in := new(tally)
		return in, func(_ context.Context, outcome error) error {
			strayed.Add(in.strayed.Load())
			if outcome == nil {
				committed.Add(in.count.Load())
			} else {
				dropped.Add(in.count.Load())
			}
			return nil
		}
	}, container.Scoped())
	command(a, func(_ context.Context, h *self[*tally], c Leave) error {
		h.need.add(c.N)
		h.Record(Left{N: c.N})
		return nil
	})
	request(a, func(_ context.Context, h *self[*tally], q Count) (int, error) {
		h.need.add(q.N)
		return q.N, nil
	})
	stream(a, func(_ context.Context, h *self[*tally], s Export) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			for {
				h.need.add(s.N)
				h.Record(Joined{N: s.N})
				if !yield(s.N, nil) {
					return
				}
			}
		}
	})
	on[first](a, func(_ context.Context, h *self[*tally], e Left) error { h.need.add(e.N); return nil })
	on[second](a, func(context.Context, *self[*tally], Left) error { mailed.Add(1); return nil }, cqrs.AfterScope())
	on[first](a, func(_ context.Context, h *self[*tally], e Joined) error { h.need.add(e.N); return nil })
	m := a.start(bootstrap.WithEventConcurrency(4))

	// What a branch adds in the scope of the request. The events of the stream, which the
	// consumer stops, are dropped.
	const published = 8
	const inHandlers, byEvents = 3, 1 + published
	branch := func(ctx context.Context, s cqrs.Sender, n int) {
		assert.NoError(t, s.Send(ctx, Leave{N: n}))
		for range published {
			assert.NoError(t, s.Publish(ctx, Left{N: n}))
		}
		got, err := cqrs.Send(ctx, s, Count{N: n})
		assert.NoError(t, err)
		assert.Equal(t, n, got)
		for item, err := range cqrs.Stream(ctx, s, Export{N: n}) {
			assert.NoError(t, err)
			assert.Equal(t, n, item)
			break
		}
	}

	var wg sync.WaitGroup
	for n := range requests {
		wg.Go(func() {
			for round := range rounds {
				fails := round%2 == 1
				err := m.Run(t.Context(), func(ctx context.Context, s cqrs.Sender) error {
					var wg sync.WaitGroup
					begin := make(chan struct{})
					for range branches {
						wg.Go(func() { <-begin; branch(ctx, s, n) })
					}
					close(begin)
					wg.Wait()
					if fails {
						return errOther
					}
					return nil
				})
				assert.Equal(t, fails, err != nil, "%v", err)
			}
		})
	}
	wg.Wait()
	const each = requests * rounds / 2 * branches
	assert.Zero(t, strayed.Load())
	assert.EqualValues(t, each*(inHandlers+byEvents), committed.Load())
	assert.EqualValues(t, each*inHandlers, dropped.Load())
	assert.EqualValues(t, each*byEvents, mailed.Load())
	require.False(t, t.Failed())
}
