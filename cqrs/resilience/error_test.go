package resilience_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go/budget"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/ratelimiter"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/resilience"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// Each error of the package, as the caller receives it.
func TestErrors(t *testing.T) {
	t.Parallel()
	send := func(t *testing.T, a *app) error { return a.start(t).Send(t.Context(), Pay{}) }
	rejected := func(mw cqrs.Middleware) func(t *testing.T) error {
		return func(t *testing.T) error {
			_, err := newApp(nil).around("pay", mw).tryStart()
			require.Error(t, err)
			var problems *bootstrap.Error
			require.ErrorAs(t, err, &problems)
			require.Len(t, problems.Problems, 1)
			assert.ErrorAs(t, problems.Problems[0], new(*resilience.ConfigError))
			return problems.Problems[0]
		}
	}
	none := budget.NewBuilder().WithMaxRate(-1).WithMinConcurrency(0).Build()
	for name, test := range map[string]struct {
		is  error
		err func(t *testing.T) error
	}{
		"refused_by_breaker": {circuitbreaker.ErrOpen, func(t *testing.T) error {
			b := breakerOf(1)
			a := newApp(nil).around("pay", resilience.CircuitBreaker(b))
			m := a.start(t)
			b.built[0].Open()
			return m.Send(t.Context(), Pay{})
		}},
		"refused_by_bulkhead": {bulkhead.ErrFull, func(t *testing.T) error {
			return send(t, newApp(nil).around("pay", resilience.Bulkhead(bulkheadOf(0))))
		}},
		"refused_by_rate_limit": {ratelimiter.ErrExceeded, func(t *testing.T) error {
			m := newApp(nil).around("pay", resilience.RateLimit(ratelimiter.NewBurstyBuilder[any](1, time.Hour))).start(t)
			require.NoError(t, m.Send(t.Context(), Pay{}))
			return m.Send(t.Context(), Pay{})
		}},
		"refused_by_budget": {budget.ErrExceeded, func(t *testing.T) error {
			return send(t, newApp(script{"pay": always(errBusy)}).around("pay",
				resilience.Retry(retrypolicy.NewBuilder[any]().WithBudget(none))))
		}},
		"refused_further_try": {errBusy, func(t *testing.T) error {
			return send(t, newApp(script{"pay": always(errBusy)}).around("pay", thrice(),
				resilience.CircuitBreaker(breakerOf(1))))
		}},
		"cancelled_between_tries": {context.Canceled, func(t *testing.T) (err error) {
			synctest.Test(t, func(t *testing.T) {
				m := newApp(script{"pay": always(errBusy)}).around("pay",
					resilience.Retry(retrypolicy.NewBuilder[any]().WithDelay(time.Hour))).start(t)
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Minute, cancel)
				err = m.Send(ctx, Pay{})
			})
			return err
		}},
		"timeout": {context.DeadlineExceeded, func(t *testing.T) (err error) {
			synctest.Test(t, func(t *testing.T) {
				err = newApp(script{"pay": func(ctx context.Context, _ *self) error { <-ctx.Done(); return ctx.Err() }}).
					around("pay", resilience.Timeout(time.Second)).start(t).Send(t.Context(), Pay{})
			})
			return err
		}},
		"nil_retry":      {nil, rejected(resilience.Retry(nil))},
		"nil_breaker":    {nil, rejected(resilience.CircuitBreaker(nil))},
		"nil_rate_limit": {nil, rejected(resilience.RateLimit(nil))},
		"nil_bulkhead":   {nil, rejected(resilience.Bulkhead(nil))},
		"no_time":        {nil, rejected(resilience.Timeout(0))},
		"negative_time":  {nil, rejected(resilience.Policies{Timeout: -time.Second}.Middleware())},
		"refused_otherwise": {errOther, func(*testing.T) error {
			return &resilience.RefusedError{Policy: "queue", Err: errOther}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := test.err(t)
			if test.is != nil { // a ConfigError has none
				require.ErrorIs(t, err, test.is)
			}
			if r, ok := errors.AsType[*resilience.RefusedError](err); ok {
				assert.ErrorIs(t, r, resilience.ErrRefused)
			}
			if u, ok := errors.AsType[*resilience.ConfigError](err); ok {
				assert.Contains(t, u.Where, "error_test.go")
			}
			testkit.AssertErrorText(t, name, err)
		})
	}
}
