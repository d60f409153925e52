package cqrs_test

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestChain_Streams(t *testing.T) {
	t.Parallel()

	t.Run("passes on before any item, and dispatches the events of all links before the first item", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		target := cqrs.Chain(exports[first](a, 1, cqrs.ErrNotHandled), exports[second](a, 2, nil, 21, 22),
			exports[third](a, 3, nil, 31))
		for item, err := range cqrs.Stream(t.Context(), startExport(a, target), Export{}) {
			require.NoError(t, err)
			a.note("item %d", item)
		}
		assert.Equal(t, []string{"run 1 in 1", "run 2 in 1", "joined 1", "joined 2", "item 21", "item 22", "commit 1"},
			a.notes())
	})

	t.Run("is answered by a stream without items", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		items, err := drainExport(t, a, cqrs.Chain(exports[first](a, 1, cqrs.ErrNotHandled),
			exports[second](a, 2, nil), exports[third](a, 3, nil, 31)))
		require.NoError(t, err)
		assert.Empty(t, items)
		assert.Equal(t, []string{"run 1 in 1", "run 2 in 1", "joined 1", "joined 2", "commit 1"}, a.notes())
	})

	t.Run("that no link answers fails, and drops the events", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		items, err := drainExport(t, a, cqrs.Chain(exports[first](a, 1, cqrs.ErrNotHandled),
			exports[second](a, 2, cqrs.ErrNotHandled)))
		assert.Empty(t, items)
		e, is := errors.AsType[*cqrs.NotHandledError](err)
		require.True(t, is)
		assert.Len(t, e.Handlers, 2)
		assert.Equal(t, []string{"run 1 in 1", "run 2 in 1", "rollback 1"}, a.notes())
	})

	t.Run("that no link answers drops the events even if middleware recovers", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		_, err := drainExport(t, a, cqrs.Chain(exports[first](a, 1, cqrs.ErrNotHandled)),
			cqrs.WithMiddleware(cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				_, err := next(ctx, in)
				require.ErrorIs(t, err, cqrs.ErrNotHandled)
				return nil, nil
			})))
		require.NoError(t, err)
		assert.Equal(t, []string{"run 1 in 1", "commit 1"}, a.notes())
	})

	t.Run("that is retried keeps the events of the last attempt", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		attempt := 0
		_, err := drainExport(t, a, cqrs.Chain(exports[first](a, 1, cqrs.ErrNotHandled), streamTo[second](a,
			func(context.Context, *self[nothing], Export) iter.Seq2[int, error] {
				return func(yield func(int, error) bool) {
					if attempt++; attempt == 1 {
						yield(0, errHandler)
						return
					}
					yield(21, nil)
				}
			})), cqrs.WithMiddleware(cqrs.MiddlewareFunc(twice)))
		require.NoError(t, err)
		assert.Equal(t, []string{"run 1 in 1", "run 1 in 1", "joined 1", "commit 1"}, a.notes())
	})

	t.Run("ends at the error of a link", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		items, err := drainExport(t, a, cqrs.Chain(exports[first](a, 1, cqrs.ErrNotHandled),
			exports[second](a, 2, errHandler, 21), exports[third](a, 3, nil, 31)))
		assert.Equal(t, []int{21}, items)
		assert.Same(t, errHandler, err)
		assert.Equal(t, []string{"run 1 in 1", "run 2 in 1", "joined 1", "joined 2", "rollback 1"}, a.notes())
	})

	t.Run("cannot pass on after an item, which is not a NotHandledError", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		items, err := drainExport(t, a, cqrs.Chain(exports[first](a, 1, cqrs.ErrNotHandled, 11),
			exports[second](a, 2, nil, 21)))
		assert.Equal(t, []int{11}, items)
		require.ErrorIs(t, err, cqrs.ErrNotHandled)
		assert.Equal(t, []string{"run 1 in 1", "joined 1", "rollback 1"}, a.notes())
		_, is := errors.AsType[*cqrs.NotHandledError](err)
		assert.False(t, is, "the first handler has answered, and the second was not asked: %v", err)
	})

	t.Run("ends at a panic, which names the link, before and after an item", func(t *testing.T) {
		t.Parallel()
		for _, items := range [][]int{nil, {21}} {
			a := newApp(t).withTx()
			got, err := drainExport(t, a, cqrs.Chain(exports[first](a, 1, cqrs.ErrNotHandled), streamTo[second](a,
				func(context.Context, *self[nothing], Export) iter.Seq2[int, error] {
					return func(yield func(int, error) bool) {
						for _, item := range items {
							yield(item, nil)
						}
						panic(errPanic)
					}
				}), exports[third](a, 3, nil, 31)))
			assert.Equal(t, items, got)
			require.ErrorIs(t, err, errPanic)
			p, is := errors.AsType[*cqrs.PanicError](err)
			require.True(t, is)
			assert.Equal(t, reflect.TypeFor[*streamLink[second, Export, int, nothing]](), p.Handler)
			assert.Contains(t, a.notes(), "rollback 1")
		}
	})

	t.Run("ends at a nil iterator", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		_, err := drainExport(t, a, cqrs.Chain(
			streamTo[first](a, func(context.Context, *self[nothing], Export) iter.Seq2[int, error] { return nil }),
			exports[second](a, 2, nil, 21)))
		require.ErrorIs(t, err, cqrs.ErrNilStream)
	})

	t.Run("ends when the consumer stops", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		target := cqrs.Chain(exports[first](a, 1, cqrs.ErrNotHandled), exports[second](a, 2, cqrs.ErrNotHandled, 21, 22),
			exports[third](a, 3, nil, 31))
		for range cqrs.Stream(t.Context(), startExport(a, target), Export{}) {
			break
		}
		assert.Equal(t, []string{"run 1 in 1", "run 2 in 1", "joined 1", "joined 2", "stop 2", "rollback 1"}, a.notes())
	})

	t.Run("propagates a panic of the consumer unchanged", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		m := startExport(a, cqrs.Chain(exports[first](a, 1, cqrs.ErrNotHandled), exports[second](a, 2, nil, 21)))
		assert.PanicsWithValue(t, "consumer", func() {
			for range cqrs.Stream(t.Context(), m, Export{}) {
				panic("consumer")
			}
		})
		assert.Equal(t, []string{"run 1 in 1", "run 2 in 1", "joined 1", "joined 2", "rollback 1"}, a.notes())
	})

	t.Run("runs in the same scope through a Sender, and queues its events", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		m := startExport(a, cqrs.Chain(exports[first](a, 1, cqrs.ErrNotHandled), exports[second](a, 2, nil, 21)))
		require.NoError(t, m.Run(t.Context(), func(ctx context.Context, s cqrs.Sender) error {
			items, err := testkit.Drain(cqrs.Stream(ctx, s, Export{}))
			assert.Equal(t, []int{21}, items)
			a.note("drained")
			return err
		}))
		assert.Equal(t, []string{"run 1 in 1", "run 2 in 1", "drained", "joined 1", "joined 2", "commit 1"}, a.notes())
	})
}
