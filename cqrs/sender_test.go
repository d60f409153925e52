package cqrs_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestSender_InAHandler(t *testing.T) {
	t.Parallel()

	t.Run("sends in the scope, and queues events in the outermost request", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		leaving(a)
		command(a, func(ctx context.Context, h *self[txAndSender], c Join) error {
			a.note("join in %d", h.need.Tx.id)
			h.Record(Joined{N: 1})
			if err := h.need.Sender.Send(ctx, Leave{N: 2}); err != nil {
				return err
			}
			a.note("joined")
			h.Record(Joined{N: 3})
			return nil
		})
		on[first](a, noting[Left](a, "left"))
		on[first](a, noting[Joined](a, "joined"))
		on[second](a, noting[Left](a, "mail"), cqrs.AfterScope())
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{
			"join in 1", "leave 2 in 1", "joined",
			"left 2", "joined 1", "joined 3", "commit 1", "mail 2",
		}, a.notes())
	})

	t.Run("returns the result of a query", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		request(a, func(_ context.Context, _ *self[nothing], q Read) (string, error) { return "read", nil })
		request(a, func(ctx context.Context, h *self[cqrs.Sender], _ Count) (int, error) {
			text, err := cqrs.Send(ctx, h.need, Read{})
			return len(text), err
		})
		got, err := cqrs.Send(t.Context(), a.start(), Count{})
		require.NoError(t, err)
		assert.Equal(t, 4, got)
	})

	t.Run("drops the events of all nested sends if the outermost request fails", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		leaving(a)
		command(a, func(ctx context.Context, h *self[txAndSender], c Join) error {
			require.NoError(t, h.need.Sender.Send(ctx, Leave{N: 2}))
			return errHandler
		})
		on[first](a, noting[Left](a, "left"))
		err := a.start().Send(t.Context(), Join{})
		assert.Same(t, errHandler, err)
		assert.Equal(t, []string{"leave 2 in 1", "rollback 1"}, a.notes())
	})

	t.Run("lets its handler go on after a failed send, and drops only the events of that send", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		command(a, func(_ context.Context, h *self[nothing], c Leave) error {
			h.Record(Left{N: c.N})
			switch c.N {
			case 1:
				return errHandler
			case 2:
				panic(errOther)
			}
			return nil
		})
		command(a, func(ctx context.Context, h *self[txAndSender], c Join) error {
			require.ErrorIs(t, h.need.Sender.Send(ctx, Leave{N: 1}), errHandler)
			require.ErrorIs(t, h.need.Sender.Send(ctx, Leave{N: 2}), errOther)
			require.ErrorAs(t, h.need.Sender.Send(ctx, Close{}), new(*cqrs.NoHandlerError))
			return h.need.Sender.Send(ctx, Leave{N: 3})
		})
		on[first](a, noting[Left](a, "left"))
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{"left 3", "commit 1"}, a.notes())
	})

	t.Run("sends to any depth", func(t *testing.T) {
		t.Parallel()
		const depth = 200
		a := newApp(t).withTx()
		command(a, func(ctx context.Context, h *self[txAndSender], c Join) error {
			h.Record(Joined{N: c.N})
			if c.N == depth {
				return nil
			}
			return h.need.Sender.Send(ctx, Join{N: c.N + 1})
		})
		handled := 0
		on[first](a, func(context.Context, *self[*tx], Joined) error { handled++; return nil })
		require.NoError(t, a.start().Send(t.Context(), Join{N: 1}))
		assert.Equal(t, depth, handled)
		assert.Equal(t, []string{"commit 1"}, a.notes())
	})

	t.Run("appends published events to the queue, and returns at once", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		command(a, func(ctx context.Context, h *self[txAndSender], _ Join) error {
			h.Record(Joined{N: 2})
			require.NoError(t, h.need.Sender.Publish(ctx, Joined{N: 1}))
			require.NoError(t, h.need.Sender.Publish(ctx))
			a.note("join")
			return nil
		})
		on[first](a, noting[Joined](a, "joined"))
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{"join", "joined 1", "joined 2", "commit 1"}, a.notes())
	})

	t.Run("works in an event handler", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		leaving(a)
		joinRecords(a, joined(1, 2)...)
		on[first](a, func(ctx context.Context, h *self[cqrs.Sender], e Joined) error {
			a.note("joined %d", e.N)
			return h.need.Send(ctx, Leave{N: e.N})
		})
		on[first](a, noting[Left](a, "left"))
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{
			"join", "joined 1", "leave 1 in 1", "joined 2", "leave 2 in 1", "left 1", "left 2", "commit 1",
		}, a.notes())
	})

	t.Run("queues all events of a call, or none", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, func(_ context.Context, h *self[cqrs.Sender], _ Leave) error {
			h.Record(Joined{N: 1}, &Joined{N: 2})
			return nil
		})
		command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) error {
			require.ErrorIs(t, h.need.Send(ctx, Leave{}), cqrs.ErrPointer)
			require.ErrorIs(t, h.need.Publish(ctx, Joined{N: 3}, nil), cqrs.ErrNilMessage)
			return h.need.Publish(ctx, Joined{N: 4})
		})
		on[first](a, noting[Joined](a, "joined"))
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{"joined 4"}, a.notes())
	})
}

func TestSender_AfterItsRequest(t *testing.T) {
	t.Parallel()

	ended := func(t *testing.T) (cqrs.Sender, *app) {
		a := newApp(t).withTx()
		leaving(a)
		request(a, func(context.Context, *self[nothing], Read) (string, error) { return "", nil })
		stream(a, itemsOf(1))
		var kept cqrs.Sender
		command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) error {
			kept = h.need
			return nil
		})
		m := a.start()
		require.NoError(t, m.Send(t.Context(), Join{}))
		require.NoError(t, m.Send(t.Context(), Leave{}), "the request is used again")
		a.notes()
		return kept, a
	}

	t.Run("rejects all messages", func(t *testing.T) {
		t.Parallel()
		s, a := ended(t)
		require.ErrorIs(t, s.Send(t.Context(), Leave{}), cqrs.ErrRequestEnded)
		require.ErrorIs(t, s.Publish(t.Context(), Left{}), cqrs.ErrRequestEnded)
		_, err := cqrs.Send(t.Context(), s, Read{})
		require.ErrorIs(t, err, cqrs.ErrRequestEnded)
		_, err = testkit.Drain(cqrs.Stream(t.Context(), s, Export{}))
		require.ErrorIs(t, err, cqrs.ErrRequestEnded)
		assert.Empty(t, a.notes())
	})

	t.Run("rejects messages in a finalizer", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		leaving(a)
		var inFinalizer error
		a.provide(func(s cqrs.Sender) (*int, container.Finalizer) {
			return new(int), func(ctx context.Context, _ error) error {
				inFinalizer = s.Send(ctx, Leave{})
				return nil
			}
		}, container.Scoped())
		command(a, func(context.Context, *self[*int], Join) error { return nil })
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		require.ErrorIs(t, inFinalizer, cqrs.ErrRequestEnded)
	})

	t.Run("rejects messages from a goroutine that outlives Handle", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		leaving(a)
		begin, result := make(chan struct{}), make(chan error)
		command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) error {
			go func() {
				<-begin
				result <- h.need.Send(ctx, Leave{})
			}()
			return nil
		})
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		close(begin)
		require.ErrorIs(t, <-result, cqrs.ErrRequestEnded)
	})
}

func TestSender_UsedByGoroutines(t *testing.T) {
	t.Parallel()

	t.Run("shares one scope among goroutines of one handler", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		leaving(a)
		command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) error {
			var wg sync.WaitGroup
			for n := range 32 {
				wg.Go(func() { assert.NoError(t, h.need.Send(ctx, Leave{N: n})) })
				wg.Go(func() { assert.NoError(t, h.need.Publish(ctx, Joined{N: n})) })
			}
			wg.Wait()
			return nil
		})
		handled := 0
		on[first](a, func(context.Context, *self[*tx], Left) error { handled++; return nil })
		on[first](a, func(context.Context, *self[*tx], Joined) error { handled++; return nil })
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, 64, handled)
		notes := a.notes()
		assert.Equal(t, "commit 1", notes[len(notes)-1])
		assert.Len(t, notes, 33)
	})

	for _, outcome := range []error{nil, errHandler} {
		name := "succeeded"
		if outcome != nil {
			name = "failed"
		}
		t.Run("is waited for if the handler has "+name+" while a send is in flight", func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t).withTx()
				began := make(chan struct{})
				command(a, func(_ context.Context, h *self[*tx], c Leave) error {
					close(began)
					time.Sleep(time.Second)
					a.note("leave")
					h.Record(Left{})
					return nil
				})
				var leftBehind sync.WaitGroup
				command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) error {
					leftBehind.Go(func() { assert.NoError(t, h.need.Send(ctx, Leave{})) })
					<-began
					a.note("join")
					return outcome
				})
				on[first](a, noting[Left](a, "left"))
				err := a.start().Send(t.Context(), Join{})
				leftBehind.Wait()
				if outcome == nil {
					require.NoError(t, err)
					assert.Equal(t, []string{"join", "leave", "left 0", "commit 1"}, a.notes())
				} else {
					require.ErrorIs(t, err, outcome)
					assert.Equal(t, []string{"join", "leave", "rollback 1"}, a.notes())
				}
			})
		})
	}
}
