package cqrs_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// TestPromises tests what applications rely on most, one sentence each. Other tests go into
// the details.
func TestPromises(t *testing.T) {
	t.Parallel()

	t.Run("a command, its nested commands and event handlers share one scope", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		command(a, func(ctx context.Context, h *self[txAndSender], _ Join) error {
			a.note("join in %d", h.need.Tx.id)
			h.Record(joined(1)...)
			return h.need.Sender.Send(ctx, Leave{N: 2})
		})
		leaving(a)
		on[first](a, func(_ context.Context, h *self[*tx], e Joined) error {
			a.note("first %d in %d", e.N, h.need.id)
			return nil
		})
		on[second](a, func(_ context.Context, h *self[*tx], e Joined) error {
			a.note("second %d in %d", e.N, h.need.id)
			return nil
		})
		on[first](a, func(_ context.Context, h *self[*tx], e Left) error {
			a.note("left %d in %d", e.N, h.need.id)
			return nil
		})
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{
			"join in 1", "leave 2 in 1", "left 2 in 1", "first 1 in 1", "second 1 in 1", "commit 1",
		}, a.notes())
	})

	t.Run("Done reports whether the command is done if an event handler fails", func(t *testing.T) {
		t.Parallel()
		for _, after := range []bool{false, true} {
			var opts []cqrs.EventOption
			if after {
				opts = append(opts, cqrs.AfterScope())
			}
			a := newApp(t).withTx()
			request(a, func(_ context.Context, h *self[*tx], _ Count) (int, error) {
				h.Record(joined(1)...)
				return 42, nil
			})
			on[first](a, func(context.Context, *self[nothing], Joined) error { return errHandler }, opts...)
			got, err := cqrs.Send(t.Context(), a.start(), Count{})
			require.ErrorIs(t, err, errHandler)
			failed, ok := errors.AsType[*cqrs.EventError](err)
			require.True(t, ok)
			assert.Equal(t, after, failed.Delivery == cqrs.DeliveryAfterScope)
			assert.Equal(t, after, cqrs.Done(err))
			if after {
				assert.Equal(t, 42, got)
				assert.Equal(t, []string{"commit 1"}, a.notes())
			} else {
				assert.Zero(t, got)
				assert.Equal(t, []string{"rollback 1"}, a.notes())
			}
		}
	})

	t.Run("concurrent event handlers have ended when Send returns, even if one fails", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t)
			g := new(gauge)
			joinRecords(a, joined(0, 1, 2, 3, 4, 5, 6, 7)...)
			on[first](a, func(_ context.Context, h *self[nothing], e Joined) error {
				g.enter()
				defer g.leave()
				if e.N == 0 {
					return errHandler
				}
				time.Sleep(time.Duration(e.N) * time.Second)
				h.Record(Left{N: e.N})
				return nil
			}, cqrs.AfterScope())
			on[first](a, func(_ context.Context, _ *self[nothing], e Left) error {
				g.enter()
				defer g.leave()
				time.Sleep(time.Second)
				a.note("left %d", e.N)
				return nil
			}, cqrs.AfterScope())
			err := a.start(bootstrap.WithEventConcurrency(4)).Send(t.Context(), Join{})
			require.ErrorIs(t, err, errHandler)
			assert.Len(t, eventErrors(err), 1)
			assert.Zero(t, g.inside)
			assert.ElementsMatch(t, []string{"join", "left 1", "left 2", "left 3", "left 4", "left 5", "left 6", "left 7"},
				a.notes())
		})
	})

	t.Run("an event handler can send, even with a concurrency of 1", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) { // which fails if all wait for each other
			a := newApp(t).withTx()
			joinRecords(a, joined(1)...)
			leaving(a)
			var m *cqrs.Mediator
			on[first](a, func(ctx context.Context, h *self[cqrs.Sender], _ Joined) error {
				return h.need.Send(ctx, Leave{N: 1})
			})
			on[second](a, func(ctx context.Context, _ *self[nothing], _ Joined) error { return m.Send(ctx, Leave{N: 2}) })
			on[third](a, func(ctx context.Context, _ *self[nothing], _ Joined) error { return m.Send(ctx, Leave{N: 3}) },
				cqrs.AfterScope())
			on[first](a, func(ctx context.Context, _ *self[nothing], e Left) error {
				a.note("mail %d", e.N)
				return nil
			}, cqrs.AfterScope())
			m = a.start(bootstrap.WithEventConcurrency(1))
			require.NoError(t, m.Send(t.Context(), Join{}))
			assert.Equal(t, []string{
				"join",
				"leave 1 in 1",
				"leave 2 in 2", "commit 2", "mail 2",
				"commit 1",
				"leave 3 in 3", "commit 3", "mail 3",
				"mail 1",
			}, a.notes())
		})
	})

	t.Run("middleware wraps commands, queries, streams and event handlers, once each", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, joined(1)...)
		on[first](a, noting[Joined](a, "in the scope"))
		on[second](a, noting[Joined](a, "after it"), cqrs.AfterScope())
		request(a, func(context.Context, *self[nothing], Read) (string, error) { a.note("read"); return "", nil })
		stream(a, func(context.Context, *self[nothing], Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				a.note("export")
				yield(1, nil)
			}
		})
		m := a.start(with(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			a.note("<%v", in.Kind())
			defer a.note("%v>", in.Kind())
			return next(ctx, in)
		}))
		require.NoError(t, m.Send(t.Context(), Join{}))
		assert.Equal(t, []string{
			"<command", "join", "command>", "<event", "in the scope 1", "event>", "<event", "after it 1", "event>",
		}, a.notes())
		_, err := cqrs.Send(t.Context(), m, Read{})
		require.NoError(t, err)
		assert.Equal(t, []string{"<query", "read", "query>"}, a.notes())
		_, err = testkit.Drain(cqrs.Stream(t.Context(), m, Export{}))
		require.NoError(t, err)
		assert.Equal(t, []string{"<stream", "export", "stream>"}, a.notes())
	})

	// Export yields 1 and 2, and records an event before and after each.
	exportsTwo := func(t *testing.T) *app {
		a := newApp(t).withTx()
		stream(a, func(_ context.Context, h *self[*tx], _ Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				defer a.note("the handler ends")
				for n := 1; n <= 2; n++ {
					h.Record(Joined{N: n})
					if !yield(n, nil) {
						return
					}
				}
				h.Record(Joined{N: 3})
			}
		})
		on[first](a, noting[Joined](a, "joined"))
		on[second](a, noting[Joined](a, "mail"), cqrs.AfterScope())
		return a
	}

	t.Run("events that a stream records after its last item are delivered", func(t *testing.T) {
		t.Parallel()
		a := exportsTwo(t)
		for n, err := range cqrs.Stream(t.Context(), a.start(), Export{}) {
			require.NoError(t, err)
			a.note("item %d", n)
		}
		assert.Equal(t, []string{
			"joined 1", "item 1", "joined 2", "item 2", "the handler ends", "joined 3", "commit 1",
			"mail 1", "mail 2", "mail 3",
		}, a.notes())
	})

	t.Run("a stream that the consumer stops has ended when its range loop ends", func(t *testing.T) {
		t.Parallel()
		a := exportsTwo(t)
		for n, err := range cqrs.Stream(t.Context(), a.start(), Export{}) {
			require.NoError(t, err)
			a.note("item %d", n)
			break
		}
		a.note("the next line")
		assert.Equal(t, []string{"joined 1", "item 1", "the handler ends", "rollback 1", "the next line"}, a.notes())
	})

	t.Run("a handler dispatches only the events of its own request", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.provide(func() *remembering { return new(remembering) })
		a.requests = append(a.requests, func(m *cqrs.RequestMap) { cqrs.BindCommand[*remembering](m) })
		on[first](a, noting[Joined](a, "joined"))
		m := a.start()
		for n := range 3 {
			require.NoError(t, m.Send(t.Context(), Join{N: n}))
			assert.Equal(t, []string{fmt.Sprint("joined ", n)}, a.notes())
		}
	})

	t.Run("an event that cannot be delivered is an error", func(t *testing.T) {
		t.Parallel()
		events := []struct {
			event  cqrs.Event
			reason error
		}{
			{&Joined{}, cqrs.ErrPointer},
			{nil, cqrs.ErrNilMessage},
			{Greeted{}, cqrs.ErrUnhandledEvent},
		}
		for _, e := range events {
			a := newApp(t).withTx()
			command(a, func(_ context.Context, h *self[*tx], _ Join) error {
				h.Record(e.event)
				return nil
			})
			on[first](a, noting[Joined](a, "joined"))
			m := a.start(bootstrap.WithStrictEvents())
			require.ErrorIs(t, m.Send(t.Context(), Join{}), e.reason)
			require.ErrorIs(t, m.Publish(t.Context(), e.event), e.reason)
			assert.Equal(t, []string{"rollback 1"}, a.notes())
		}
	})

	t.Run("two applications in one process share nothing", func(t *testing.T) {
		t.Parallel()
		one, other := newApp(t), newApp(t)
		for _, a := range []*app{one, other} {
			joinRecords(a, joined(1)...)
			on[first](a, noting[Joined](a, "joined"))
		}
		m := one.start()
		other.start()
		require.NoError(t, m.Send(t.Context(), Join{}))
		assert.Equal(t, []string{"join", "joined 1"}, one.notes())
		assert.Empty(t, other.notes())
	})
}
