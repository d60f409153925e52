package resilience_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go/timeout"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/cqrs/resilience"
)

func TestTimeout(t *testing.T) {
	t.Parallel()

	t.Run("gives the handler its deadline, and waits for it", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			a := newApp(script{"pay": func(ctx context.Context, _ *self) error {
				deadline, known := ctx.Deadline()
				assert.True(t, known)
				assert.Equal(t, start.Add(time.Second), deadline)
				<-ctx.Done()
				time.Sleep(time.Minute) // it does not obey
				return errBusy
			}}).around("pay", resilience.Timeout(time.Second))
			err := a.start(t).Send(t.Context(), Pay{})
			assert.ErrorIs(t, err, timeout.ErrExceeded)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.ErrorIs(t, err, errBusy)
			assert.NotErrorIs(t, err, resilience.ErrRefused)
			over, ok := errors.AsType[*middleware.TimeoutError](err)
			require.True(t, ok)
			assert.Equal(t, time.Second, over.After)
			assert.Equal(t, time.Second+time.Minute, time.Since(start))
			assert.Equal(t, []string{"pay", "rollback"}, handled(a.Notes()))
		})
	})

	t.Run("keeps a late success", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(script{"draw": func(context.Context, *self) error { time.Sleep(time.Minute); return nil }}).
				around("draw", resilience.Timeout(time.Second))
			number, err := cqrs.Send(t.Context(), a.start(t), Draw{})
			require.NoError(t, err)
			assert.Equal(t, 7, number)
		})
	})

	t.Run("leaves the deadline of the caller to the caller", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(script{"pay": func(ctx context.Context, _ *self) error { <-ctx.Done(); return ctx.Err() }}).
				around("pay", resilience.Timeout(time.Minute))
			m := a.start(t)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			assert.Equal(t, context.DeadlineExceeded, m.Send(ctx, Pay{}))
		})
	})
}
