package cqrs_test

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// itemsOf is a handler of Export that yields the numbers, and records Joined
// before each and Left after the last.
func itemsOf(numbers ...int) func(context.Context, *self[*tx], Export) iter.Seq2[int, error] {
	return func(_ context.Context, h *self[*tx], _ Export) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			for _, n := range numbers {
				h.Record(Joined{N: n})
				if !yield(n, nil) {
					return
				}
			}
			h.Record(Left{})
		}
	}
}

// exporting has a stream of 1 to 3, and handlers that note its events.
func exporting(t *testing.T) *app {
	a := newApp(t).withTx()
	stream(a, itemsOf(1, 2, 3))
	on[first](a, noting[Joined](a, "joined"))
	on[first](a, noting[Left](a, "left"))
	on[second](a, noting[Joined](a, "mail"), cqrs.AfterScope())
	on[second](a, noting[Left](a, "bye"), cqrs.AfterScope())
	return a
}

func TestStream(t *testing.T) {
	t.Parallel()

	t.Run("dispatches the events before an item before it hands the item out, and those after the last", func(t *testing.T) {
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

	t.Run("does nothing until it is ranged over, and is another request each time", func(t *testing.T) {
		t.Parallel()
		a := exporting(t)
		items := cqrs.Stream(t.Context(), a.start(), Export{})
		assert.Empty(t, a.notes())
		for want := 1; want <= 2; want++ {
			got, err := drain(items)
			require.NoError(t, err)
			assert.Equal(t, []int{1, 2, 3}, got)
		}
		assert.Equal(t, 2, a.scopes)
	})

	t.Run("of no items is an empty range whose events are dispatched", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, itemsOf())
		on[first](a, noting[Left](a, "left"))
		got, err := drain(cqrs.Stream(t.Context(), a.start(), Export{}))
		require.NoError(t, err)
		assert.Empty(t, got)
		assert.Equal(t, []string{"left 0", "commit 1"}, a.notes())
	})

	t.Run("broken off ends handler and scope at once, and runs nothing after the scope", func(t *testing.T) {
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

	t.Run("goes through iter.Pull, and stop ends it", func(t *testing.T) {
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

	t.Run("is stopped even if the handler ignores it", func(t *testing.T) {
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
}

func TestStream_AHandlerThatKeepsYield(t *testing.T) {
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
	got, err := drain(cqrs.Stream(t.Context(), a.start(), Export{}))
	require.NoError(t, err)
	assert.Empty(t, got)
	assert.PanicsWithError(t, "cqrs: yield was called after it returned false or after the stream ended; "+
		"return when yield returns false, and do not store it", func() { yieldLater(1, nil) })
	assert.Empty(t, a.notes())
}

func TestStream_Failures(t *testing.T) {
	t.Parallel()

	t.Run("an error that the handler yields comes last, when the scope has closed", func(t *testing.T) {
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

	t.Run("a failing handler of an event in the scope keeps its item back", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, itemsOf(1, 2, 3))
		on[first](a, func(_ context.Context, _ *self[nothing], e Joined) error {
			if e.N == 2 {
				return errHandler
			}
			return nil
		})
		got, err := drain(cqrs.Stream(t.Context(), a.start(), Export{}))
		assert.Equal(t, []int{1}, got)
		var e *cqrs.EventError
		require.ErrorAs(t, err, &e)
		require.ErrorIs(t, err, errHandler)
		assert.Equal(t, []string{"rollback 1"}, a.notes())
	})

	t.Run("a failing handler after the scope is the last thing yielded", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, itemsOf(1, 2))
		on[first](a, func(context.Context, *self[nothing], Left) error { return errHandler }, cqrs.AfterScope())
		got, err := drain(cqrs.Stream(t.Context(), a.start(), Export{}))
		assert.Equal(t, []int{1, 2}, got)
		require.ErrorIs(t, err, errHandler)
		assert.True(t, cqrs.Done(err))
		assert.Equal(t, []string{"commit 1"}, a.notes())
	})

	t.Run("a finalizer that fails is the last thing yielded", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		withFinalizer[int](a, func(context.Context, error) error { return errFinalizer })
		stream(a, func(context.Context, *self[*int], Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) { yield(1, nil) }
		})
		got, err := drain(cqrs.Stream(t.Context(), a.start(), Export{}))
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
			_, err := drain(cqrs.Stream(t.Context(), a.start(), Export{}))
			var p *cqrs.PanicError
			require.ErrorAs(t, err, &p)
			require.ErrorIs(t, err, errOther)
			assert.Equal(t, []string{"rollback 1"}, a.notes())
		})
	}

	t.Run("a panic of the consumer goes to the consumer, and the finalizers run", func(t *testing.T) {
		t.Parallel()
		a := exporting(t)
		m := a.start()
		assert.PanicsWithValue(t, "consumer", func() {
			for range cqrs.Stream(t.Context(), m, Export{}) {
				panic("consumer")
			}
		})
		assert.Equal(t, []string{"joined 1", "rollback 1"}, a.notes())
		got, err := drain(cqrs.Stream(t.Context(), m, Export{}))
		require.NoError(t, err, "the next request is fine")
		assert.Len(t, got, 3)
	})

	t.Run("a nil iterator is an error", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		stream(a, func(context.Context, *self[nothing], Export) iter.Seq2[int, error] { return nil })
		_, err := drain(cqrs.Stream(t.Context(), a.start(), Export{}))
		require.ErrorIs(t, err, cqrs.ErrNilStream)
	})

	t.Run("a constructor that fails is an error", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.provide(func() (*tx, error) { return nil, errOther }, container.Scoped())
		stream(a, itemsOf(1))
		_, err := drain(cqrs.Stream(t.Context(), a.start(), Export{}))
		require.ErrorIs(t, err, errOther)
	})

	t.Run("what cannot be sent is one error", func(t *testing.T) {
		t.Parallel()
		m := newApp(t).start()
		var none context.Context
		_, err := drain(cqrs.Stream(none, m, Export{}))
		require.ErrorIs(t, err, cqrs.ErrNilContext)
		_, err = drain(cqrs.Stream(t.Context(), m, &Export{}))
		require.ErrorIs(t, err, cqrs.ErrPointer)
		_, err = drain(cqrs.Stream(t.Context(), m, Export{}))
		require.ErrorAs(t, err, new(*cqrs.NoHandlerError))
		var nothing cqrs.StreamRequest[int]
		_, err = drain(cqrs.Stream(t.Context(), m, nothing))
		require.ErrorIs(t, err, cqrs.ErrNilMessage)
	})

	t.Run("a message that is a command and a stream is an error where it is sent as what it is not bound to", func(t *testing.T) {
		t.Parallel()
		type both struct {
			cqrs.Command
			cqrs.StreamOf[int]
		}
		a := newApp(t)
		command(a, func(context.Context, *self[nothing], both) error { return nil })
		m := a.start()
		require.NotPanics(t, func() {
			_, err := drain(cqrs.Stream(t.Context(), m, both{}))
			require.Error(t, err)
		})
	})
}

func TestStream_ThroughASender(t *testing.T) {
	t.Parallel()

	type senderOnly struct {
		dig.In
		Sender cqrs.Sender
	}

	t.Run("is in the same scope, and its events wait for the end of the request", func(t *testing.T) {
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

	t.Run("broken off or failed drops its own events only", func(t *testing.T) {
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

	t.Run("may have a consumer that sends", func(t *testing.T) {
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
