package resilience_test

import (
	"context"
	"errors"
	"testing"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/resilience"
)

func TestExpectedErrors_of_the_application(t *testing.T) {
	t.Parallel()
	noMoney := bootstrap.WithExpectedErrors(func(err error) bool { return errors.Is(err, errNoMoney) })

	t.Run("are not retried", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"pay": always(errNoMoney)}).around("pay", thrice())
		require.ErrorIs(t, a.start(t, noMoney).Send(t.Context(), Pay{}), errNoMoney)
		assert.Equal(t, 1, a.Count("pay"))
	})

	t.Run("are retried if they are not declared", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"pay": always(errNoMoney)}).around("pay", thrice())
		require.ErrorIs(t, a.start(t).Send(t.Context(), Pay{}), errNoMoney)
		assert.Equal(t, 3, a.Count("pay"))
	})

	t.Run("are successes for a breaker, in the scope and around it", func(t *testing.T) {
		t.Parallel()
		for _, mw := range []cqrs.Middleware{
			resilience.CircuitBreaker(breakerOf(1)),
			cqrs.AroundScope(resilience.CircuitBreaker(breakerOf(1))),
		} {
			a := newApp(script{"pay": always(errNoMoney)}).around("pay", mw)
			m := a.start(t, noMoney)
			for range 3 {
				require.ErrorIs(t, m.Send(t.Context(), Pay{}), errNoMoney)
			}
		}
	})

	t.Run("leave a cancellation inconclusive for a breaker", func(t *testing.T) {
		t.Parallel()
		b := &keptBreaker{Builder: circuitbreaker.NewBuilder[any]()}
		a := newApp(script{"pay": always(context.Canceled)}).around("pay", resilience.CircuitBreaker(b))
		require.ErrorIs(t, a.start(t, noMoney).Send(t.Context(), Pay{}), context.Canceled)
		for _, built := range b.built {
			assert.Zero(t, built.Metrics().Successes())
			assert.Zero(t, built.Metrics().Failures())
		}
	})
}
