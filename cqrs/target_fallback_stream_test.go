package cqrs_test

import (
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestFallback_Streams(t *testing.T) {
	t.Parallel()

	t.Run("falls back before the first item, without the events of the primary target", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		items, err := drainExport(t, a, cqrs.Fallback(exports[first](a, 1, errPrimary),
			exports[second](a, 2, nil, 21, 22), nil))
		require.NoError(t, err)
		assert.Equal(t, []int{21, 22}, items)
		assert.Equal(t, []string{"run 1 in 1", "run 2 in 1", "joined 2", "commit 1"}, a.notes())
	})

	t.Run("does not fall back after an item, and does not call the condition", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		items, err := drainExport(t, a, cqrs.Fallback(exports[first](a, 1, errPrimary, 11), exports[second](a, 2, nil, 21),
			func(error) bool { a.note("asked"); return true }))
		assert.Same(t, errPrimary, err)
		assert.Equal(t, []int{11}, items)
		assert.Equal(t, []string{"run 1 in 1", "joined 1", "rollback 1"}, a.notes())
	})

	t.Run("does not fall back if the condition is false", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		_, err := drainExport(t, a, cqrs.Fallback(exports[first](a, 1, errPrimary), exports[second](a, 2, nil, 21), never))
		assert.Same(t, errPrimary, err)
		assert.Equal(t, []string{"run 1 in 1", "rollback 1"}, a.notes())
	})

	t.Run("joins a panic of the condition with the error that it was called with", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		_, err := drainExport(t, a, cqrs.Fallback(exports[first](a, 1, errPrimary), exports[second](a, 2, nil, 21),
			func(error) bool { panic(errPanic) }))
		require.ErrorIs(t, err, errPanic)
		assert.Equal(t, []string{"run 1 in 1", "rollback 1"}, a.notes())
		require.ErrorIs(t, err, errPrimary, "no outcome loses an error")
	})

	t.Run("joins both errors if the secondary target fails too, even after an item", func(t *testing.T) {
		t.Parallel()
		for _, items := range [][]int{nil, {21}} {
			a := newApp(t).withTx()
			got, err := drainExport(t, a, cqrs.Fallback(exports[first](a, 1, errPrimary),
				exports[second](a, 2, errHandler, items...), nil))
			assert.Equal(t, items, got)
			require.ErrorIs(t, err, errPrimary)
			require.ErrorIs(t, err, errHandler)
			assert.Contains(t, a.notes(), "rollback 1")
		}
	})

	for name, primary := range map[string]func(context.Context, *self[nothing], Export) iter.Seq2[int, error]{
		"a nil iterator":    func(context.Context, *self[nothing], Export) iter.Seq2[int, error] { return nil },
		"a panic in Handle": func(context.Context, *self[nothing], Export) iter.Seq2[int, error] { panic(errPanic) },
		"a panic before the first item": func(context.Context, *self[nothing], Export) iter.Seq2[int, error] {
			return func(func(int, error) bool) { panic(errPanic) }
		},
	} {
		t.Run("falls back from "+name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t).withTx()
			items, err := drainExport(t, a, cqrs.Fallback(streamTo[first](a, primary), exports[second](a, 2, nil, 21), nil))
			require.NoError(t, err)
			assert.Equal(t, []int{21}, items)
			assert.Equal(t, []string{"run 2 in 1", "joined 2", "commit 1"}, a.notes())
		})
	}

	t.Run("falls back from the error of a constructor", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		a.provide(func() (*inner, error) { return nil, errPanic }, container.Scoped())
		items, err := drainExport(t, a, cqrs.Fallback(
			streamTo[first](a, func(context.Context, *self[*inner], Export) iter.Seq2[int, error] { return nil }),
			exports[second](a, 2, nil, 21), nil))
		require.NoError(t, err)
		assert.Equal(t, []int{21}, items)
	})

	t.Run("does not fall back if the handler of an event fails, since the request has failed", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		bindTarget(a, cqrs.Fallback(exports[first](a, 1, nil, 11), exports[second](a, 2, nil, 21), nil))
		on[first](a, func(context.Context, *self[nothing], Joined) error { return errHandler })
		items, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(), Export{}))
		assert.Empty(t, items)
		require.ErrorIs(t, err, errHandler)
		assert.Equal(t, []string{"run 1 in 1", "stop 1", "rollback 1"}, a.notes())
	})

	t.Run("does not fall back when the consumer stops", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		target := cqrs.Fallback(exports[first](a, 1, errPrimary, 11, 12), exports[second](a, 2, nil, 21), nil)
		for range cqrs.Stream(t.Context(), startExport(a, target), Export{}) {
			break
		}
		assert.Equal(t, []string{"run 1 in 1", "joined 1", "stop 1", "rollback 1"}, a.notes())
	})

	t.Run("ends when the consumer stops the secondary target, or panics", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		m := startExport(a, cqrs.Fallback(exports[first](a, 1, errPrimary), exports[second](a, 2, nil, 21, 22), nil))
		for range cqrs.Stream(t.Context(), m, Export{}) {
			break
		}
		assert.Equal(t, []string{"run 1 in 1", "run 2 in 1", "joined 2", "stop 2", "rollback 1"}, a.notes())
		assert.PanicsWithValue(t, "consumer", func() {
			for range cqrs.Stream(t.Context(), m, Export{}) {
				panic("consumer")
			}
		})
		assert.Equal(t, []string{"run 1 in 2", "run 2 in 2", "joined 2", "rollback 2"}, a.notes())
	})

	t.Run("falls back from a chain that no link answers, without its events", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		items, err := drainExport(t, a, cqrs.Fallback(
			cqrs.Chain(exports[first](a, 1, cqrs.ErrNotHandled), exports[second](a, 2, cqrs.ErrNotHandled)),
			exports[third](a, 3, nil, 31), nil))
		require.NoError(t, err)
		assert.Equal(t, []int{31}, items)
		assert.Equal(t, []string{"run 1 in 1", "run 2 in 1", "run 3 in 1", "joined 3", "commit 1"}, a.notes())
	})

	t.Run("in a chain keeps the events of the links before it", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		items, err := drainExport(t, a, cqrs.Chain(exports[first](a, 1, cqrs.ErrNotHandled),
			cqrs.Fallback(exports[second](a, 2, errPrimary), exports[third](a, 3, nil, 31), nil)))
		require.NoError(t, err)
		assert.Equal(t, []int{31}, items)
		assert.Equal(t, []string{"run 1 in 1", "run 2 in 1", "run 3 in 1", "joined 1", "joined 3", "commit 1"}, a.notes())
	})
}
