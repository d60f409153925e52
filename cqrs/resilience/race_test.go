package resilience_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/ratelimiter"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/resilience"
)

// Many goroutines share the policies of one binding, and its handler does everything that a
// handler can do.
func TestPolicies_concurrency(t *testing.T) {
	t.Parallel()
	const goroutines, sends, places = 64, 60, 8
	var inside, most atomic.Int64
	var well atomic.Bool // the handler succeeds, from the end of the storm on
	handle := func(ctx context.Context, h *self) error {
		n := inside.Add(1)
		defer inside.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		if well.Load() {
			return nil
		}
		runtime.Gosched()
		switch rand.IntN(8) {
		case 0, 1:
			return errBusy
		case 2:
			panic("boom")
		case 3:
			runtime.Goexit()
		case 4:
			return context.Canceled
		}
		return nil
	}
	breaker := &keptBreaker{Builder: circuitbreaker.NewBuilder[any]().
		WithFailureThresholdRatio(3, 6).WithSuccessThreshold(2).WithDelay(50 * time.Microsecond)}
	held := &keptBulkhead{Builder: bulkhead.NewBuilder[any](places).WithMaxWaitTime(time.Millisecond)}
	a := newApp(script{"pay": handle, "export": func(ctx context.Context, h *self) error {
		h.yield(1)
		return handle(ctx, h)
	}})
	a.around("pay", resilience.Policies{
		Retry:          retrypolicy.NewBuilder[any](),
		CircuitBreaker: breaker,
		RateLimit:      ratelimiter.NewBurstyBuilder[any](1e6, time.Second),
		Bulkhead:       held,
		Timeout:        time.Minute,
	}.Middleware())
	streams := bulkheadOf(places)
	a.around("export", resilience.Bulkhead(streams))
	m := a.start(t)

	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for range sends {
				storm(t, func() { _ = m.Send(t.Context(), Pay{}) })
				storm(t, func() {
					for range cqrs.Stream(t.Context(), m, Export{}) {
						if rand.IntN(3) == 0 {
							panic("the consumer")
						}
					}
				})
			}
		})
	}
	wg.Wait()

	assert.LessOrEqual(t, most.Load(), int64(2*places))
	assert.Equal(t, places, held.free(), "places of the bulkhead")
	assert.Equal(t, places, streams.free(), "places of the bulkhead of the stream")
	well.Store(true)
	b := breaker.built[0]
	for range 10 {
		if b.IsOpen() {
			b.HalfOpen()
		}
		_ = m.Send(t.Context(), Pay{})
	}
	require.Equal(t, circuitbreaker.ClosedState, b.State(), "it closes again")
	for range 100 {
		require.NoError(t, m.Send(t.Context(), Pay{}))
	}
}

// storm calls f on a goroutine of its own, which f may end, and waits for it. A
// panic must be that of a consumer.
func storm(t *testing.T, f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				assert.Equal(t, "the consumer", p)
			}
		}()
		f()
	}()
	<-done
}

// A half-open breaker lets through as many calls as it needs, no more at the same time, and
// stays usable.
func TestCircuitBreaker_trials(t *testing.T) {
	t.Parallel()
	const trials = 3
	breaker := &keptBreaker{Builder: circuitbreaker.NewBuilder[any]().WithSuccessThreshold(trials)}
	started, end := make(chan struct{}, trials), make(chan error)
	a := newApp(script{"pay": func(context.Context, *self) error {
		started <- struct{}{}
		return <-end
	}}).around("pay", resilience.CircuitBreaker(breaker))
	m := a.start(t)
	breaker.built[0].HalfOpen()
	results := make(chan error)
	for range trials {
		go func() { results <- m.Send(t.Context(), Pay{}) }()
	}
	for range trials {
		<-started
	}
	require.ErrorIs(t, m.Send(t.Context(), Pay{}), circuitbreaker.ErrOpen)
	for range trials {
		end <- nil
		require.NoError(t, <-results)
	}
	assert.True(t, breaker.built[0].IsClosed())
}
