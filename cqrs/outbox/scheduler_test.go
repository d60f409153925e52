package outbox_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

func TestScheduler(t *testing.T) {
	t.Parallel()

	t.Run("sends a command when its time has come", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t).start()
			stop := run(a.relay())
			_, err := outbox.NewScheduler(a.mediator).Schedule(t.Context(), remind{N: 1}, time.Now().Add(time.Hour))
			require.NoError(t, err)
			pass(59 * time.Minute)
			assert.Empty(t, a.ledger.of("remind"))
			pass(2 * time.Minute)
			assert.Equal(t, []int{1}, a.ledger.of("remind"))
			require.NoError(t, stop())
		})
	})

	t.Run("cancels a command that was not sent yet", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t).start()
			s := outbox.NewScheduler(a.mediator)
			id, err := s.Schedule(t.Context(), remind{N: 1}, time.Now().Add(time.Hour))
			require.NoError(t, err)
			found, err := s.Cancel(t.Context(), id)
			require.NoError(t, err)
			assert.True(t, found)
			found, err = s.Cancel(t.Context(), id)
			require.NoError(t, err)
			assert.False(t, found)
			a.store.Advance(2 * time.Hour)
			require.NoError(t, a.relay().Drain(t.Context()))
			assert.Empty(t, a.ledger.of("remind"))
		})
	})

	t.Run("belongs to the transaction of its request", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			a := newApp(t).start()
			schedule := func(fail error) error {
				return a.mediator.Run(t.Context(), func(ctx context.Context, s cqrs.Sender) error {
					_, err := outbox.NewScheduler(s).Schedule(ctx, remind{N: 1}, time.Now())
					require.NoError(t, err)
					id, err := outbox.NewScheduler(s).Schedule(ctx, remind{N: 2}, time.Now())
					require.NoError(t, err)
					found, err := outbox.NewScheduler(s).Cancel(ctx, id)
					require.NoError(t, err)
					assert.True(t, found)
					return fail
				})
			}
			assert.ErrorIs(t, schedule(errHandler), errHandler)
			require.NoError(t, a.relay().Drain(t.Context()))
			assert.Empty(t, a.ledger.of("remind"))
			require.NoError(t, schedule(nil))
			require.NoError(t, a.relay().Drain(t.Context()))
			assert.Equal(t, []int{1}, a.ledger.of("remind"))
		})
	})

	t.Run("refuses a command that is not registered", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).start()
		_, err := outbox.NewScheduler(a.mediator).Schedule(t.Context(), unregistered{}, time.Now())
		assert.ErrorAs(t, err, new(*cqrs.MessageError))
		_, err = outbox.NewScheduler(nil).Schedule(t.Context(), remind{}, time.Now())
		assert.ErrorIs(t, err, cqrs.ErrNilMediator)
	})
}

type unregistered struct{ cqrs.Command }
