package cqrs_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
)

// Whatever records an event, it is stored by the request that owns the scope.
func TestDurable_IsStoredByTheOuterRequest(t *testing.T) {
	t.Parallel()

	t.Run("if a nested send records it", func(t *testing.T) {
		t.Parallel()
		a := mailing(t)
		var outcome error
		command(a.app, func(ctx context.Context, h *self[cqrs.Sender], _ Close) error {
			return errors.Join(h.need.Send(ctx, Join{}), h.need.Publish(ctx, joined(2)...), outcome)
		})
		require.NoError(t, a.begin().Send(t.Context(), Close{}))
		assert.Equal(t, 2, a.pending("mail"))
		assert.Equal(t, int32(1), a.journals.Load())
		outcome = errOther
		require.ErrorIs(t, a.m.Send(t.Context(), Close{}), errOther)
		assert.Equal(t, 2, a.pending("mail"), "the outer handler has failed")
	})

	t.Run("unless the nested send fails, though its sender ignores that", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t)
		on[first](a.app, noting[Joined](a.app, "mail"), cqrs.Durable("mail"))
		command(a.app, func(_ context.Context, h *self[nothing], _ Leave) error {
			h.Record(joined(1)...)
			return errOther
		})
		command(a.app, func(ctx context.Context, h *self[cqrs.Sender], _ Close) error {
			_ = h.need.Send(ctx, Leave{})
			return nil
		})
		require.NoError(t, a.begin().Send(t.Context(), Close{}))
		assert.Zero(t, a.pending("mail"))
		assert.Zero(t, a.journals.Load())
	})

	t.Run("if an event handler in the scope records it", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t)
		joinRecords(a.app, Left{})
		on[first](a.app, func(_ context.Context, h *self[nothing], _ Left) error { h.Record(joined(1)...); return nil })
		on[first](a.app, noting[Joined](a.app, "mail"), cqrs.Durable("mail"))
		require.NoError(t, a.begin().Send(t.Context(), Join{}))
		assert.Equal(t, 1, a.pending("mail"))
	})

	t.Run("in Run and Publish", func(t *testing.T) {
		t.Parallel()
		a := mailing(t)
		a.begin()
		require.NoError(t, a.m.Publish(t.Context(), joined(1, 2)...))
		assert.Equal(t, 2, a.pending("mail"))
		run := func(outcome error) error {
			return a.m.Run(t.Context(), func(ctx context.Context, s cqrs.Sender) error {
				return errors.Join(s.Send(ctx, Join{}), s.Send(ctx, Join{}), outcome)
			})
		}
		require.ErrorIs(t, run(errOther), errOther)
		assert.Equal(t, 2, a.pending("mail"))
		require.NoError(t, run(nil))
		assert.Equal(t, 4, a.pending("mail"))
		assert.Equal(t, int32(2), a.journals.Load(), "one for each request that stores something")
	})

	t.Run("in the scope of an after-scope handler that records it", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t)
		var outcome error
		joinRecords(a.app, Left{})
		on[first](a.app, func(_ context.Context, h *self[nothing], _ Left) error {
			h.Record(joined(1)...)
			return outcome
		}, cqrs.AfterScope())
		on[first](a.app, noting[Joined](a.app, "mail"), cqrs.Durable("mail"))
		require.NoError(t, a.begin().Send(t.Context(), Join{}))
		assert.Equal(t, 1, a.pending("mail"))
		outcome = errOther
		assert.True(t, cqrs.Done(a.m.Send(t.Context(), Join{})))
		assert.Equal(t, 1, a.pending("mail"))
		a.write = func(context.Context, cqrs.Journal, []cqrs.Record, []cqrs.Claim) error { return errOther }
		outcome = nil
		err := a.m.Send(t.Context(), Join{})
		assert.True(t, cqrs.Done(err), "the request had nothing to store")
		require.Len(t, cqrs.EventErrors(err), 1)
		assert.IsType(t, &cqrs.JournalError{}, cqrs.EventErrors(err)[0].Err)
	})

	t.Run("of the handler that a fallback has called last", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t)
		bindTarget(a.app, cqrs.Fallback(
			commandTo[first](a.app, func(_ context.Context, h *self[nothing], _ Leave) error {
				h.Record(joined(1)...)
				return errPrimary
			}),
			commandTo[second](a.app, func(_ context.Context, h *self[nothing], _ Leave) error {
				h.Record(joined(2)...)
				return nil
			}), nil))
		on[first](a.app, noting[Joined](a.app, "mail"), cqrs.Durable("mail"))
		require.NoError(t, a.begin().Send(t.Context(), Leave{}))
		require.NoError(t, a.deliver("mail"))
		assert.Equal(t, []string{"commit", "mail 2", "commit"}, a.notes())
	})

	t.Run("of the last attempt of a retry in the scope", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t)
		on[first](a.app, noting[Joined](a.app, "mail"), cqrs.Durable("mail"))
		attempt := 0
		command(a.app, func(_ context.Context, h *self[nothing], _ Close) error {
			attempt++
			h.Record(joined(attempt)...)
			if attempt == 1 {
				return errOther
			}
			return nil
		})
		require.NoError(t, a.begin(with(aroundMessage[Close](twice))).Send(t.Context(), Close{}))
		claimed := a.claim("mail")
		require.Len(t, claimed, 1)
		assert.JSONEq(t, `{"N":2}`, string(claimed[0].Payload))
	})
}
