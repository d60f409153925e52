package cqrs_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
)

type userKey struct{}

// carrying returns a propagator of a user under the name of a header.
func carrying(header string) bootstrap.Option {
	return bootstrap.WithPropagator(cqrs.Propagator{
		Inject: func(ctx context.Context) map[string]string {
			user, _ := ctx.Value(userKey{}).(string)
			return map[string]string{header: user}
		},
		Extract: func(ctx context.Context, headers map[string]string) context.Context {
			before, _ := ctx.Value(userKey{}).(string)
			return context.WithValue(ctx, userKey{}, before+header+"="+headers[header]+";")
		},
	})
}

func TestPropagator(t *testing.T) {
	t.Parallel()

	noteOrigin := func(a *durableApp) cqrs.MiddlewareFunc {
		return func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			if origin := in.Origin(); origin != nil {
				a.note("%T by %v", in.Message(), origin.Value(userKey{}))
			}
			return next(ctx, in)
		}
	}

	t.Run("carries values from the recording handler to Invocation.Origin, in both chains", func(t *testing.T) {
		t.Parallel()
		a := mailing(t)
		a.begin(carrying("a"), carrying("b"), bootstrap.WithPropagator(cqrs.Propagator{}),
			aroundScope(noteOrigin(a)), with(noteOrigin(a)))
		require.NoError(t, a.m.Send(context.WithValue(t.Context(), userKey{}, "ann"), Join{}))
		claimed := a.claim("mail")
		assert.Equal(t, map[string]string{"a": "ann", "b": "ann"}, claimed[0].Headers)
		a.notes()
		require.NoError(t, a.m.Deliverer().Deliver(t.Context(), claimed...))
		by := "cqrs_test.Joined by a=ann;b=ann;"
		assert.Equal(t, []string{by, by, "mail 1", "commit"}, a.notes())
	})

	t.Run("carries them with each event of a batch, and with a command", func(t *testing.T) {
		t.Parallel()
		a := reminding(t)
		on[first](a.app, noting[Joined](a.app, "mail"), cqrs.Durable("mail", cqrs.InBatches(2)))
		a.begin(carrying("user"), with(aroundMessage[Joined](noteOrigin(a)), aroundMessage[Count](noteOrigin(a))))
		for _, user := range []string{"ann", "bob"} {
			require.NoError(t, a.m.Publish(context.WithValue(t.Context(), userKey{}, user), joined(1)...))
		}
		_, err := cqrs.Schedule(context.WithValue(t.Context(), userKey{}, "eve"), a.m, Count{N: 2}, time.Now())
		require.NoError(t, err)
		a.notes()
		require.NoError(t, a.m.Deliverer().Deliver(t.Context(), a.claim("mail")...))
		require.NoError(t, a.deliver(toCount))
		assert.Equal(t, []string{
			"cqrs_test.Joined by user=ann;", "mail 1", "cqrs_test.Joined by user=bob;", "mail 1", "commit",
			"cqrs_test.Count by user=eve;", "count 2", "commit",
		}, a.notes())
	})

	t.Run("that panics fails the request, or the delivery", func(t *testing.T) {
		t.Parallel()
		a := mailing(t)
		var inject, extract bool
		a.begin(bootstrap.WithPropagator(cqrs.Propagator{
			Inject: func(context.Context) map[string]string {
				if inject {
					panic(errPanic)
				}
				return nil
			},
			Extract: func(context.Context, map[string]string) context.Context {
				if extract {
					panic(errPanic)
				}
				return nil // has no effect
			},
		}))
		require.NoError(t, a.m.Send(t.Context(), Join{}))
		claimed := a.claim("mail")
		extract = true
		a.notes()
		err := a.m.Deliverer().Deliver(t.Context(), claimed...)
		require.ErrorIs(t, err, errPanic)
		require.ErrorContains(t, err, "in the function Extract of a propagator")
		assert.Empty(t, a.notes())
		extract, inject = false, true
		require.NoError(t, a.m.Deliverer().Deliver(t.Context(), claimed...))
		err = a.m.Send(t.Context(), Join{})
		require.ErrorIs(t, err, errPanic)
		require.ErrorContains(t, err, "in the function Inject of a propagator")
		p, _ := errors.AsType[*cqrs.EventError](err)
		assert.Equal(t, cqrs.DeliveryDurable, p.Delivery)
	})
}
