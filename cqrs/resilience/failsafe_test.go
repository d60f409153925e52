package resilience_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/failsafe-go/failsafe-go/timeout"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The behavior of failsafe-go that the package works around. If one of these tests fails,
// failsafe-go has changed, and its workaround can be removed.
func TestFailsafe(t *testing.T) {
	t.Parallel()
	panics := func(p failsafe.Policy[any]) {
		defer func() { _ = recover() }()
		_ = failsafe.With(p).Run(func() error { panic("boom") })
	}

	t.Run("loses a place in a bulkhead when the function panics", func(t *testing.T) {
		t.Parallel()
		b := bulkhead.New[any](1)
		panics(b)
		assert.False(t, b.TryAcquirePermit())
	})

	t.Run("loses the trial of a half-open breaker when the function panics", func(t *testing.T) {
		t.Parallel()
		b := circuitbreaker.NewWithDefaults[any]()
		b.HalfOpen()
		panics(b)
		assert.True(t, b.IsHalfOpen())
		assert.False(t, b.TryAcquirePermit(), "and nobody will ever try again")
	})

	t.Run("does not count a panic as a failure of a breaker", func(t *testing.T) {
		t.Parallel()
		b := circuitbreaker.NewWithDefaults[any]()
		panics(b)
		assert.True(t, b.IsClosed())
	})

	t.Run("turns a success into a cancellation when it retries", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		err := failsafe.With[any](retrypolicy.NewWithDefaults[any]()).WithContext(ctx).Run(func() error {
			cancel()
			return nil
		})
		assert.ErrorIs(t, err, context.Canceled)
	})

	t.Run("loses the error of the last attempt when it is cancelled between attempts", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		p := retrypolicy.NewBuilder[any]().WithDelay(time.Hour).Build()
		err := failsafe.With[any](p).WithContext(ctx).Run(func() error {
			cancel()
			return errBusy
		})
		assert.ErrorIs(t, err, context.Canceled)
		assert.NotErrorIs(t, err, errBusy)
	})

	t.Run("writes results into the text of an error", func(t *testing.T) {
		t.Parallel()
		p := retrypolicy.NewBuilder[any]().WithMaxRetries(1).HandleResult("secret").Build()
		_, err := failsafe.With[any](p).Get(func() (any, error) { return "secret", nil })
		require.ErrorIs(t, err, retrypolicy.ErrExceeded)
		assert.Contains(t, err.Error(), "secret")
	})

	t.Run("hides its deadline, and turns a late success into a failure", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			err := failsafe.With[any](timeout.New[any](time.Second)).RunWithExecution(func(x failsafe.Execution[any]) error {
				_, known := x.Context().Deadline()
				assert.False(t, known)
				time.Sleep(2 * time.Second)
				return nil
			})
			assert.ErrorIs(t, err, timeout.ErrExceeded)
		})
	})
}
