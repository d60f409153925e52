package resilience_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/ratelimiter"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/resilience"
)

const hour = time.Hour

// Functions that the application gives to a builder, and that panic.
func deaf(failsafe.ExecutionEvent[any])                 { panic("the listener") }
func deafToDelay(failsafe.ExecutionScheduledEvent[any]) { panic("the listener") }
func blind(any, error) bool                             { panic("the condition") }
func aimless(failsafe.ExecutionAttempt[any]) time.Duration {
	panic("the delay")
}

func TestBulkhead_listeners(t *testing.T) {
	t.Parallel()
	b := bulkhead.NewBuilder[any](1).OnAcquired(deaf).OnReleased(deaf).OnFull(deaf)

	t.Run("that panic do not lose a place", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"pay": failing(nil, errBusy, nil)}).around("pay", resilience.Bulkhead(b))
		m := a.start(t)
		for _, want := range []error{nil, errBusy, nil, nil} {
			require.Equal(t, want, m.Send(t.Context(), Pay{}))
		}
		assert.Equal(t, 4, a.Count("pay"))
	})

	t.Run("that panic leave a refusal unchanged", func(t *testing.T) {
		t.Parallel()
		a := newApp(nil).around("pay", resilience.Bulkhead(b))
		m := a.start(t)
		a.script = script{"pay": func(ctx context.Context, _ *self) error { return m.Send(ctx, Pay{}) }}
		err := m.Send(t.Context(), Pay{})
		require.ErrorIs(t, err, resilience.ErrRefused)
		require.ErrorIs(t, err, bulkhead.ErrFull)
		a.script = nil
		require.NoError(t, m.Send(t.Context(), Pay{}), "both places are free")
	})

	t.Run("that panic leave the panic of a handler unchanged", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"pay": boom}).around("pay", cqrs.AroundScope(resilience.Bulkhead(b), cqrs.MiddlewareFunc(rethrow)))
		m := a.start(t)
		for range 2 {
			p, ok := errors.AsType[*cqrs.PanicError](m.Send(t.Context(), Pay{}))
			require.True(t, ok)
			assert.Equal(t, "boom", p.Value)
			assert.Contains(t, string(p.Stack), "resilience_test.rethrow", "the stack is that of the panic")
		}
	})
}

func boom(context.Context, *self) error { panic("boom") }

// rethrow panics with the value that the handler panicked with.
func rethrow(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	result, err := next(ctx, in)
	if p, is := errors.AsType[*cqrs.PanicError](err); is {
		panic(p.Value)
	}
	return result, err
}

func TestRateLimit_listeners(t *testing.T) {
	t.Parallel()

	t.Run("that panic leave a refusal unchanged", func(t *testing.T) {
		t.Parallel()
		b := ratelimiter.NewBurstyBuilder[any](1, hour).OnRateLimitExceeded(deaf)
		m := newApp(nil).around("pay", resilience.RateLimit(b)).start(t)
		require.NoError(t, m.Send(t.Context(), Pay{}))
		err := m.Send(t.Context(), Pay{})
		require.ErrorIs(t, err, resilience.ErrRefused)
		require.ErrorIs(t, err, ratelimiter.ErrExceeded)
	})
}

func TestCircuitBreaker_listeners(t *testing.T) {
	t.Parallel()
	const closed, open = circuitbreaker.ClosedState, circuitbreaker.OpenState
	for name, b := range map[string]circuitbreaker.Builder[any]{
		"a listener":  circuitbreaker.NewBuilder[any]().OnSuccess(deaf).OnFailure(deaf),
		"a condition": circuitbreaker.NewBuilder[any]().HandleIf(blind),
		"a delay":     circuitbreaker.NewBuilder[any]().WithDelayFunc(aimless),
	} {
		t.Run(name+" that panics changes neither an outcome nor what is counted", func(t *testing.T) {
			t.Parallel()
			kept := &keptBreaker{Builder: b}
			a := newApp(script{"pay": failing(nil, errBusy, nil, errBusy, errNoMoney)}).
				around("pay", resilience.CircuitBreaker(kept, resilience.Expected(func(error) bool { panic("expected") })))
			m := a.start(t)
			circuit := kept.built[0]
			for _, want := range []struct {
				err           error
				before, after circuitbreaker.State
			}{
				{nil, closed, closed},
				{errBusy, closed, open},
				{nil, circuitbreaker.HalfOpenState, closed},
				{errBusy, circuitbreaker.HalfOpenState, open},
				{errNoMoney, circuitbreaker.HalfOpenState, open},
			} {
				if want.before == circuitbreaker.HalfOpenState {
					circuit.HalfOpen()
				}
				require.Equal(t, want.err, m.Send(t.Context(), Pay{}))
				require.Equal(t, want.after.String(), circuit.State().String())
			}
		})

		t.Run(name+" that panics leaves a commit as it is", func(t *testing.T) {
			t.Parallel()
			a := newApp(script{"draw": recording, "mail": always(errBusy)}).
				around("draw", cqrs.AroundScope(resilience.CircuitBreaker(b)))
			m := a.start(t)
			for range 2 {
				number, err := cqrs.Send(t.Context(), m, Draw{})
				require.True(t, cqrs.Done(err))
				require.ErrorIs(t, err, errBusy)
				assert.Equal(t, 7, number)
			}
		})
	}
}

func TestRetry_listeners(t *testing.T) {
	t.Parallel()
	for name, b := range map[string]retrypolicy.Builder[any]{
		"of a failure":        retrypolicy.NewBuilder[any]().OnFailure(deaf),
		"of a retry":          retrypolicy.NewBuilder[any]().OnRetry(deaf),
		"of a delay":          retrypolicy.NewBuilder[any]().OnRetryScheduled(deafToDelay),
		"of an end":           retrypolicy.NewBuilder[any]().AbortOnErrors(errBusy).OnAbort(deaf),
		"of too many tries":   retrypolicy.NewBuilder[any]().WithMaxRetries(0).OnRetriesExceeded(deaf),
		"that is a condition": retrypolicy.NewBuilder[any]().HandleIf(blind),
		"that ends it":        retrypolicy.NewBuilder[any]().AbortIf(blind),
		"that says how long":  retrypolicy.NewBuilder[any]().WithDelayFunc(aimless),
		"of a success":        retrypolicy.NewBuilder[any]().OnSuccess(deaf).OnFailure(deaf),
	} {
		t.Run(name+" that panics leaves the outcome of the last try as it is", func(t *testing.T) {
			t.Parallel()
			a := newApp(script{"draw": always(errBusy), "pay": recording, "mail": always(errOther)}).
				around("draw", resilience.Retry(b)).around("pay", resilience.Retry(b))
			m := a.start(t)
			_, err := cqrs.Send(t.Context(), m, Draw{})
			assert.Equal(t, errBusy, err)
			assert.Equal(t, 1, a.Count("draw"))

			err = m.Send(t.Context(), Pay{})
			assert.True(t, cqrs.Done(err))
			require.ErrorIs(t, err, errOther)
			assert.Equal(t, 1, a.Count("pay"))
		})
	}
}

// deadContext panics once it is dead.
type deadContext struct {
	context.Context
	dead bool
}

func (c *deadContext) Err() error {
	if c.dead {
		panic("the context")
	}
	return c.Context.Err()
}

func TestContext_that_panics(t *testing.T) {
	t.Parallel()
	for name, build := range map[string]func() cqrs.Middleware{
		"Retry":          func() cqrs.Middleware { return thrice() },
		"CircuitBreaker": func() cqrs.Middleware { return cqrs.AroundScope(resilience.CircuitBreaker(breakerOf(1))) },
		"Bulkhead": func() cqrs.Middleware {
			return cqrs.AroundScope(resilience.Bulkhead(bulkhead.NewBuilder[any](1)))
		},
		"RateLimit": func() cqrs.Middleware {
			return cqrs.AroundScope(resilience.RateLimit(ratelimiter.NewBurstyBuilder[any](9, hour)))
		},
	} {
		for _, want := range []error{nil, errBusy} {
			t.Run(name+" leaves the outcome as it is", func(t *testing.T) {
				t.Parallel()
				ctx := &deadContext{Context: t.Context()}
				a := newApp(script{"read": func(context.Context, *self) error { ctx.dead = true; return want }}).around("read",
					build())
				_, err := cqrs.Send(ctx, a.start(t), Read{})
				assert.Equal(t, want, err)
				assert.Equal(t, 1, a.Count("read"))
			})
		}
	}
}
