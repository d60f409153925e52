package bootstrap_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// The limits are several times the figures of docs/performance.md: the test finds what
// has become slow, and must not fail on a busy machine.
func TestMediator_takes_little_time(t *testing.T) {
	if testkit.RaceDetector {
		t.Skip("times are measured without the race detector")
	}
	ctx := context.Background()
	sends := func(m *cqrs.Mediator) func() error {
		return func() error {
			_, err := cqrs.Send(ctx, m, benchCommand{ID: 1000, Amount: 1000})
			return err
		}
	}
	clock, store := newBenchClock(), newBenchStore()
	direct := best(t, 200, func() error {
		return newBenchHandler(clock, store).Handle(ctx, benchCommand{ID: 1000, Amount: 1000})
	})
	c := dig.New()
	require.NoError(t, c.Provide(newBenchClock))
	require.NoError(t, c.Provide(newBenchStore))
	scope := best(t, 2, func() error {
		s := c.Scope("request")
		return errors.Join(s.Provide(newBenchHandler), s.Invoke(func(h *benchHandler) error {
			return h.Handle(ctx, benchCommand{})
		}))
	})
	shared, plain, typed := best(t, 200, sends(sharedMediator(t))), best(t, 50, sends(benchMediator(t))),
		best(t, 100, sends(typedMediator(t)))
	t.Logf("direct %v, shared %v, typed %v, plain %v, dig.Scope %v", direct, shared, typed, plain, scope)
	assert.Less(t, shared, 10*direct)
	assert.Less(t, typed, 15*direct)
	assert.Less(t, plain, 40*direct)
	assert.Greater(t, scope, 20*plain)
}

// best returns the time of one call in the best of many short rounds, some of which are
// undisturbed even on a busy machine.
func best(t *testing.T, calls int, f func() error) time.Duration {
	fastest := time.Duration(1<<63 - 1)
	for range 1000 {
		var err error
		start := time.Now()
		for range calls {
			err = f()
		}
		fastest = min(fastest, time.Since(start))
		require.NoError(t, err)
	}
	return max(fastest/time.Duration(calls), 1)
}
