package cqrs_test

import (
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestStream_YieldAfterTheEnd(t *testing.T) {
	t.Parallel()
	endless := func(_ context.Context, _ *self[*tx], _ Export) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			for n := 0; ; n++ {
				yield(n, nil)
			}
		}
	}

	t.Run("after its consumer has stopped panics, and the scope closes", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, endless)
		for range cqrs.Stream(t.Context(), a.start(), Export{}) {
			break
		}
		assert.Equal(t, []string{"rollback 1"}, a.notes())
	})

	t.Run("in another request panics, and the request goes on", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, endless)
		command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) error {
			for n := range cqrs.Stream(ctx, h.need, Export{}) {
				a.note("item %d", n)
				break
			}
			return nil
		})
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{"item 0", "commit 1"}, a.notes())
	})

	t.Run("after its own error panics, and the error is kept", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, func(context.Context, *self[*tx], Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				yield(0, errHandler)
				yield(1, nil)
			}
		})
		_, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(), Export{}))
		require.ErrorIs(t, err, errHandler)
		var p *cqrs.PanicError
		require.ErrorAs(t, err, &p)
		assert.Contains(t, p.Site, "stream_yield_test.go", "not in this package")
		assert.Equal(t, []string{"rollback 1"}, a.notes())
	})
}

func TestStream_StoredYield(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	var yieldLater func(int, error) bool
	stream(a, func(_ context.Context, h *self[nothing], _ Export) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			yieldLater = func(n int, err error) bool {
				h.Record(Joined{N: n})
				return yield(n, err)
			}
		}
	})
	on[first](a, noting[Joined](a, "joined"))
	got, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(), Export{}))
	require.NoError(t, err)
	assert.Empty(t, got)
	assert.PanicsWithError(t, "cqrs: yield was called after it returned false or after the stream ended; "+
		"return when yield returns false, and do not store it", func() { yieldLater(1, nil) })
	assert.Empty(t, a.notes())
}
