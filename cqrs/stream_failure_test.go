package cqrs_test

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestStream_Failures(t *testing.T) {
	t.Parallel()

	t.Run("an error that the handler yields comes last, after the scope has closed", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, func(_ context.Context, h *self[*tx], _ Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				yield(1, nil)
				h.Record(Joined{N: 9})
				if !yield(2, errHandler) {
					a.note("stop")
				}
				yield(3, nil)
			}
		})
		on[first](a, noting[Joined](a, "joined"))
		for n, err := range cqrs.Stream(t.Context(), a.start(), Export{}) {
			if err == nil {
				a.note("item %d, error <nil>", n)
				continue
			}
			var p *cqrs.PanicError // of the third yield, which is one too many
			a.note("item %d, error %t, panic %t", n, errors.Is(err, errHandler), errors.As(err, &p))
		}
		assert.Equal(t, []string{"item 1, error <nil>", "stop", "rollback 1", "item 0, error true, panic true"}, a.notes())
	})

	t.Run("a failing in-scope handler withholds the item", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, itemsOf(1, 2, 3))
		on[first](a, func(_ context.Context, _ *self[nothing], e Joined) error {
			if e.N == 2 {
				return errHandler
			}
			return nil
		})
		got, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(), Export{}))
		assert.Equal(t, []int{1}, got)
		var e *cqrs.EventError
		require.ErrorAs(t, err, &e)
		require.ErrorIs(t, err, errHandler)
		assert.Equal(t, []string{"rollback 1"}, a.notes())
	})

	t.Run("the error of an after-scope handler is yielded last", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, itemsOf(1, 2))
		on[first](a, func(context.Context, *self[nothing], Left) error { return errHandler }, cqrs.AfterScope())
		got, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(), Export{}))
		assert.Equal(t, []int{1, 2}, got)
		require.ErrorIs(t, err, errHandler)
		assert.True(t, cqrs.Done(err))
		assert.Equal(t, []string{"commit 1"}, a.notes())
	})

	t.Run("the error of a finalizer is yielded last", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		withFinalizer[int](a, func(context.Context, error) error { return errFinalizer })
		stream(a, func(context.Context, *self[*int], Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) { yield(1, nil) }
		})
		got, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(), Export{}))
		assert.Equal(t, []int{1}, got)
		require.ErrorIs(t, err, errFinalizer)
	})

	for _, where := range []string{"in Handle", "between items"} {
		t.Run("a panic "+where+" is an error and closes the scope", func(t *testing.T) {
			t.Parallel()
			a := newApp(t).withTx()
			stream(a, func(context.Context, *self[*tx], Export) iter.Seq2[int, error] {
				if where == "in Handle" {
					panic(errOther)
				}
				return func(yield func(int, error) bool) {
					yield(1, nil)
					panic(errOther)
				}
			})
			_, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(), Export{}))
			var p *cqrs.PanicError
			require.ErrorAs(t, err, &p)
			require.ErrorIs(t, err, errOther)
			assert.Equal(t, []string{"rollback 1"}, a.notes())
		})
	}

	t.Run("a panic of the consumer propagates, and the finalizers run", func(t *testing.T) {
		t.Parallel()
		a := exporting(t)
		m := a.start()
		assert.PanicsWithValue(t, "consumer", func() {
			for range cqrs.Stream(t.Context(), m, Export{}) {
				panic("consumer")
			}
		})
		assert.Equal(t, []string{"joined 1", "rollback 1"}, a.notes())
		got, err := testkit.Drain(cqrs.Stream(t.Context(), m, Export{}))
		require.NoError(t, err, "the next request succeeds")
		assert.Len(t, got, 3)
	})

	t.Run("a nil iterator is an error", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		stream(a, func(context.Context, *self[nothing], Export) iter.Seq2[int, error] { return nil })
		_, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(), Export{}))
		require.ErrorIs(t, err, cqrs.ErrNilStream)
	})

	t.Run("a constructor that fails is an error", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.provide(func() (*tx, error) { return nil, errOther }, container.Scoped())
		stream(a, itemsOf(1))
		_, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(), Export{}))
		require.ErrorIs(t, err, errOther)
	})

	t.Run("an invalid message is one error", func(t *testing.T) {
		t.Parallel()
		m := newApp(t).start()
		var none context.Context
		_, err := testkit.Drain(cqrs.Stream(none, m, Export{}))
		require.ErrorIs(t, err, cqrs.ErrNilContext)
		_, err = testkit.Drain(cqrs.Stream(t.Context(), m, &Export{}))
		require.ErrorIs(t, err, cqrs.ErrPointer)
		_, err = testkit.Drain(cqrs.Stream(t.Context(), m, Export{}))
		require.ErrorAs(t, err, new(*cqrs.NoHandlerError))
		var nothing cqrs.StreamRequest[int]
		_, err = testkit.Drain(cqrs.Stream(t.Context(), m, nothing))
		require.ErrorIs(t, err, cqrs.ErrNilMessage)
	})

	t.Run("a message that is both a command and a stream can only be sent as it is bound", func(t *testing.T) {
		t.Parallel()
		type both struct {
			cqrs.Command
			cqrs.StreamOf[int]
		}
		a := newApp(t)
		command(a, func(context.Context, *self[nothing], both) error { return nil })
		m := a.start()
		require.NotPanics(t, func() {
			_, err := testkit.Drain(cqrs.Stream(t.Context(), m, both{}))
			require.Error(t, err)
		})
	})
}
