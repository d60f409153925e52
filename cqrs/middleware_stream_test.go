package cqrs_test

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestMiddleware_Streams(t *testing.T) {
	t.Parallel()

	t.Run("can replace the error that ends a stream", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		stream(a, func(context.Context, *self[nothing], Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) { _ = yield(1, nil) && yield(0, errHandler) }
		})
		got, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(with(
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				_, err := next(ctx, in)
				return nil, errors.Join(errOther, err)
			})), Export{}))
		assert.Equal(t, []int{1}, got)
		require.ErrorIs(t, err, errOther)
		require.ErrorIs(t, err, errHandler)
	})

	t.Run("can skip next", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, itemsOf(1))
		got, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(instead(nil, nil)), Export{}))
		require.NoError(t, err)
		assert.Empty(t, got)
	})

	t.Run("can retry a stream", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		attempts := 0
		stream(a, func(_ context.Context, h *self[nothing], _ Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				attempts++
				h.Record(Joined{N: attempts})
				if attempts == 1 {
					yield(0, errHandler)
					return
				}
				yield(attempts, nil)
			}
		})
		on[first](a, noting[Joined](a, "joined"))
		got, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(with(twice)), Export{}))
		require.NoError(t, err)
		assert.Equal(t, []int{2}, got)
		assert.Equal(t, []string{"joined 2"}, a.notes())
	})

	t.Run("cannot resume a stream that the consumer has stopped", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, itemsOf(1, 2))
		m := a.start(with(twice))
		require.NotPanics(t, func() {
			for n := range cqrs.Stream(t.Context(), m, Export{}) {
				a.note("item %d", n)
				break
			}
		})
		assert.Equal(t, []string{"item 1", "rollback 1"}, a.notes())
	})

	t.Run("cannot turn a stop into a success", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, itemsOf(1, 2))
		m := a.start(with(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			_, err := next(ctx, in)
			assert.ErrorIs(t, err, cqrs.ErrStreamStopped)
			return nil, nil
		}))
		for range cqrs.Stream(t.Context(), m, Export{}) {
			break
		}
		assert.Equal(t, []string{"rollback 1"}, a.notes())
	})

	t.Run("keeps only the events of the last attempt at a nested stream", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		attempts := 0
		stream(a, func(_ context.Context, h *self[nothing], _ Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				attempts++
				h.Record(Joined{N: attempts})
				if attempts == 1 {
					yield(0, errHandler)
					return
				}
				yield(attempts, nil)
			}
		})
		on[first](a, noting[Joined](a, "joined"))
		err := a.start(with(twice)).Run(t.Context(), func(ctx context.Context, s cqrs.Sender) error {
			_, err := testkit.Drain(cqrs.Stream(ctx, s, Export{}))
			return err
		})
		require.NoError(t, err)
		assert.Equal(t, []string{"joined 2"}, a.notes())
	})

	t.Run("cannot retry once the consumer has an item", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		attempts := 0
		stream(a, func(context.Context, *self[nothing], Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				attempts++
				if yield(attempts, nil) {
					yield(0, errHandler)
				}
			}
		})
		items, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(with(twice)), Export{}))
		require.ErrorIs(t, err, errHandler)
		assert.Equal(t, []int{1}, items)
		assert.Equal(t, 1, attempts)
	})

	t.Run("cannot discard the error of an event", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, func(_ context.Context, h *self[*tx], _ Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				h.Record(joined(1, 2)...)
				yield(1, nil)
			}
		})
		on[first](a, func(context.Context, *self[nothing], Joined) error { return errHandler })
		hide := func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			if in.Kind() != cqrs.KindStream {
				return next(ctx, in)
			}
			_, _ = next(ctx, in)
			return nil, nil
		}
		_, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(with(hide)), Export{}))
		require.ErrorIs(t, err, errHandler)
		assert.Contains(t, a.notes(), "rollback 1")
	})

	t.Run("cannot call next after it has returned", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, itemsOf(1))
		late, returned := make(chan error, 1), make(chan struct{})
		items, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(with(
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				go func() {
					<-returned
					_, err := next(ctx, in)
					late <- err
				}()
				return nil, nil
			})), Export{}))
		require.NoError(t, err)
		assert.Empty(t, items)
		close(returned)
		require.ErrorIs(t, <-late, cqrs.ErrRequestEnded)
	})
}
