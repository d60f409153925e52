package resilience_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go/budget"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/cqrs/resilience"
)

// Each of these errors ends all retries.
func TestRetry_final(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"a cancellation":        fmt.Errorf("reading: %w", context.Canceled),
		"an invalid message":    fmt.Errorf("%w: no amount", middleware.ErrInvalid),
		"a denied message":      fmt.Errorf("%w: not you", middleware.ErrDenied),
		"a refusal":             &resilience.RefusedError{Policy: "bulkhead", Err: errBusy},
		"a nil message":         &cqrs.MessageError{Reason: cqrs.ErrNilMessage},
		"no handler":            &cqrs.NoHandlerError{},
		"no answer":             cqrs.ErrNotHandled,
		"no subscription":       &cqrs.SubscriptionError{},
		"a panic":               &cqrs.PanicError{Value: "boom"},
		"an exit":               cqrs.ErrExit,
		"a stopped stream":      cqrs.ErrStreamStopped,
		"a wrong result":        cqrs.ErrResultType,
		"a misused middleware":  new(cqrs.MiddlewareError),
		"too many events":       new(cqrs.EventLimitError),
		"too deep nesting":      new(cqrs.NestingLimitError),
		"an expected error":     fmt.Errorf("on 3 May: %w", errNoMoney),
		"one of an event":       &cqrs.EventError{Err: middleware.ErrInvalid},
		"one joined with other": errors.Join(errFinalize, middleware.ErrInvalid),
	} {
		t.Run("does not retry after "+name, func(t *testing.T) {
			t.Parallel()
			isNoMoney := func(err error) bool { return errors.Is(err, errNoMoney) }
			a := newApp(script{"pay": always(err)}).around("pay", resilience.Retry(
				retrypolicy.NewBuilder[any]().WithMaxAttempts(-1), resilience.Expected(isNoMoney), resilience.Expected(nil), nil))
			assert.Equal(t, err, a.start(t).Send(t.Context(), Pay{}))
			assert.Equal(t, 1, a.Count("pay"))
		})
	}

	t.Run("does not retry when the handler panics", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"pay": func(context.Context, *self) error { panic("boom") }}).around("pay", thrice())
		err := a.start(t).Send(t.Context(), Pay{})
		p, ok := errors.AsType[*cqrs.PanicError](err)
		require.True(t, ok)
		assert.Equal(t, "boom", p.Value)
		assert.Contains(t, string(p.Stack), "PayHandler).Handle", "it has the stack of the panic")
		assert.Equal(t, []string{"pay", "rollback"}, handled(a.Notes()))
	})

	t.Run("does not retry after the deadline of the caller", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(script{"pay": func(ctx context.Context, _ *self) error {
				<-ctx.Done()
				return fmt.Errorf("bank: %w", ctx.Err())
			}}).around("pay", resilience.Retry(retrypolicy.NewBuilder[any]().WithMaxAttempts(-1)))
			m := a.start(t)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			err := m.Send(ctx, Pay{})
			assert.EqualError(t, err, "bank: context deadline exceeded")
			assert.Equal(t, 1, a.Count("pay"))
		})
	})

	t.Run("returns a final error unchanged when the context is cancelled", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		a := newApp(script{"pay": func(context.Context, *self) error { cancel(); return middleware.ErrInvalid }}).around(
			"pay", thrice())
		assert.Equal(t, middleware.ErrInvalid, a.start(t).Send(ctx, Pay{}))
	})

	t.Run("returns it unchanged when the handler has a budget of its own", func(t *testing.T) {
		t.Parallel()
		b := retrypolicy.NewBuilder[any]().WithBudget(budget.New())
		a := newApp(script{"pay": always(budget.ErrExceeded)}).around("pay", resilience.Retry(b))
		assert.Equal(t, budget.ErrExceeded, a.start(t).Send(t.Context(), Pay{}))
	})

	t.Run("retries after a deadline that the handler has set", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"pay": failing(context.DeadlineExceeded)}).around("pay", thrice())
		require.NoError(t, a.start(t).Send(t.Context(), Pay{}))
	})

	t.Run("retries when the handler took too long", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			slow := func(ctx context.Context, _ *self) error {
				<-ctx.Done()
				return context.Canceled // as some clients say
			}
			a := newApp(script{"pay": slow}).around("pay", thrice(), resilience.Timeout(time.Second))
			m := a.start(t)
			start := time.Now()
			require.ErrorIs(t, m.Send(t.Context(), Pay{}), context.Canceled)
			assert.Equal(t, 3, a.Count("pay"))
			assert.Equal(t, 3*time.Second, time.Since(start))
		})
	})

	t.Run("does not loop on a breaker that its own attempts have opened, and keeps their error", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"pay": always(errBusy)}).around("pay",
			resilience.Retry(retrypolicy.NewBuilder[any]().WithMaxAttempts(-1)),
			resilience.CircuitBreaker(circuitbreaker.NewBuilder[any]().WithFailureThreshold(2)))
		m := a.start(t)
		err := m.Send(t.Context(), Pay{})
		assert.ErrorIs(t, err, errBusy)
		assert.ErrorIs(t, err, circuitbreaker.ErrOpen)
		assert.Equal(t, 2, a.Count("pay"))
		err = m.Send(t.Context(), Pay{})
		assert.NotErrorIs(t, err, errBusy)
		assert.ErrorIs(t, err, circuitbreaker.ErrOpen)
		assert.Equal(t, 2, a.Count("pay"))
	})
}
