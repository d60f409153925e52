package resilience_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/ratelimiter"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/failsafe-go/failsafe-go/timeout"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/resilience"
)

func TestPolicies(t *testing.T) {
	t.Parallel()

	t.Run("that are empty do nothing", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"pay": always(errBusy)}).around("pay", resilience.Policies{}.Middleware())
		assert.Equal(t, errBusy, a.start(t).Send(t.Context(), Pay{}))
	})

	t.Run("let each attempt ask the breaker, count for the rate limit and have the full timeout", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b := breakerOf(3)
			a := newApp(script{"pay": func(ctx context.Context, _ *self) error { <-ctx.Done(); return ctx.Err() }}).
				around("pay", resilience.Policies{
					Retry:          retrypolicy.NewBuilder[any]().WithMaxAttempts(-1),
					CircuitBreaker: b,
					RateLimit:      ratelimiter.NewSmoothBuilderWithMaxRate[any](10 * time.Second).WithMaxWaitTime(time.Minute),
					Bulkhead:       bulkhead.NewBuilder[any](1),
					Timeout:        time.Second,
				}.Middleware())
			m := a.start(t)
			start := time.Now()
			err := m.Send(t.Context(), Pay{})
			assert.ErrorIs(t, err, timeout.ErrExceeded)
			assert.ErrorIs(t, err, circuitbreaker.ErrOpen)
			assert.Equal(t, 3, a.Count("pay"))
			assert.Equal(t, 21*time.Second, time.Since(start))
			assert.True(t, b.built[0].IsOpen())
		})
	})

	t.Run("do not open the breaker when the rate limit or the bulkhead refuses", func(t *testing.T) {
		t.Parallel()
		for name, p := range map[string]resilience.Policies{
			"rate limit": {RateLimit: ratelimiter.NewBurstyBuilder[any](1, time.Hour)},
			"bulkhead":   {Bulkhead: bulkhead.NewBuilder[any](1)},
		} {
			b := breakerOf(1)
			p.CircuitBreaker = b
			a := newApp(script{"pay": func(ctx context.Context, h *self) error {
				var refused *resilience.RefusedError
				require.ErrorAs(t, h.sender.Send(ctx, Pay{}), &refused)
				assert.Equal(t, name, refused.Policy)
				return nil
			}}).around("pay", p.Middleware())
			require.NoError(t, a.start(t).Send(t.Context(), Pay{}))
			assert.True(t, b.built[0].IsClosed())
		}
	})

	t.Run("may also wrap all handlers, in the same order", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"read": failing(errBusy)})
		m := a.start(t, bootstrap.WithMiddleware(
			resilience.CircuitBreaker(breakerOf(2)), // inside the Retry, although it is given before it
			thrice(),
		))
		_, err := cqrs.Send(t.Context(), m, Read{})
		require.NoError(t, err)
		a.script["read"] = always(errBusy)
		_, err = cqrs.Send(t.Context(), m, Read{})
		require.ErrorIs(t, err, circuitbreaker.ErrOpen)
		assert.Equal(t, 4, a.Count("read"))
	})

	t.Run("may be used by several goroutines to start with", func(t *testing.T) {
		t.Parallel()
		external := resilience.Policies{
			Retry:          retrypolicy.NewBuilder[any](),
			CircuitBreaker: circuitbreaker.NewBuilder[any](),
			RateLimit:      ratelimiter.NewBurstyBuilder[any](1, time.Hour),
			Bulkhead:       bulkhead.NewBuilder[any](1),
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				a := newApp(nil).around("pay", external.Middleware()).around("settle", external.Middleware())
				m, err := a.tryStart()
				if assert.NoError(t, err) {
					assert.NoError(t, m.Send(t.Context(), Pay{}))
					assert.NoError(t, m.Send(t.Context(), Settle{}))
				}
			})
		}
		wg.Wait()
	})

	t.Run("know the expected errors", func(t *testing.T) {
		t.Parallel()
		b := breakerOf(1)
		a := newApp(script{"pay": always(errNoMoney)}).around("pay", resilience.Policies{
			Retry:          retrypolicy.NewBuilder[any](),
			CircuitBreaker: b,
			Expected:       func(err error) bool { return errors.Is(err, errNoMoney) },
		}.Middleware())
		require.Equal(t, errNoMoney, a.start(t).Send(t.Context(), Pay{}))
		assert.Equal(t, 1, a.Count("pay"))
		assert.True(t, b.built[0].IsClosed())
	})
}
