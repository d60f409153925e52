package cqrs_test

import (
	"context"
	"iter"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// unit is a scoped counter.
type unit struct{ n int }

func TestMediator_ManyGoroutines(t *testing.T) {
	t.Parallel()
	const goroutines, rounds = 64, 20

	type need struct {
		dig.In
		Unit   *unit
		Sender cqrs.Sender
	}
	a := newApp(t)
	var opened, closed, handled, mailed atomic.Int64
	a.provide(func() (*unit, container.Finalizer) {
		opened.Add(1)
		return new(unit), func(context.Context, error) error { closed.Add(1); return nil }
	}, container.Scoped())
	command(a, func(_ context.Context, h *self[*unit], c Leave) error {
		h.need.n++
		h.Record(Left{N: c.N})
		return nil
	})
	request(a, func(_ context.Context, h *self[*unit], q Read) (string, error) { return strconv.Itoa(q.N), nil })
	command(a, func(ctx context.Context, h *self[need], c Join) error {
		h.Record(Joined{N: c.N})
		for range 3 {
			if err := h.need.Sender.Send(ctx, Leave{N: c.N}); err != nil {
				return err
			}
		}
		assert.Equal(t, 3, h.need.Unit.n)
		return nil
	})
	request(a, func(ctx context.Context, h *self[need], c Count) (int, error) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				text, err := cqrs.Send(ctx, h.need.Sender, Read{N: c.N})
				assert.NoError(t, err)
				assert.Equal(t, strconv.Itoa(c.N), text)
			})
		}
		wg.Wait()
		return c.N, nil
	})
	stream(a, func(_ context.Context, h *self[*unit], s Export) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			for n := range s.N {
				h.Record(Left{N: n})
				if !yield(n, nil) {
					return
				}
			}
		}
	})
	command(a, func(_ context.Context, _ *self[*unit], _ Close) error { panic("no") })
	on[first](a, func(_ context.Context, h *self[*unit], e Joined) error {
		handled.Add(1)
		h.Record(Greeted{N: e.N})
		return nil
	})
	on[second](a, func(ctx context.Context, h *self[cqrs.Sender], e Joined) error {
		mailed.Add(1)
		return h.need.Send(ctx, Leave{N: e.N})
	}, cqrs.AfterScope())
	on[first](a, func(_ context.Context, h *self[*unit], e Left) error { handled.Add(1); return nil })
	on[first](a, func(_ context.Context, h *self[*unit], e Greeted) error { mailed.Add(1); return nil }, cqrs.AfterScope())
	m := a.start(bootstrap.WithEventConcurrency(4))

	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for n := range rounds {
				switch (g + n) % 5 {
				case 0:
					assert.NoError(t, m.Send(t.Context(), Join{N: n}))
				case 1:
					got, err := cqrs.Send(t.Context(), m, Count{N: n})
					assert.NoError(t, err)
					assert.Equal(t, n, got)
				case 2:
					got, err := testkit.Drain(cqrs.Stream(t.Context(), m, Export{N: 3}))
					assert.NoError(t, err)
					assert.Equal(t, []int{0, 1, 2}, got)
				case 3:
					assert.Error(t, m.Send(t.Context(), Close{}))
				case 4:
					assert.NoError(t, m.Publish(t.Context(), Joined{N: n}, Left{N: n}))
				}
			}
		})
	}
	wg.Wait()
	each := int64(goroutines * rounds / 5)
	assert.Equal(t, opened.Load(), closed.Load())
	assert.Equal(t, 2*2*each, mailed.Load(), "of Join and Publish, two each")
	// Join: Joined, 3 Left, and one more Left of the mail.
	// Publish: Joined, Left, and the Left of the mail. Export: 3 Left.
	assert.Equal(t, (5+3+3)*each, handled.Load())
	require.False(t, t.Failed())
}
