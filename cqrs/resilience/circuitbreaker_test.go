package resilience_test

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/resilience"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// keptBreaker is a builder that keeps what it has built.
type keptBreaker struct {
	circuitbreaker.Builder[any]
	built []circuitbreaker.CircuitBreaker[any]
}

func (k *keptBreaker) Build() circuitbreaker.CircuitBreaker[any] {
	k.built = append(k.built, k.Builder.Build())
	return k.built[len(k.built)-1]
}

// breakerOf returns a breaker that opens for a minute after the given number of failures.
func breakerOf(failures uint) *keptBreaker {
	return &keptBreaker{Builder: circuitbreaker.NewBuilder[any]().WithFailureThreshold(failures)}
}

func TestCircuitBreaker(t *testing.T) {
	t.Parallel()

	t.Run("opens after failures, and then neither calls nor builds the handler", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"draw": always(errBusy)}).around("draw", resilience.CircuitBreaker(breakerOf(2)))
		m := a.start(t)
		for range 2 {
			_, err := cqrs.Send(t.Context(), m, Draw{})
			require.Equal(t, errBusy, err)
		}
		a.Notes()
		number, err := cqrs.Send(t.Context(), m, Draw{})
		require.ErrorIs(t, err, circuitbreaker.ErrOpen)
		require.ErrorIs(t, err, resilience.ErrRefused)
		refused, ok := errors.AsType[*resilience.RefusedError](err)
		require.True(t, ok)
		assert.Equal(t, "circuit breaker", refused.Policy)
		assert.Equal(t, reflect.TypeFor[Draw](), refused.Message)
		assert.Equal(t, reflect.TypeFor[*DrawHandler](), refused.Handler)
		assert.Zero(t, number)
		assert.Empty(t, a.Notes())
	})

	t.Run("closes again after a trial that succeeded", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(script{"pay": failing(errBusy)}).around("pay", resilience.CircuitBreaker(breakerOf(1)))
			m := a.start(t)
			require.Equal(t, errBusy, m.Send(t.Context(), Pay{}))
			require.ErrorIs(t, m.Send(t.Context(), Pay{}), circuitbreaker.ErrOpen)
			time.Sleep(time.Minute)
			require.NoError(t, m.Send(t.Context(), Pay{}))
			require.NoError(t, m.Send(t.Context(), Pay{}))
		})
	})

	t.Run("is one for each binding", func(t *testing.T) {
		t.Parallel()
		b := breakerOf(1)
		a := newApp(script{"draw": always(errBusy)})
		m := a.start(t, bootstrap.WithMiddleware(resilience.CircuitBreaker(b)))
		assert.Len(t, b.built, 7)
		_, err := cqrs.Send(t.Context(), m, Draw{})
		require.Equal(t, errBusy, err)
		_, err = cqrs.Send(t.Context(), m, Draw{})
		require.ErrorIs(t, err, circuitbreaker.ErrOpen)
		_, err = cqrs.Send(t.Context(), m, Read{})
		require.NoError(t, err)
	})

	t.Run("applies to nested messages and to events", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{
			"settle": func(ctx context.Context, h *self) error { return h.sender.Send(ctx, Pay{}) },
			"pay":    recording,
			"ledger": always(errBusy),
			"mail":   always(errBusy),
		}).around("pay", resilience.CircuitBreaker(breakerOf(1))).around("ledger", resilience.CircuitBreaker(breakerOf(1)))
		m := a.start(t)
		require.ErrorIs(t, m.Send(t.Context(), Settle{}), errBusy)
		require.ErrorIs(t, m.Send(t.Context(), Settle{}), circuitbreaker.ErrOpen, "of the ledger")
		assert.Equal(t, 2, a.Count("pay"), "it stands inside, and does not see the event fail")
		a.script["pay"] = always(errBusy)
		require.ErrorIs(t, m.Send(t.Context(), Settle{}), errBusy)
		require.ErrorIs(t, m.Send(t.Context(), Settle{}), circuitbreaker.ErrOpen, "of the payment")
		assert.Equal(t, 3, a.Count("pay"))
		assert.Equal(t, 4, a.Count("settle"))
	})

	t.Run("works for streams", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"export": always(errBusy)}).around("export", resilience.CircuitBreaker(breakerOf(1)))
		m := a.start(t)
		_, err := testkit.Drain(cqrs.Stream(t.Context(), m, Export{}))
		require.Equal(t, errBusy, err)
		_, err = testkit.Drain(cqrs.Stream(t.Context(), m, Export{}))
		require.ErrorIs(t, err, circuitbreaker.ErrOpen)
		assert.Equal(t, 1, a.Count("export"))
	})

	t.Run("around the scope judges the commit, and keeps completed work", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"draw": recording, "mail": always(errBusy)}).
			around("pay", cqrs.AroundScope(resilience.CircuitBreaker(breakerOf(1)))).
			around("draw", cqrs.AroundScope(resilience.CircuitBreaker(breakerOf(1))))
		m := a.start(t)
		for range 2 {
			number, err := cqrs.Send(t.Context(), m, Draw{})
			require.True(t, cqrs.Done(err))
			require.ErrorIs(t, err, errBusy)
			assert.Equal(t, 7, number)
		}
		a.commit = func(error) error { return errCommit }
		require.ErrorIs(t, m.Send(t.Context(), Pay{}), errCommit)
		require.ErrorIs(t, m.Send(t.Context(), Pay{}), circuitbreaker.ErrOpen)
		assert.Equal(t, 1, a.Count("build pay"))
	})

	t.Run("passes on the options of the builder", func(t *testing.T) {
		t.Parallel()
		var heard []string
		b := circuitbreaker.NewBuilder[any]().HandleErrors(errBusy).
			OnOpen(func(circuitbreaker.StateChangedEvent) { heard = append(heard, "open") }).
			OnSuccess(func(failsafe.ExecutionEvent[any]) { heard = append(heard, "success") }).
			OnFailure(func(e failsafe.ExecutionEvent[any]) { heard = append(heard, e.LastError().Error()) })
		a := newApp(script{"pay": failing(nil, errOther, errBusy)}).around("pay", resilience.CircuitBreaker(b))
		m := a.start(t)
		for range 3 {
			_ = m.Send(t.Context(), Pay{})
		}
		assert.Equal(t, []string{"success", "success", "the bank is busy", "open"}, heard)
	})
}

func TestCircuitBreaker_unfinished(t *testing.T) {
	t.Parallel()

	t.Run("counts a panic, which passes through with its stack", func(t *testing.T) {
		t.Parallel()
		for _, halfOpen := range []bool{false, true} {
			b := breakerOf(1)
			a := newApp(script{"pay": func(context.Context, *self) error { panic("boom") }}).around("pay",
				resilience.CircuitBreaker(b))
			m := a.start(t)
			if halfOpen {
				b.built[0].HalfOpen()
			}
			p, ok := errors.AsType[*cqrs.PanicError](m.Send(t.Context(), Pay{}))
			require.True(t, ok)
			assert.Equal(t, "boom", p.Value)
			assert.Contains(t, string(p.Stack), "PayHandler).Handle")
			assert.Equal(t, circuitbreaker.OpenState, b.built[0].State())
		}
	})

	t.Run("returns the trial after a panic", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			fail := true
			b := breakerOf(1)
			a := newApp(script{"pay": func(context.Context, *self) error {
				if fail {
					panic("boom")
				}
				return nil
			}}).around("pay", resilience.CircuitBreaker(b))
			m := a.start(t)
			for range 3 {
				require.Error(t, m.Send(t.Context(), Pay{}))
				require.True(t, b.built[0].IsOpen())
				time.Sleep(time.Minute)
			}
			fail = false
			require.NoError(t, m.Send(t.Context(), Pay{}))
			assert.True(t, b.built[0].IsClosed())
		})
	})

	t.Run("counts a handler that ends its goroutine", func(t *testing.T) {
		t.Parallel()
		for _, halfOpen := range []bool{false, true} {
			b := breakerOf(1)
			a := newApp(script{"pay": func(context.Context, *self) error { runtime.Goexit(); return nil }}).around("pay",
				resilience.CircuitBreaker(b))
			m := a.start(t)
			if halfOpen {
				b.built[0].HalfOpen()
			}
			exited := make(chan struct{})
			go func() {
				defer close(exited)
				_ = m.Send(t.Context(), Pay{})
			}()
			<-exited
			assert.Equal(t, circuitbreaker.OpenState, b.built[0].State())
			assert.Equal(t, []string{"pay", "rollback"}, handled(a.Notes()))
		}
	})

	t.Run("does not count a panic of the consumer of a stream", func(t *testing.T) {
		t.Parallel()
		b := breakerOf(1)
		a := newApp(script{"export": func(_ context.Context, h *self) error { h.yield(1); return nil }}).around("export",
			resilience.CircuitBreaker(b))
		m := a.start(t)
		assert.PanicsWithValue(t, "mine", func() {
			for range cqrs.Stream(t.Context(), m, Export{}) {
				panic("mine")
			}
		})
		assert.True(t, b.built[0].IsClosed())
	})

	t.Run("counts a panic of the handler of a stream", func(t *testing.T) {
		t.Parallel()
		b := breakerOf(1)
		a := newApp(script{"export": func(context.Context, *self) error { panic("boom") }}).around("export",
			resilience.CircuitBreaker(b))
		_, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(t), Export{}))
		_, ok := errors.AsType[*cqrs.PanicError](err)
		assert.True(t, ok)
		assert.True(t, b.built[0].IsOpen())
	})
}
