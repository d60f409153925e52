package cqrs_test

import (
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// failingFirst is a handler of Export that records Joined with the number of the attempt.
// The given number of attempts fail before the first item; the next yields its number.
func failingFirst(a *app, failures int) func(context.Context, *self[nothing], Export) iter.Seq2[int, error] {
	attempt := 0
	return func(_ context.Context, h *self[nothing], _ Export) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			attempt++
			h.Record(Joined{N: attempt})
			if attempt <= failures {
				yield(0, errHandler)
				return
			}
			yield(attempt, nil)
		}
	}
}

// failingAfter is a handler of Export that yields the number of the attempt and then fails.
func failingAfter(a *app) func(context.Context, *self[*tx], Export) iter.Seq2[int, error] {
	attempt := 0
	return func(_ context.Context, h *self[*tx], _ Export) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			attempt++
			a.note("export in %d", h.need.id)
			_ = yield(attempt, nil) && yield(0, errHandler)
		}
	}
}

func TestAroundScope_Streams(t *testing.T) {
	t.Parallel()

	t.Run("end before next returns, including their scope and after-scope deliveries", func(t *testing.T) {
		t.Parallel()
		a := exporting(t)
		for n, err := range cqrs.Stream(t.Context(), a.start(aroundScope(onlyKind(cqrs.KindStream,
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				a.note("begin")
				result, err := next(ctx, in)
				a.note("end: %v, %v", result, err)
				return result, err
			}))), Export{}) {
			require.NoError(t, err)
			a.note("item %d", n)
		}
		assert.Equal(t, []string{
			"begin", "joined 1", "item 1", "joined 2", "item 2", "joined 3", "item 3", "left 0", "commit 1",
			"mail 1", "mail 2", "mail 3", "bye 0", "end: <nil>, <nil>",
		}, a.notes())
	})

	t.Run("are retried in a new scope before the first item", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		attempt := 0
		stream(a, func(_ context.Context, h *self[*tx], _ Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				attempt++
				a.note("export in %d", h.need.id)
				h.Record(Joined{N: attempt})
				if attempt < 3 {
					yield(0, errHandler)
					return
				}
				yield(attempt, nil)
			}
		})
		on[first](a, noting[Joined](a, "joined"))
		on[second](a, noting[Joined](a, "mail"), cqrs.AfterScope())
		items, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(aroundScope(onlyKind(cqrs.KindStream, untilDone))), Export{}))
		require.NoError(t, err)
		assert.Equal(t, []int{3}, items)
		assert.Equal(t, []string{
			"export in 1", "rollback 1", "export in 2", "rollback 2", "export in 3", "joined 3", "commit 3", "mail 3",
		}, a.notes())
	})

	t.Run("are retried if the handler of an event before the first item fails", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, itemsOf(1))
		handled := 0
		on[first](a, func(_ context.Context, _ *self[nothing], e Joined) error {
			if handled++; handled == 1 {
				return errHandler
			}
			a.note("joined %d", e.N)
			return nil
		})
		items, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(aroundScope(onlyKind(cqrs.KindStream, untilDone))), Export{}))
		require.NoError(t, err)
		assert.Equal(t, []int{1}, items)
		assert.Equal(t, []string{"rollback 1", "joined 1", "commit 2"}, a.notes())
	})

	t.Run("are not retried in the same scope if the handler of an event fails", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, itemsOf(1))
		on[first](a, func(_ context.Context, _ *self[nothing], e Joined) error {
			a.note("joined %d", e.N)
			return errHandler
		})
		items, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(with(onlyKind(cqrs.KindStream, untilDone))), Export{}))
		require.ErrorIs(t, err, errHandler)
		assert.Empty(t, items)
		assert.Equal(t, []string{"joined 1", "rollback 1"}, a.notes())
	})

	t.Run("that succeed without items dispatch their events once, even if next is called again", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		attempt := 0
		stream(a, func(_ context.Context, h *self[nothing], _ Export) iter.Seq2[int, error] {
			return func(func(int, error) bool) {
				attempt++
				h.Record(Joined{N: attempt})
			}
		})
		on[first](a, noting[Joined](a, "joined"))
		items, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(with(onlyKind(cqrs.KindStream, again))), Export{}))
		require.NoError(t, err)
		assert.Empty(t, items)
		assert.Len(t, a.notes(), 1)
	})

	t.Run("return the error of a failed commit to middleware", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		withFinalizer[inner](a, func(context.Context, error) error { return errFinalizer })
		stream(a, func(context.Context, *self[*inner], Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) { yield(1, nil) }
		})
		_, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(aroundScope(
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				_, err := next(ctx, in)
				require.ErrorIs(t, err, errFinalizer)
				return nil, err
			})), Export{}))
		require.ErrorIs(t, err, errFinalizer)
	})

	t.Run("are done if only after-scope handlers have failed", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, itemsOf(1))
		on[first](a, func(context.Context, *self[nothing], Left) error { return errOther }, cqrs.AfterScope())
		items, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(aroundScope(onlyKind(cqrs.KindStream, untilDone))), Export{}))
		assert.Equal(t, []int{1}, items)
		require.ErrorIs(t, err, errOther)
		assert.True(t, cqrs.Done(err))
		assert.Equal(t, []string{"commit 1"}, a.notes())
	})

	t.Run("open no scope if middleware does not call next", func(t *testing.T) {
		t.Parallel()
		a := exporting(t)
		items, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(bootstrap.WithMiddleware(cqrs.AroundScope(returning(nil)))),
			Export{}))
		require.NoError(t, err)
		assert.Empty(t, items)
		assert.Zero(t, a.scopes)
	})
}
