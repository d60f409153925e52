package resilience_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/timeout"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/cqrs/resilience"
)

// The effect of one message on a closed breaker, and on a half-open one.
func TestCircuitBreaker_judgement(t *testing.T) {
	t.Parallel()
	ownRefusal := &resilience.RefusedError{Policy: "bulkhead", Message: reflect.TypeFor[Pay](),
		Handler: reflect.TypeFor[*PayHandler](), Err: bulkhead.ErrFull}
	otherRefusal := &resilience.RefusedError{Policy: "bulkhead", Message: reflect.TypeFor[Draw](),
		Handler: reflect.TypeFor[*DrawHandler](), Err: bulkhead.ErrFull}
	const closed, open = circuitbreaker.ClosedState, circuitbreaker.OpenState
	for name, test := range map[string]struct {
		err              error
		closed, halfOpen circuitbreaker.State
		counted          uint // of a closed breaker
	}{
		"a success":                   {nil, closed, closed, 1},
		"a failure":                   {errBusy, open, open, 2},
		"an invalid message":          {middleware.ErrInvalid, closed, closed, 1},
		"a denied message":            {middleware.ErrDenied, closed, closed, 1},
		"an expected error":           {errNoMoney, closed, closed, 1},
		"a nil message":               {&cqrs.MessageError{Reason: cqrs.ErrNilMessage}, closed, closed, 1},
		"no handler":                  {&cqrs.NoHandlerError{}, closed, closed, 1},
		"a cancellation":              {context.Canceled, closed, open, 0},
		"a stopped stream":            {cqrs.ErrStreamStopped, closed, open, 0},
		"a refusal within":            {ownRefusal, closed, open, 0},
		"a refusal of another":        {otherRefusal, open, open, 2},
		"a deadline of the handler":   {context.DeadlineExceeded, open, open, 2},
		"too little time":             {&middleware.TimeoutError{Err: context.Canceled}, open, open, 2},
		"a panic of what it has sent": {&cqrs.PanicError{}, open, open, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := breakerOf(1)
			isNoMoney := func(err error) bool { return errors.Is(err, errNoMoney) }
			a := newApp(script{"pay": always(test.err)}).around("pay",
				resilience.CircuitBreaker(b, resilience.Expected(isNoMoney)))
			m := a.start(t)
			assert.Equal(t, test.err, m.Send(t.Context(), Pay{}))
			assert.Equal(t, test.closed.String(), b.built[0].State().String())
			if test.closed == closed {
				assert.Equal(t, test.counted, b.built[0].Metrics().Executions())
			}
			b.built[0].HalfOpen()
			assert.Equal(t, test.err, m.Send(t.Context(), Pay{}))
			assert.Equal(t, test.halfOpen.String(), b.built[0].State().String())
		})
	}

	t.Run("does not count an outcome after the caller has gone", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		b := breakerOf(1)
		a := newApp(script{"pay": func(context.Context, *self) error { cancel(); return errBusy }}).around("pay",
			resilience.CircuitBreaker(b))
		m := a.start(t)
		require.Equal(t, errBusy, m.Send(ctx, Pay{}))
		assert.True(t, b.built[0].IsClosed())
	})

	t.Run("counts a timeout even if the caller has gone by now", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		b := breakerOf(1)
		a := newApp(
			script{"pay": func(context.Context, *self) error { cancel(); return &middleware.TimeoutError{Err: errBusy} }}).
			around("pay", resilience.CircuitBreaker(b))
		require.ErrorIs(t, a.start(t).Send(ctx, Pay{}), errBusy)
		assert.True(t, b.built[0].IsOpen())
	})

	t.Run("counts the handler of an event that failed because of a request which is done", func(t *testing.T) {
		t.Parallel()
		b := breakerOf(1)
		a := newApp(script{"draw": recording, "mail": always(errBusy)}).around("ledger", resilience.CircuitBreaker(b))
		m := a.start(t)
		within := false
		a.script["ledger"] = func(ctx context.Context, _ *self) (err error) {
			if !within {
				within = true
				_, err = cqrs.Send(ctx, m, Draw{})
			}
			return err
		}
		require.Error(t, m.Publish(t.Context(), Paid{}))
		assert.True(t, b.built[0].IsOpen())
	})

	t.Run("does not let a call that began before it opened decide the trial", func(t *testing.T) {
		t.Parallel()
		b := breakerOf(1)
		started, end := make(chan struct{}), make(chan error)
		a := newApp(script{"pay": func(context.Context, *self) error { started <- struct{}{}; return <-end }}).
			around("pay", resilience.CircuitBreaker(b))
		m := a.start(t)
		results := make(chan error)
		send := func() { results <- m.Send(t.Context(), Pay{}) }
		go send()
		<-started
		b.built[0].Open()
		b.built[0].HalfOpen()
		end <- context.Canceled
		require.Equal(t, context.Canceled, <-results)
		require.True(t, b.built[0].IsHalfOpen())
		go send()
		<-started
		require.ErrorIs(t, m.Send(t.Context(), Pay{}), circuitbreaker.ErrOpen, "there is one trial")
		end <- nil
		require.NoError(t, <-results)
		assert.True(t, b.built[0].IsClosed())
	})

	t.Run("counts a timeout", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b := breakerOf(1)
			a := newApp(script{"pay": func(ctx context.Context, _ *self) error { <-ctx.Done(); return ctx.Err() }}).
				around("pay", resilience.CircuitBreaker(b), resilience.Timeout(time.Second))
			require.ErrorIs(t, a.start(t).Send(t.Context(), Pay{}), timeout.ErrExceeded)
			assert.True(t, b.built[0].IsOpen())
		})
	})
}
