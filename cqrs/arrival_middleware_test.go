package cqrs_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

// Middleware decides about a delivery, but it is completed only once.
func TestDeliverer_Deliver_Middleware(t *testing.T) {
	t.Parallel()

	onJoined := aroundMessage[Joined]
	answers := func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { return nil, nil }
	swallows := func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
		_, _ = next(ctx, in)
		return nil, nil
	}
	for name, test := range map[string]struct {
		option  bootstrap.Option
		fails   int // how often the handler fails
		notes   []string
		want    error
		lost    []error // each in one of the errors that nobody receives
		pending int
	}{
		"that retries around the scope has a scope for each attempt": {
			option: aroundScope(onJoined(twice)), fails: 1,
			notes: []string{"mail", "rollback", "mail", "commit", "left"},
		},
		"that retries in the scope has one": {
			option: with(onJoined(twice)), fails: 1, notes: []string{"mail", "mail", "commit", "left"},
		},
		"that gives up fails the delivery": {
			option: aroundScope(onJoined(twice)), fails: 2, want: errHandler, pending: 1,
			notes: []string{"mail", "rollback", "mail", "rollback"},
		},
		"that answers around the scope completes the delivery": {
			option: aroundScope(onJoined(answers)), notes: []string{"commit"},
		},
		"that answers in the scope completes the delivery": {
			option: with(onJoined(answers)), notes: []string{"commit"},
		},
		"that hides an error around the scope completes the delivery in another scope": {
			option: aroundScope(onJoined(swallows)), fails: 1, notes: []string{"mail", "rollback", "commit"},
		},
		"that hides an error in the scope completes the delivery": {
			option: with(onJoined(swallows)), fails: 1, notes: []string{"mail", "commit"},
		},
		"that fails in the scope fails the delivery": {
			option: with(onJoined(thenFails)), want: errOther, notes: []string{"mail", "rollback"}, pending: 1,
		},
		"that fails after the commit cannot undo the delivery": {
			option: aroundScope(onJoined(thenFails)), notes: []string{"mail", "commit", "left"}, lost: []error{errOther},
		},
		"that panics after the commit cannot undo the delivery": {
			option: aroundScope(onJoined(thenPanics)), notes: []string{"mail", "commit", "left"}, lost: []error{errOther},
		},
		"that calls next again after the commit has that attempt rolled back": {
			option: aroundScope(onJoined(again)), notes: []string{"mail", "commit", "mail", "rollback", "left"},
			lost: []error{cqrs.ErrLeaseLost},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newDurableApp(t)
			fails := test.fails
			on[first](a.app, func(_ context.Context, h *self[*outboxtest.Tx], _ Joined) error {
				a.note("mail")
				if fails--; fails >= 0 {
					return errHandler
				}
				h.Record(Left{})
				return nil
			}, cqrs.Durable("mail"))
			on[second](a.app, func(context.Context, *self[nothing], Left) error { a.note("left"); return nil },
				cqrs.AfterScope())
			lost := losing(a, test.option)
			require.NoError(t, a.m.Publish(t.Context(), joined(1)...))
			require.Equal(t, []string{"commit"}, a.notes())
			assert.Equal(t, test.want, a.deliver("mail"))
			notes := a.notes()
			assert.Equal(t, test.notes, notes)
			assert.Equal(t, test.pending, a.pending("mail"))
			require.Len(t, *lost, len(test.lost))
			for i, want := range test.lost {
				require.ErrorIs(t, (*lost)[i], want)
			}
		})
	}
}

func TestInvocation_Attempt_OfADelivery(t *testing.T) {
	t.Parallel()

	t.Run("begins with the attempt of the relay, around the scope and in it", func(t *testing.T) {
		t.Parallel()
		a := newDurableApp(t)
		fails := 1
		on[first](a.app, func(_ context.Context, h *self[nothing], _ Joined) error {
			h.Record(Left{})
			if fails--; fails >= 0 {
				return errHandler
			}
			return nil
		}, cqrs.Durable("mail"))
		on[first](a.app, noting[Left](a.app, "left"))
		notes := func(where string) cqrs.MiddlewareFunc {
			return func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				a.note("%s %T %d", where, in.Message(), in.Attempt())
				return next(ctx, in)
			}
		}
		a.begin(aroundScope(aroundMessage[Joined](twice), notes("around")), with(notes("in")))
		require.NoError(t, a.m.Publish(t.Context(), joined(1)...))
		claimed := a.claim("mail")
		claimed[0].Attempt = 3
		a.notes()
		require.NoError(t, a.m.Deliverer().Deliver(t.Context(), claimed...))
		assert.Equal(t, []string{
			"around cqrs_test.Joined 3", "in cqrs_test.Joined 3", "around cqrs_test.Joined 4", "in cqrs_test.Joined 4",
			"around cqrs_test.Left 1", "in cqrs_test.Left 1", "left 0", "commit",
		}, a.notes())
	})

	t.Run("is that of each event in a batch", func(t *testing.T) {
		t.Parallel()
		a := mailing(t, cqrs.InBatches(3))
		a.begin(with(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			a.note("attempt %d", in.Attempt())
			return next(ctx, in)
		}))
		require.NoError(t, a.m.Publish(t.Context(), joined(1, 2)...))
		claimed := a.claim("mail")
		claimed[1].Attempt = 2
		a.notes()
		require.NoError(t, a.m.Deliverer().Deliver(t.Context(), claimed...))
		assert.Equal(t, []string{"attempt 1", "mail 1", "attempt 2", "mail 2", "commit"}, a.notes())
	})
}

func TestDeliverer_Deliver_Batch(t *testing.T) {
	t.Parallel()

	batch := func(t *testing.T, handle func(a *durableApp, h *self[*outboxtest.Tx], e Joined) error) *durableApp {
		a := newDurableApp(t)
		on[first](a.app, func(_ context.Context, h *self[*outboxtest.Tx], e Joined) error { return handle(a, h, e) },
			cqrs.Durable("mail", cqrs.InBatches(10)))
		on[second](a.app, noting[Left](a.app, "left"))
		on[third](a.app, noting[Left](a.app, "after scope"), cqrs.AfterScope())
		return a
	}

	t.Run("handles each event and its follow-ups before the next, in one scope", func(t *testing.T) {
		t.Parallel()
		a := batch(t, func(a *durableApp, h *self[*outboxtest.Tx], e Joined) error {
			a.note("mail %d", e.N)
			h.Record(Left{N: e.N})
			return nil
		})
		notes := func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			a.note("around %d, nested %v", in.Message().(Joined).N, in.Nested())
			return next(ctx, in)
		}
		a.begin(aroundScope(aroundMessage[Joined](notes)))
		require.NoError(t, a.m.Publish(t.Context(), joined(1, 2)...))
		a.notes()
		require.NoError(t, a.m.Deliverer().Deliver(t.Context(), a.claim("mail")...))
		assert.Equal(t, []string{
			"around 1, nested true", "mail 1", "left 1", "around 2, nested true", "mail 2", "left 2", "commit",
			"after scope 1", "after scope 2",
		}, a.notes())
		assert.Zero(t, a.pending("mail"))
	})

	t.Run("is rolled back as a whole", func(t *testing.T) {
		t.Parallel()
		a := batch(t, func(a *durableApp, _ *self[*outboxtest.Tx], e Joined) error {
			a.note("mail %d", e.N)
			if e.N == 2 {
				return errHandler
			}
			return nil
		})
		require.NoError(t, a.begin().Publish(t.Context(), joined(1, 2, 3)...))
		a.notes()
		assert.Same(t, errHandler, a.m.Deliverer().Deliver(t.Context(), a.claim("mail")...))
		assert.Equal(t, []string{"mail 1", "mail 2", "rollback"}, a.notes())
		assert.Equal(t, 3, a.pending("mail"))
	})

	t.Run("is rolled back if one lease is lost", func(t *testing.T) {
		t.Parallel()
		a := batch(t, func(*durableApp, *self[*outboxtest.Tx], Joined) error { return nil })
		require.NoError(t, a.begin().Publish(t.Context(), joined(1, 2)...))
		claimed := a.claim("mail")
		claimed[1].Token = "of another relay"
		a.notes()
		err := a.m.Deliverer().Deliver(t.Context(), claimed...)
		require.ErrorIs(t, err, cqrs.ErrLeaseLost)
		var failed *cqrs.JournalError
		require.ErrorAs(t, err, &failed)
		assert.Equal(t, 2, failed.Completed)
		assert.Equal(t, []string{"rollback"}, a.notes())
		assert.Equal(t, 2, a.pending("mail"))
	})

	t.Run("stops between two events if its context is cancelled", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		a := batch(t, func(a *durableApp, _ *self[*outboxtest.Tx], e Joined) error {
			a.note("mail %d", e.N)
			cancel()
			return nil
		})
		require.NoError(t, a.begin().Publish(t.Context(), joined(1, 2)...))
		a.notes()
		require.ErrorIs(t, a.m.Deliverer().Deliver(ctx, a.claim("mail")...), context.Canceled)
		assert.Equal(t, []string{"mail 1", "rollback"}, a.notes())
	})
}
