package resilience_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/resilience"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestRetry_streams(t *testing.T) {
	t.Parallel()
	forever := func() cqrs.Middleware {
		return resilience.Retry(retrypolicy.NewBuilder[any]().WithMaxAttempts(-1))
	}

	t.Run("are retried before the first item", func(t *testing.T) {
		t.Parallel()
		fail := failing(errBusy, errBusy)
		a := newApp(script{"export": func(ctx context.Context, h *self) error {
			if err := fail(ctx, h); err != nil {
				return err
			}
			h.yield(1)
			h.yield(2)
			return nil
		}}).around("export", forever())
		items, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(t), Export{}))
		require.NoError(t, err)
		assert.Equal(t, []int{1, 2}, items)
		assert.Equal(t, []string{"export", "rollback", "export", "rollback", "export", "commit"}, handled(a.Notes()))
	})

	t.Run("are not retried after the first item", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"export": func(_ context.Context, h *self) error {
			h.yield(1)
			return errBusy
		}}).around("export", forever())
		items, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(t), Export{}))
		assert.Equal(t, errBusy, err)
		assert.Equal(t, []int{1}, items)
		assert.Equal(t, []string{"export", "rollback"}, handled(a.Notes()))
	})

	t.Run("that cannot be retried are not waited for, and no listener is notified", func(t *testing.T) {
		t.Parallel()
		b := retrypolicy.NewBuilder[any]().WithDelay(24 * time.Hour).
			OnRetry(func(failsafe.ExecutionEvent[any]) { t.Error("there is none") })
		a := newApp(script{"export": func(_ context.Context, h *self) error {
			h.yield(1)
			return errBusy
		}}).around("export", resilience.Retry(b))
		_, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(t), Export{}))
		assert.Equal(t, errBusy, err)
	})

	t.Run("are not retried after the first item of a second attempt", func(t *testing.T) {
		t.Parallel()
		tries := 0
		a := newApp(script{"export": func(_ context.Context, h *self) error {
			if tries++; tries == 2 {
				h.yield(1)
			}
			return errBusy
		}})
		items, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(t, bootstrap.WithMiddleware(forever())), Export{}))
		assert.Equal(t, errBusy, err)
		assert.Equal(t, []int{1}, items)
		assert.Equal(t, 2, tries)
	})

	t.Run("are not retried when the consumer stops", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"export": func(_ context.Context, h *self) error {
			if !h.yield(1) {
				return errBusy
			}
			return nil
		}}).around("export", forever())
		for range cqrs.Stream(t.Context(), a.start(t), Export{}) {
			break
		}
		assert.Equal(t, []string{"export", "rollback"}, handled(a.Notes()))
	})

	t.Run("let a panic of the consumer through", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"export": func(_ context.Context, h *self) error { h.yield(1); return nil }}).around("export",
			forever())
		m := a.start(t)
		assert.PanicsWithValue(t, "mine", func() {
			for range cqrs.Stream(t.Context(), m, Export{}) {
				panic("mine")
			}
		})
		assert.Equal(t, []string{"export", "rollback"}, handled(a.Notes()))
	})

	t.Run("are not retried after the first item by two Retry either", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{"export": func(_ context.Context, h *self) error {
			h.yield(1)
			return errBusy
		}}).around("export", forever())
		items, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(t, bootstrap.WithMiddleware(forever())), Export{}))
		assert.Equal(t, errBusy, err)
		assert.Equal(t, []int{1}, items)
		assert.Equal(t, 1, a.Count("export"))
	})

	t.Run("are retried by each Retry around them", func(t *testing.T) {
		t.Parallel()
		fail := failing(errBusy, errBusy, errBusy, errBusy)
		a := newApp(script{"export": func(ctx context.Context, h *self) error {
			err := fail(ctx, h)
			if err == nil {
				h.yield(1)
			}
			return err
		}}).around("export", thrice())
		items, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(t, bootstrap.WithMiddleware(thrice())), Export{}))
		require.NoError(t, err)
		assert.Equal(t, []int{1}, items)
		assert.Equal(t, 5, a.Count("export"))
	})

	t.Run("may be nested on several goroutines", func(t *testing.T) {
		t.Parallel()
		const goroutines = 4
		type inner struct{}
		for _, nested := range []bool{true, false} {
			var barrier sync.WaitGroup // so that they run at the same time
			barrier.Add(goroutines)
			meet := cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				if ctx.Value(inner{}) != nil {
					barrier.Done()
					barrier.Wait()
				}
				return next(ctx, in)
			})
			var m *cqrs.Mediator
			a := newApp(script{"export": func(ctx context.Context, h *self) error {
				if ctx.Value(inner{}) == nil {
					var s cqrs.Sender = m
					if nested {
						s = h.sender
					}
					var wg sync.WaitGroup
					for range goroutines {
						wg.Go(func() {
							_, err := testkit.Drain(cqrs.Stream(context.WithValue(ctx, inner{}, true), s, Export{}))
							assert.NoError(t, err)
						})
					}
					wg.Wait()
				}
				h.yield(1)
				return nil
			}}).around("export", meet, forever())
			m = a.start(t)
			items, err := testkit.Drain(cqrs.Stream(t.Context(), m, Export{}))
			require.NoError(t, err)
			assert.Equal(t, []int{1}, items)
		}
	})

	t.Run("that are nested are not retried", func(t *testing.T) {
		t.Parallel()
		a := newApp(script{
			"settle": func(ctx context.Context, h *self) error {
				_, err := testkit.Drain(cqrs.Stream(ctx, h.sender, Export{}))
				return err
			},
			"export": always(errBusy),
		}).around("export", forever())
		require.ErrorIs(t, a.start(t).Send(t.Context(), Settle{}), errBusy)
		assert.Equal(t, 1, a.Count("export"))
	})
}
