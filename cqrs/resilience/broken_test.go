package resilience_test

import (
	"context"
	"errors"
	"testing"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/resilience"
	"github.com/digcqrs/digcqrs/internal/broken"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// TestBrokenErrors has handlers return errors whose methods panic: the caller receives that
// error, and what is committed stays committed.
func TestBrokenErrors(t *testing.T) {
	t.Parallel()
	isNoMoney := resilience.Expected(func(err error) bool { return safe.Is(err, errNoMoney) })

	for what, bad := range broken.Errors() {
		t.Run("Retry retries after "+what+", and returns it", func(t *testing.T) {
			t.Parallel()
			a := newApp(script{"pay": always(bad)}).around("pay", thrice(isNoMoney))
			assert.True(t, safe.Same(bad, a.start(t).Send(t.Context(), Pay{})))
			assert.Equal(t, 3, a.Count("pay"))
		})

		t.Run("Retry finds a final error joined with "+what, func(t *testing.T) {
			t.Parallel()
			for _, final := range []error{errNoMoney, context.Canceled, resilience.ErrRefused, new(cqrs.PanicError)} {
				a := newApp(script{"pay": always(errors.Join(bad, final))}).around("pay", thrice(isNoMoney))
				require.Error(t, a.start(t).Send(t.Context(), Pay{}))
				assert.Equal(t, 1, a.Count("pay"), "%T", final)
			}
		})

		t.Run("CircuitBreaker counts "+what+" as a failure, and returns it", func(t *testing.T) {
			t.Parallel()
			b := breakerOf(1)
			a := newApp(script{"pay": always(bad)}).around("pay", resilience.CircuitBreaker(b, isNoMoney))
			assert.True(t, safe.Same(bad, a.start(t).Send(t.Context(), Pay{})))
			assert.True(t, b.built[0].IsOpen())
		})

		t.Run("all keep a request that is done but for a handler after the scope with "+what, func(t *testing.T) {
			t.Parallel()
			b := breakerOf(1)
			a := newApp(script{"draw": recording, "mail": always(bad)}).around("draw", thrice(isNoMoney),
				cqrs.AroundScope(resilience.CircuitBreaker(b, isNoMoney), resilience.Timeout(hour)))
			number, err := cqrs.Send(t.Context(), a.start(t), Draw{})
			assert.True(t, cqrs.Done(err))
			assert.True(t, safe.Contains(err, bad))
			assert.Equal(t, 7, number)
			assert.Equal(t, 1, a.Count("draw"))
			assert.True(t, b.built[0].IsClosed())
		})

		if bad == error(broken.Endless{}) {
			continue // failsafe-go itself unwraps it forever
		}
		t.Run("Retry gives up when a condition of the builder panics about "+what, func(t *testing.T) {
			t.Parallel()
			retry := resilience.Retry(retrypolicy.NewBuilder[any]().
				HandleErrors(errBusy).HandleErrorTypes(new(cqrs.EventError)).AbortOnErrors(errOther))
			a := newApp(script{"pay": always(bad)}).around("pay", retry)
			assert.True(t, safe.Same(bad, a.start(t).Send(t.Context(), Pay{})))
			assert.Equal(t, 1, a.Count("pay"))
		})

		t.Run("CircuitBreaker gives its trial back when a condition of the builder panics about "+what, func(t *testing.T) {
			t.Parallel()
			b := &keptBreaker{Builder: circuitbreaker.NewBuilder[any]().HandleErrors(errBusy)}
			a := newApp(script{"pay": failing(bad, nil)}).around("pay", resilience.CircuitBreaker(b))
			m := a.start(t)
			b.built[0].HalfOpen()
			assert.True(t, safe.Same(bad, m.Send(t.Context(), Pay{})))
			b.built[0].HalfOpen()
			require.NoError(t, m.Send(t.Context(), Pay{}))
			assert.True(t, b.built[0].IsClosed())
		})
	}
}
