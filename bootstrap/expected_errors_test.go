package bootstrap_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestWithExpectedErrors(t *testing.T) {
	t.Parallel()
	isDown := func(err error) bool { return errors.Is(err, errDown) }
	works := func(context.Context, seatSold) error { return nil }
	fails := func(context.Context, seatSold) error { return errDown }

	t.Run("declares errors, each call some more", func(t *testing.T) {
		t.Parallel()
		isOther := func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }
		m := selling(t, works, works, bootstrap.WithExpectedErrors(isDown), bootstrap.WithExpectedErrors(isOther))
		assert.True(t, m.Expected(errDown))
		assert.True(t, m.Expected(context.DeadlineExceeded))
		assert.False(t, m.Expected(errors.New("disk full")))
	})

	t.Run("asks the others if a function panics", func(t *testing.T) {
		t.Parallel()
		panics := func(error) bool { panic("no") }
		m := selling(t, works, works, bootstrap.WithLogger(zap.NewNop()), bootstrap.WithExpectedErrors(panics),
			bootstrap.WithExpectedErrors(isDown), bootstrap.WithExpectedErrors(panics))
		assert.True(t, m.Expected(errDown))
		assert.False(t, m.Expected(errors.New("disk full")))
	})

	t.Run("has the logger name the outcome rejected", func(t *testing.T) {
		t.Parallel()
		log, logs := testkit.Logger(zapcore.DebugLevel)
		m := selling(t, works, fails, bootstrap.WithLogger(log), bootstrap.WithExpectedErrors(isDown))
		_, err := cqrs.Send(t.Context(), m, sellSeat{})
		require.ErrorIs(t, err, errDown)
		require.Equal(t, 1, logs.Len())
		assert.Equal(t, "rejected", logs.All()[0].ContextMap()["outcome"])
		assert.Equal(t, "*cqrs.EventError", logs.All()[0].ContextMap()["error_type"])
	})

	t.Run("has the logger write expected errors that nobody receives at Info", func(t *testing.T) {
		t.Parallel()
		log, logs := testkit.Logger(zapcore.InfoLevel)
		m := selling(t, fails, works, bootstrap.WithLogger(log), bootstrap.WithExpectedErrors(isDown),
			bootstrap.WithAfterScopeErrors(func(context.Context, []*cqrs.EventError) {}))
		_, err := cqrs.Send(t.Context(), m, sellSeat{})
		require.NoError(t, err)
		require.Equal(t, 1, logs.Len())
		assert.Equal(t, zapcore.InfoLevel, logs.All()[0].Level)
	})

	t.Run("reports a panic of the function, and expects nothing then", func(t *testing.T) {
		t.Parallel()
		log, logs := testkit.Logger(zapcore.ErrorLevel)
		var got []*cqrs.PanicError
		m := selling(t, works, works, bootstrap.WithLogger(log),
			bootstrap.WithObserver(cqrs.Observer{Panicked: func(_ context.Context, err *cqrs.PanicError) { got = append(got, err) }}),
			bootstrap.WithExpectedErrors(func(error) bool { panic("no") }))
		assert.False(t, m.Expected(errDown))
		require.Len(t, got, 1)
		assert.Equal(t, "the function of WithExpectedErrors", got[0].Where)
		assert.Contains(t, got[0].Site, "expected_errors_test.go:")
		assert.Len(t, logs.FilterMessage("panic").All(), 1)
	})
}

func TestWithExpectedErrors_costs_nothing_unless_a_request_fails(t *testing.T) {
	if testkit.RaceDetector {
		t.Skip("allocations are counted without the race detector")
	}
	allocs := func(opts ...bootstrap.Option) float64 {
		m := benchMediator(t, append(opts, bootstrap.WithLogger(zap.NewNop()))...)
		return testing.AllocsPerRun(200, func() { require.NoError(t, m.Send(context.Background(), benchCommand{ID: 1000})) })
	}
	assert.InDelta(t, allocs(), allocs(bootstrap.WithExpectedErrors(func(error) bool { return true })), 0)
}
