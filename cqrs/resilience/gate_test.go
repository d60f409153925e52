package resilience_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/ratelimiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/resilience"
)

// keptBulkhead keeps the bulkhead that it has built.
type keptBulkhead struct {
	bulkhead.Builder[any]
	built bulkhead.Bulkhead[any]
}

func (k *keptBulkhead) Build() bulkhead.Bulkhead[any] {
	k.built = k.Builder.Build()
	return k.built
}

func bulkheadOf(places uint) *keptBulkhead {
	return &keptBulkhead{Builder: bulkhead.NewBuilder[any](places)}
}

// free returns how many places are free, and leaves them free.
func (k *keptBulkhead) free() (n int) {
	for k.built.TryAcquirePermit() {
		defer k.built.ReleasePermit()
		n++
	}
	return n
}

func TestBulkhead(t *testing.T) {
	t.Parallel()

	t.Run("refuses one call too many, and neither calls nor builds its handler", func(t *testing.T) {
		t.Parallel()
		started, end := make(chan struct{}), make(chan struct{})
		b := bulkheadOf(1)
		a := newApp(script{"pay": func(context.Context, *self) error {
			close(started)
			<-end
			return nil
		}}).around("pay", resilience.Bulkhead(b))
		m := a.start(t)
		first := make(chan error)
		go func() { first <- m.Send(t.Context(), Pay{}) }()
		<-started
		a.Notes()
		err := m.Send(t.Context(), Pay{})
		require.ErrorIs(t, err, bulkhead.ErrFull)
		require.ErrorIs(t, err, resilience.ErrRefused)
		assert.Empty(t, a.Notes())
		close(end)
		require.NoError(t, <-first)
		assert.Equal(t, 1, b.free())
	})

	t.Run("waits for a place as long as configured", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(script{"pay": func(context.Context, *self) error { time.Sleep(10 * time.Second); return nil }}).
				around("pay", resilience.Bulkhead(bulkhead.NewBuilder[any](1).WithMaxWaitTime(15*time.Second)))
			m := a.start(t)
			results := make(chan error)
			for range 3 { // one at 0 s, one at 10 s; the third has given up at 15 s
				go func() { results <- m.Send(t.Context(), Pay{}) }()
			}
			start := time.Now()
			require.NoError(t, <-results)
			require.ErrorIs(t, <-results, bulkhead.ErrFull)
			assert.Equal(t, 15*time.Second, time.Since(start))
			require.NoError(t, <-results)
			assert.Equal(t, 20*time.Second, time.Since(start))
		})
	})

	t.Run("stops waiting as soon as the context is cancelled", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b := &keptBulkhead{Builder: bulkhead.NewBuilder[any](1).WithMaxWaitTime(time.Hour)}
			a := newApp(nil).around("pay", resilience.Bulkhead(b))
			m := a.start(t)
			require.True(t, b.built.TryAcquirePermit())
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			assert.Equal(t, context.DeadlineExceeded, m.Send(ctx, Pay{}), "which is no refusal")
			assert.Equal(t, time.Second, time.Since(start))
			assert.Zero(t, a.Count("build pay"))
		})
	})

	t.Run("has its place free when after-scope handlers run", func(t *testing.T) {
		t.Parallel()
		b := bulkheadOf(1)
		free := -1
		a := newApp(script{"pay": recording, "mail": func(context.Context, *self) error { free = b.free(); return nil }}).
			around("pay", resilience.Bulkhead(b))
		require.NoError(t, a.start(t).Send(t.Context(), Pay{}))
		assert.Equal(t, 1, free)
	})

	t.Run("refuses a handler that sends a message to itself", func(t *testing.T) {
		t.Parallel()
		b := bulkheadOf(1)
		a := newApp(script{"pay": func(ctx context.Context, h *self) error { return h.sender.Send(ctx, Pay{}) }}).
			around("pay", resilience.Bulkhead(b))
		require.ErrorIs(t, a.start(t).Send(t.Context(), Pay{}), bulkhead.ErrFull)
		assert.Equal(t, 1, a.Count("pay"))
		assert.Equal(t, 1, b.free())
	})

	t.Run("gets its place back", func(t *testing.T) {
		t.Parallel()
		for name, do := range map[string]func(context.Context, *self) error{
			"after a success": always(nil),
			"after a failure": always(errBusy),
			"after a panic":   func(context.Context, *self) error { panic("boom") },
			"after an exit":   func(context.Context, *self) error { runtime.Goexit(); return nil },
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				for _, outside := range []bool{false, true} {
					b := bulkheadOf(2)
					mw := resilience.Bulkhead(b)
					if outside {
						mw = cqrs.AroundScope(mw)
					}
					m := newApp(script{"pay": do}).around("pay", mw).start(t)
					for range 3 {
						done := make(chan struct{})
						go func() {
							defer close(done)
							_ = m.Send(t.Context(), Pay{})
						}()
						<-done
					}
					assert.Equal(t, 2, b.free())
				}
			})
		}
	})

	t.Run("gets its place back when the consumer of a stream is done", func(t *testing.T) {
		t.Parallel()
		b := bulkheadOf(1)
		a := newApp(script{"export": func(_ context.Context, h *self) error {
			_ = h.yield(1) && h.yield(2)
			return nil
		}}).around("export", resilience.Bulkhead(b))
		m := a.start(t)
		for range cqrs.Stream(t.Context(), m, Export{}) {
			assert.Zero(t, b.free())
		}
		assert.Equal(t, 1, b.free())
		for range cqrs.Stream(t.Context(), m, Export{}) {
			break
		}
		assert.Equal(t, 1, b.free())
		assert.PanicsWithValue(t, "mine", func() {
			for range cqrs.Stream(t.Context(), m, Export{}) {
				panic("mine")
			}
		})
		assert.Equal(t, 1, b.free())
	})

	t.Run("can be one for several handlers", func(t *testing.T) {
		t.Parallel()
		one := sharedBulkhead{one: bulkhead.New[any](1)}
		a := newApp(script{"settle": func(ctx context.Context, h *self) error { return h.sender.Send(ctx, Pay{}) }}).
			around("settle", resilience.Bulkhead(one)).around("pay", resilience.Bulkhead(one))
		m := a.start(t)
		require.ErrorIs(t, m.Send(t.Context(), Settle{}), bulkhead.ErrFull)
		require.NoError(t, m.Send(t.Context(), Pay{}))
	})
}

// sharedBulkhead is the builder of the package documentation.
type sharedBulkhead struct {
	bulkhead.Builder[any]
	one bulkhead.Bulkhead[any]
}

func (s sharedBulkhead) Build() bulkhead.Bulkhead[any] { return s.one }

func TestRateLimit(t *testing.T) {
	t.Parallel()

	t.Run("refuses calls that come too often, and neither calls nor builds their handler", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(nil).around("draw", resilience.RateLimit(ratelimiter.NewBurstyBuilder[any](2, time.Second)))
			m := a.start(t)
			for range 2 {
				_, err := cqrs.Send(t.Context(), m, Draw{})
				require.NoError(t, err)
			}
			_, err := cqrs.Send(t.Context(), m, Draw{})
			require.ErrorIs(t, err, ratelimiter.ErrExceeded)
			refused, ok := errors.AsType[*resilience.RefusedError](err)
			require.True(t, ok)
			assert.Equal(t, "rate limit", refused.Policy)
			assert.Equal(t, 2, a.Count("build draw"))
			time.Sleep(time.Second)
			_, err = cqrs.Send(t.Context(), m, Draw{})
			require.NoError(t, err)
		})
	})

	t.Run("waits for its turn as long as configured", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(nil).around("draw", resilience.RateLimit(
				ratelimiter.NewSmoothBuilderWithMaxRate[any](time.Second).WithMaxWaitTime(time.Minute)))
			m := a.start(t)
			start := time.Now()
			for range 4 {
				_, err := cqrs.Send(t.Context(), m, Draw{})
				require.NoError(t, err)
			}
			assert.Equal(t, 3*time.Second, time.Since(start))
		})
	})

	t.Run("stops waiting as soon as the context is cancelled", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(nil).around("draw", resilience.RateLimit(
				ratelimiter.NewSmoothBuilderWithMaxRate[any](time.Hour).WithMaxWaitTime(2*time.Hour)))
			m := a.start(t)
			_, err := cqrs.Send(t.Context(), m, Draw{})
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			_, err = cqrs.Send(ctx, m, Draw{})
			assert.Equal(t, context.DeadlineExceeded, err)
			assert.Equal(t, time.Second, time.Since(start))
			assert.Equal(t, 1, a.Count("draw"))
		})
	})

	t.Run("counts each attempt, and ends the retries", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"pay": always(errBusy)}).around("pay", thrice(),
			resilience.RateLimit(ratelimiter.NewBurstyBuilder[any](2, time.Hour)))
		err := a.start(t).Send(t.Context(), Pay{})
		assert.ErrorIs(t, err, errBusy)
		assert.ErrorIs(t, err, ratelimiter.ErrExceeded)
		assert.Equal(t, 2, a.Count("pay"))
	})
}
