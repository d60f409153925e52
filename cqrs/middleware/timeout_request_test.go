package middleware_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
)

func TestTimeout_within_a_request(t *testing.T) {
	t.Parallel()

	inBubble(t, "fails handlers of events, and asks an event that was bound as an interface", func(t *testing.T, a *app) {
		on(a, func(ctx context.Context, _ *self[nothing], _ cqrs.Event) error {
			<-ctx.Done()
			return ctx.Err()
		})
		m := a.start(middleware.Timeout(seconds(1)))
		for _, test := range []struct {
			event cqrs.Event
			after time.Duration
		}{{joined{}, seconds(1)}, {patientEvent{For: seconds(9)}, seconds(9)}} {
			err := m.Publish(t.Context(), test.event)
			require.NotNil(t, timeoutOf(err), "%v", err)
			assert.Equal(t, test.after, timeoutOf(err).After)
			assert.Equal(t, reflect.TypeOf(test.event), timeoutOf(err).Message)
		}
	})

	inBubble(t, "of the outer message is not taken for that of the inner one", func(t *testing.T, a *app) {
		command(a, func(ctx context.Context, h *self[cqrs.Sender], c patient) error {
			if c.For > seconds(1) {
				err := h.need.Send(ctx, patient{For: seconds(1)})
				a.Note("inner %v", timeoutOf(err) != nil)
				return err
			}
			<-ctx.Done()
			return ctx.Err()
		})
		m := a.start(middleware.Timeout(0))
		err := m.Send(t.Context(), patient{For: seconds(5)})
		assert.Equal(t, seconds(1), timeoutOf(err).After, "the inner one, in time for the outer one")
		assert.Equal(t, []string{"inner true"}, a.Notes())
	})

	inBubble(t, "of the outer message comes first where it is over first", func(t *testing.T, a *app) {
		command(a, func(ctx context.Context, h *self[cqrs.Sender], c patient) error {
			if c.For == seconds(5) {
				err := h.need.Send(ctx, patient{For: seconds(9)})
				a.Note("inner %v", timeoutOf(err) != nil)
				return err
			}
			<-ctx.Done()
			return ctx.Err()
		})
		err := a.start(middleware.Timeout(0)).Send(t.Context(), patient{For: seconds(5)})
		require.NotNil(t, timeoutOf(err))
		assert.Equal(t, seconds(5), timeoutOf(err).After)
		assert.Equal(t, []string{"inner false"}, a.Notes())
	})

	inBubble(t, "leaves nothing cancelled for the events of the request", func(t *testing.T, a *app) {
		command(a, raises[join](joined{}))
		on(a, func(ctx context.Context, _ *self[nothing], _ joined) error { return ctx.Err() })
		require.NoError(t, a.start(cqrs.Only[cqrs.Request[cqrs.Unit]](middleware.Timeout(seconds(1)))).Send(t.Context(),
			join{}))
	})

	inBubble(t, "around the scope counts for events too, and does not undo what is done", func(t *testing.T, a *app) {
		a.withTx(nil)
		command(a, func(_ context.Context, h *self[*tx], _ join) error {
			h.Record(joined{})
			return nil
		})
		on(a, waiting[joined](nil))
		around := cqrs.Only[cqrs.Request[cqrs.Unit]](cqrs.AroundScope(middleware.Timeout(seconds(1))))
		err := a.start(around).Send(t.Context(), join{})
		require.NotNil(t, timeoutOf(err), "%v", err)
		assert.Equal(t, reflect.TypeFor[join](), timeoutOf(err).Message)
		assert.Equal(t, []string{"begin", "rollback"}, a.Notes())

		a = newApp(t)
		a.withTx(nil)
		command(a, func(_ context.Context, h *self[*tx], _ join) error {
			h.Record(joined{})
			return nil
		})
		on(a, waiting[joined](nil), cqrs.AfterScope())
		err = a.start(around).Send(t.Context(), join{})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.True(t, cqrs.Done(err), "%v", err)
		assert.Equal(t, []string{"begin", "commit"}, a.Notes())
	})
}
