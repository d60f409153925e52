package cqrs_test

import (
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestStream(t *testing.T) {
	t.Parallel()

	t.Run("dispatches the events that precede an item before yielding it", func(t *testing.T) {
		t.Parallel()
		a := exporting(t)
		for n, err := range cqrs.Stream(t.Context(), a.start(), Export{}) {
			require.NoError(t, err)
			a.note("item %d", n)
		}
		assert.Equal(t, []string{
			"joined 1", "item 1", "joined 2", "item 2", "joined 3", "item 3", "left 0", "commit 1",
			"mail 1", "mail 2", "mail 3", "bye 0",
		}, a.notes())
	})

	t.Run("does nothing until it is ranged over, and is a new request each time", func(t *testing.T) {
		t.Parallel()
		a := exporting(t)
		items := cqrs.Stream(t.Context(), a.start(), Export{})
		assert.Empty(t, a.notes())
		for want := 1; want <= 2; want++ {
			got, err := testkit.Drain(items)
			require.NoError(t, err)
			assert.Equal(t, []int{1, 2, 3}, got)
		}
		assert.Equal(t, 2, a.scopes)
	})

	t.Run("dispatches events even if there are no items", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, itemsOf())
		on[first](a, noting[Left](a, "left"))
		got, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(), Export{}))
		require.NoError(t, err)
		assert.Empty(t, got)
		assert.Equal(t, []string{"left 0", "commit 1"}, a.notes())
	})

	t.Run("ends the handler and the scope at once if the consumer stops", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		var outcomes []error
		withFinalizer[int](a, func(_ context.Context, outcome error) error {
			outcomes = append(outcomes, outcome)
			a.note("closed")
			return nil
		})
		stream(a, func(_ context.Context, h *self[*int], _ Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				defer a.note("handler ended")
				for n := 1; ; n++ {
					h.Record(Joined{N: n})
					if !yield(n, nil) {
						h.Record(Left{})
						return
					}
				}
			}
		})
		on[first](a, noting[Joined](a, "joined"))
		on[first](a, noting[Left](a, "left"))
		on[second](a, noting[Joined](a, "mail"), cqrs.AfterScope())
		for n, err := range cqrs.Stream(t.Context(), a.start(), Export{}) {
			require.NoError(t, err)
			if n == 2 {
				break
			}
		}
		assert.Equal(t, []string{"joined 1", "joined 2", "handler ended", "closed"}, a.notes())
		require.Len(t, outcomes, 1)
		require.ErrorIs(t, outcomes[0], cqrs.ErrStreamStopped)
	})

	t.Run("works with iter.Pull, whose stop ends it", func(t *testing.T) {
		t.Parallel()
		a := exporting(t)
		next, stop := iter.Pull2(cqrs.Stream(t.Context(), a.start(), Export{}))
		n, err, ok := next()
		require.True(t, ok)
		require.NoError(t, err)
		assert.Equal(t, 1, n)
		stop()
		assert.Equal(t, []string{"joined 1", "rollback 1"}, a.notes())
		_, _, ok = next()
		assert.False(t, ok)
	})

	t.Run("stops even if the handler ignores the result of yield", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, func(_ context.Context, h *self[*tx], _ Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				for n := range 5 {
					h.Record(Joined{N: n})
					if !yield(n, nil) {
						a.note("stop")
					}
				}
			}
		})
		on[first](a, noting[Joined](a, "joined"))
		for range cqrs.Stream(t.Context(), a.start(), Export{}) {
			break
		}
		assert.Equal(t, []string{"joined 0", "stop", "rollback 1"}, a.notes())
	})

	t.Run("dispatches what its handler publishes through a Sender before the next item", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		stream(a, func(ctx context.Context, h *self[cqrs.Sender], _ Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				for n := 1; n <= 2; n++ {
					if err := h.need.Publish(ctx, Joined{N: n}); err != nil || !yield(n, nil) {
						return
					}
				}
			}
		})
		on[first](a, noting[Joined](a, "joined"))
		for n, err := range cqrs.Stream(t.Context(), a.start(), Export{}) {
			require.NoError(t, err)
			a.note("item %d", n)
		}
		assert.Equal(t, []string{"joined 1", "item 1", "joined 2", "item 2"}, a.notes())
	})
}

func TestStream_ThroughASender(t *testing.T) {
	t.Parallel()

	type senderOnly struct {
		dig.In
		Sender cqrs.Sender
	}

	t.Run("runs in the same scope, and queues its events until the end of the request", func(t *testing.T) {
		t.Parallel()
		a := exporting(t)
		command(a, func(ctx context.Context, h *self[senderOnly], _ Join) error {
			for n, err := range cqrs.Stream(ctx, h.need.Sender, Export{}) {
				require.NoError(t, err)
				a.note("item %d", n)
			}
			return nil
		})
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{
			"item 1", "item 2", "item 3", "joined 1", "joined 2", "joined 3", "left 0", "commit 1",
			"mail 1", "mail 2", "mail 3", "bye 0",
		}, a.notes())
	})

	t.Run("drops only its own events if the consumer stops", func(t *testing.T) {
		t.Parallel()
		a := exporting(t)
		command(a, func(ctx context.Context, h *self[senderOnly], _ Join) error {
			for range cqrs.Stream(ctx, h.need.Sender, Export{}) {
				break
			}
			h.Record(Left{N: 7})
			return nil
		})
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{"left 7", "commit 1", "bye 7"}, a.notes())
	})

	t.Run("can have a consumer that sends", func(t *testing.T) {
		t.Parallel()
		a := exporting(t)
		leaving(a)
		err := a.start().Run(t.Context(), func(ctx context.Context, s cqrs.Sender) error {
			for n, err := range cqrs.Stream(ctx, s, Export{}) {
				require.NoError(t, err)
				if err := s.Send(ctx, Leave{N: n}); err != nil {
					return err
				}
			}
			return nil
		})
		require.NoError(t, err)
		assert.Equal(t, []string{"leave 1 in 1", "leave 2 in 1", "leave 3 in 1"}, a.notes()[:3])
		assert.Equal(t, 1, a.scopes)
	})
}
