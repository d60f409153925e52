package cqrs_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// nesting returns an application in which Leave sends Join, and notes its error. Join
// records Joined with the number of the attempt. Both note their scope.
func nesting(t *testing.T) *app {
	a := newApp(t).withTx()
	command(a, func(ctx context.Context, h *self[txAndSender], _ Leave) error {
		a.note("leave in %d", h.need.Tx.id)
		if err := h.need.Sender.Send(ctx, Join{}); err != nil {
			a.note("join: %v", err)
		}
		return nil
	})
	attempt := 0
	command(a, func(_ context.Context, h *self[*tx], _ Join) error {
		attempt++
		a.note("join in %d", h.need.id)
		h.Record(Joined{N: attempt})
		return nil
	})
	on[first](a, noting[Joined](a, "joined"))
	return a
}

func TestAroundScope_Nested(t *testing.T) {
	t.Parallel()

	t.Run("messages and in-scope events are nested, others are not", func(t *testing.T) {
		t.Parallel()
		a := nesting(t)
		on[second](a, noting[Joined](a, "mail"), cqrs.AfterScope())
		see := func(where string) cqrs.MiddlewareFunc {
			return func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				a.note("%s: %T %v", where, in.Message(), in.Nested())
				return next(ctx, in)
			}
		}
		require.NoError(t, a.start(aroundScope(see("outside")), with(see("inside"))).Send(t.Context(), Leave{}))
		assert.Equal(t, []string{
			"outside: cqrs_test.Leave false", "inside: cqrs_test.Leave false", "leave in 1",
			"outside: cqrs_test.Join true", "inside: cqrs_test.Join true", "join in 1",
			"outside: cqrs_test.Joined true", "inside: cqrs_test.Joined true", "joined 1", "commit 1",
			"outside: cqrs_test.Joined false", "inside: cqrs_test.Joined false", "mail 1",
		}, a.notes())
	})

	t.Run("messages sent in Run and published events are nested", func(t *testing.T) {
		t.Parallel()
		a := nesting(t)
		m := a.start(aroundScope(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			assert.True(t, in.Nested())
			return next(ctx, in)
		}))
		require.NoError(t, m.Run(t.Context(), func(ctx context.Context, s cqrs.Sender) error { return s.Send(ctx, Join{}) }))
		require.NoError(t, m.Publish(t.Context(), joined(2)...))
		assert.Equal(t, []string{"join in 1", "joined 1", "commit 1", "joined 2"}, a.notes())
	})

	t.Run("retries do not open a scope of their own", func(t *testing.T) {
		t.Parallel()
		a := nesting(t)
		require.NoError(t, a.start(aroundScope(aroundMessage[Join](again))).Send(t.Context(), Leave{}))
		notes := a.notes()
		assert.Equal(t, []string{"leave in 1", "join in 1", "join in 1"}, notes[:3])
		assert.Equal(t, "commit 1", notes[len(notes)-1])
		assert.Equal(t, 1, a.scopes)
	})

	t.Run("retries of a command keep only the events of the last attempt", func(t *testing.T) {
		t.Parallel()
		a := nesting(t)
		require.NoError(t, a.start(aroundScope(aroundMessage[Join](again))).Send(t.Context(), Leave{}))
		assert.Equal(t, []string{"leave in 1", "join in 1", "join in 1", "joined 2", "commit 1"}, a.notes())
	})

	t.Run("retries of an event keep only the events of the last attempt", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		attempt := 0
		on[first](a, func(_ context.Context, h *self[nothing], _ Joined) error {
			attempt++
			h.Record(Left{N: attempt})
			return nil
		})
		on[first](a, noting[Left](a, "left"))
		require.NoError(t, a.start(aroundScope(aroundMessage[Joined](again))).Publish(t.Context(), Joined{}))
		assert.Equal(t, []string{"left 2"}, a.notes())
	})

	t.Run("retries of a failed stream keep only the events of the last attempt", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		stream(a, failingFirst(a, 1))
		on[first](a, noting[Joined](a, "joined"))
		err := a.start(aroundScope(onlyKind(cqrs.KindStream, untilDone))).Run(t.Context(),
			func(ctx context.Context, s cqrs.Sender) error {
				_, err := testkit.Drain(cqrs.Stream(ctx, s, Export{}))
				return err
			})
		require.NoError(t, err)
		assert.Equal(t, []string{"joined 2"}, a.notes())
	})

	for name, m := range map[string]cqrs.MiddlewareFunc{"fails": thenFails, "panics": thenPanics} {
		t.Run("a command loses its events if middleware around it "+name, func(t *testing.T) {
			t.Parallel()
			a := nesting(t)
			require.NoError(t, a.start(aroundScope(aroundMessage[Join](m))).Send(t.Context(), Leave{}))
			notes := a.notes()
			require.Len(t, notes, 4, "%v", notes)
			assert.Equal(t, []string{"leave in 1", "join in 1"}, notes[:2])
			assert.Contains(t, notes[2], errOther.Error())
			assert.Equal(t, "commit 1", notes[3])
		})

		t.Run("a stream loses its events if middleware around it "+name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t).withTx()
			stream(a, itemsOf(1))
			on[first](a, noting[Joined](a, "joined"))
			on[first](a, noting[Left](a, "left"))
			err := a.start(aroundScope(onlyKind(cqrs.KindStream, m))).Run(t.Context(),
				func(ctx context.Context, s cqrs.Sender) error {
					items, err := testkit.Drain(cqrs.Stream(ctx, s, Export{}))
					assert.Equal(t, []int{1}, items)
					require.ErrorIs(t, err, errOther)
					return nil
				})
			require.NoError(t, err)
			assert.Equal(t, []string{"commit 1"}, a.notes())
		})
	}

	t.Run("a command that returns the error of another request is not done", func(t *testing.T) {
		t.Parallel()
		other := newApp(t)
		joinRecords(other, joined(1)...)
		on[first](other, func(context.Context, *self[nothing], Joined) error { return errOther }, cqrs.AfterScope())
		elsewhere := other.start()
		a := newApp(t)
		request(a, func(ctx context.Context, _ *self[nothing], _ Count) (int, error) {
			return 42, elsewhere.Send(ctx, Join{})
		})
		require.NoError(t, a.start(aroundScope(passOn)).Run(t.Context(), func(ctx context.Context, s cqrs.Sender) error {
			got, err := cqrs.Send(ctx, s, Count{})
			require.ErrorIs(t, err, errOther)
			assert.False(t, cqrs.Done(err))
			assert.Zero(t, got)
			return nil
		}))
	})

	t.Run("a command that records an invalid event fails without a result", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		request(a, func(_ context.Context, h *self[nothing], _ Count) (int, error) {
			h.Record(Joined{N: 1}, &Joined{N: 2})
			return 42, nil
		})
		on[first](a, noting[Joined](a, "joined"))
		require.NoError(t, a.start(aroundScope(passOn)).Run(t.Context(), func(ctx context.Context, s cqrs.Sender) error {
			got, err := cqrs.Send(ctx, s, Count{})
			require.ErrorIs(t, err, cqrs.ErrPointer)
			assert.Zero(t, got)
			return nil
		}))
		assert.Empty(t, a.notes())
	})

	t.Run("a command sent after the request has ended fails without calling middleware", func(t *testing.T) {
		t.Parallel()
		a := nesting(t)
		m := a.start(aroundScope(around(a, "m").(cqrs.MiddlewareFunc)))
		var kept cqrs.Sender
		require.NoError(t, m.Run(t.Context(), func(_ context.Context, s cqrs.Sender) error { kept = s; return nil }))
		require.ErrorIs(t, kept.Send(t.Context(), Join{}), cqrs.ErrRequestEnded)
		for _, note := range a.notes() {
			assert.NotContains(t, note, "join")
		}
	})

	t.Run("middleware that fails around an event fails the request", func(t *testing.T) {
		t.Parallel()
		a := nesting(t)
		err := a.start(aroundScope(aroundMessage[Joined](thenFails))).Send(t.Context(), Leave{})
		require.ErrorIs(t, err, errOther)
		assert.Equal(t, []string{"leave in 1", "join in 1", "joined 1", "rollback 1"}, a.notes())
	})

	t.Run("middleware can recover from a failed event handler, whose events are dropped", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		on[first](a, func(_ context.Context, h *self[*tx], _ Joined) error {
			h.Record(Left{N: 1})
			return errHandler
		})
		on[first](a, noting[Left](a, "left"))
		require.NoError(t, a.start(aroundScope(aroundMessage[Joined](
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				_, err := next(ctx, in)
				assert.Same(t, errHandler, err)
				return nil, nil
			}))).Publish(t.Context(), Joined{}))
		assert.Equal(t, []string{"commit 1"}, a.notes())
	})

	t.Run("a late call of next is an error", func(t *testing.T) {
		t.Parallel()
		a := nesting(t)
		var late func() error
		require.NoError(t, a.start(aroundScope(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			switch in.Message().(type) {
			case Join:
				late = func() error { _, err := next(ctx, in); return err }
			case Joined: // while the request goes on
				require.ErrorIs(t, late(), cqrs.ErrRequestEnded)
			}
			return next(ctx, in)
		})).Send(t.Context(), Leave{}))
		assert.Equal(t, []string{"leave in 1", "join in 1", "joined 1", "commit 1"}, a.notes())
	})
	t.Run("the events of a handler that passed the message on are dropped", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, func(_ context.Context, h *self[nothing], _ Join) error {
			a.note("join")
			h.Record(Joined{})
			return cqrs.ErrNotHandled
		})
		on[first](a, noting[Joined](a, "joined"))
		command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Leave) error { return h.need.Send(ctx, Join{}) })
		require.NoError(t, a.start(aroundScope(aroundMessage[Join](
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				_, err := next(ctx, in)
				assert.Equal(t, cqrs.ErrNotHandled, err)
				return cqrs.Unit{}, nil
			}))).Send(t.Context(), Leave{}))
		assert.Equal(t, []string{"join"}, a.notes())
	})
}
