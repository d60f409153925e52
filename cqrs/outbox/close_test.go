package outbox_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

func TestRelay_ClosedMediator(t *testing.T) {
	t.Parallel()

	t.Run("ends Run after the deliveries in flight, and releases the others", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t)
			a.mail = func(context.Context, moved) error { time.Sleep(time.Minute); return nil }
			a.start().publish("a", 1, 10)
			ended := make(chan error, 1)
			go func() { ended <- a.relay(outbox.Workers(2), outbox.Grace(time.Hour)).Run(t.Context()) }()
			synctest.Wait()
			require.NoError(t, a.mediator.Close(t.Context()))
			require.ErrorIs(t, <-ended, cqrs.ErrClosed)
			assert.Len(t, a.ledger.of("mail"), 2, "they were in flight")
			a.assertUntouched(t, 8)
		})
	})

	t.Run("counts no attempt for what the mediator refuses", func(t *testing.T) {
		t.Parallel()
		for _, batch := range []int{1, 3} {
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t)
				a.plain = append(a.plain, cqrs.InBatches(batch))
				a.mail = func(context.Context, moved) error { time.Sleep(time.Minute); return nil }
				a.start().publish("a", 1, 6)
				ended := make(chan error, 1)
				relay := a.relayOf(oneWriter{a.store}, outbox.Workers(2), outbox.Grace(time.Hour))
				go func() { ended <- relay.Run(t.Context()) }()
				synctest.Wait() // one delivery is being handled, and another one has its turn next
				require.NoError(t, a.mediator.Close(t.Context()))
				require.ErrorIs(t, <-ended, cqrs.ErrClosed)
				a.assertUntouched(t, 6-batch)
			})
		}
	})

	t.Run("counts no attempt for a handler that uses the closed mediator", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t)
			a.mail = func(ctx context.Context, e moved) error {
				time.Sleep(time.Minute)
				return a.mediator.Publish(ctx, followed{})
			}
			a.start().publish("a", 1, 1)
			ended := make(chan error, 1)
			go func() { ended <- a.relay(outbox.Grace(time.Hour)).Run(t.Context()) }()
			synctest.Wait()
			require.NoError(t, a.mediator.Close(t.Context()))
			require.ErrorIs(t, <-ended, cqrs.ErrClosed)
			a.assertUntouched(t, 1)
		})
	})

	t.Run("counts an attempt for a handler that uses another closed mediator", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a, other := newApp(t), newApp(t).start()
			require.NoError(t, other.mediator.Close(t.Context()))
			a.mail = func(ctx context.Context, e moved) error { return other.mediator.Publish(ctx, followed{}) }
			a.start().publish("a", 1, 1)
			stop := run(a.relay())
			synctest.Wait()
			require.NoError(t, stop())
			a.mu.Lock()
			defer a.mu.Unlock()
			require.Len(t, a.outcomes, 2)
			for _, o := range a.outcomes {
				assert.Equal(t, o.Subscription == "mail", o.Retry > 0, o.Subscription)
			}
		})
	})

	t.Run("ends Drain", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t)
			a.mail = func(context.Context, moved) error { time.Sleep(time.Minute); return nil }
			a.start().publish("a", 1, 10)
			ended := make(chan error, 1)
			go func() { ended <- a.relay(outbox.Workers(2), outbox.Grace(time.Hour)).Drain(t.Context()) }()
			synctest.Wait()
			require.NoError(t, a.mediator.Close(t.Context()))
			require.ErrorIs(t, <-ended, cqrs.ErrClosed)
			a.assertUntouched(t, 8)
		})
	})

	t.Run("is no error of a relay whose context has ended", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t).start()
			stop := run(a.relay())
			synctest.Wait()
			require.NoError(t, stop())
			require.NoError(t, a.mediator.Close(t.Context()))
		})
	})
}

func TestRelay_Run_EndsDuringItsCheck(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a := newApp(t).start()
	relay := a.relayOf(brokenStore{Store: a.store, check: ctx.Err()})
	require.NoError(t, relay.Run(ctx))
	require.ErrorIs(t, relay.Drain(ctx), context.Canceled)
	relay = a.relayOf(brokenStore{Store: a.store, check: errFault})
	require.ErrorIs(t, relay.Run(ctx), errFault)
}

// assertUntouched checks that n deliveries to "mail" can be claimed at once, as first attempts, and
// that none was reported as failed.
func (a *app) assertUntouched(t *testing.T, n int) {
	t.Helper()
	claimed, err := a.store.Claim(t.Context(), []outbox.Want{{Subscription: "mail", Limit: 100}}, time.Minute)
	require.NoError(t, err)
	assert.Len(t, claimed, n)
	for _, d := range claimed {
		assert.Equal(t, 1, d.Attempt)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, o := range a.outcomes {
		assert.NoError(t, o.Err)
	}
	assert.Empty(t, a.troubles)
}

// oneWriter is a store whose database has one writer at a time.
type oneWriter struct{ outbox.Store }

func (oneWriter) SingleWriter() bool { return true }
