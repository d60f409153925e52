package cqrs_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// TestMediator_LeaksNothing is not parallel: it measures the heap of the process.
func TestMediator_LeaksNothing(t *testing.T) {
	const requests = 100_000
	a := newApp(t)
	a.provide(func() (*unit, container.Finalizer) {
		return new(unit), func(context.Context, error) error { return nil }
	}, container.Scoped())
	command(a, func(ctx context.Context, h *self[cqrs.Sender], c Join) error {
		h.Record(Joined{N: c.N})
		return h.need.Send(ctx, Leave{N: c.N})
	})
	command(a, func(_ context.Context, h *self[*unit], c Leave) error {
		h.Record(Left{N: c.N})
		return nil
	})
	command(a, func(_ context.Context, h *self[*unit], c Close) error {
		h.Record(Left{N: c.N})
		panic(errHandler)
	})
	on[first](a, func(context.Context, *self[*unit], Joined) error { return nil })
	on[second](a, func(context.Context, *self[*unit], Joined) error { return nil }, cqrs.AfterScope())
	on[first](a, func(context.Context, *self[nothing], Left) error { return nil }, cqrs.AfterScope())
	m := a.start(bootstrap.WithEventConcurrency(2))
	send := func(n int) {
		for i := range n {
			require.NoError(t, m.Send(t.Context(), Join{N: i}))
			if i%100 == 0 {
				require.Error(t, m.Send(t.Context(), Close{N: i}))
			}
		}
	}
	send(requests / 10)
	heap, goroutines := testkit.LiveHeap(), runtime.NumGoroutine()
	send(requests)
	grown := int64(testkit.LiveHeap()) - int64(heap)
	assert.Less(t, grown, int64(256<<10), "bytes that %d requests have left behind", requests)
	assert.LessOrEqual(t, runtime.NumGoroutine(), goroutines)
	runtime.KeepAlive(m)
}
