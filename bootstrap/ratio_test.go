package bootstrap_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/cqrs"
)

// The limits are several times what docs/performance.md says: this is to find
// what has become slow, and must not fail on a busy machine.
func TestMediator_takes_little_time(t *testing.T) {
	if raceDetector {
		t.Skip("times are measured without the race detector")
	}
	ctx := context.Background()
	sends := func(m *cqrs.Mediator) func() {
		return func() { require.NoError(t, m.Send(ctx, benchCommand{ID: 1000, Amount: 1000})) }
	}
	clock, store := newBenchClock(), newBenchStore()
	direct := best(20_000, func() {
		require.NoError(t, newBenchHandler(clock, store).Handle(ctx, benchCommand{ID: 1000, Amount: 1000}))
	})
	c := dig.New()
	require.NoError(t, c.Provide(newBenchClock))
	require.NoError(t, c.Provide(newBenchStore))
	scope := best(200, func() {
		s := c.Scope("request")
		require.NoError(t, s.Provide(newBenchHandler))
		require.NoError(t, s.Invoke(func(h *benchHandler) error { return h.Handle(ctx, benchCommand{}) }))
	})
	shared, plain, typed := best(20_000, sends(sharedMediator(t))), best(20_000, sends(benchMediator(t))), best(20_000, sends(typedMediator(t)))
	t.Logf("direct %v, shared %v, typed %v, plain %v, dig.Scope %v", direct, shared, typed, plain, scope)
	assert.Less(t, shared, 10*direct)
	assert.Less(t, typed, 15*direct)
	assert.Less(t, plain, 40*direct)
	assert.Greater(t, scope, 20*plain)
}

// best returns the time of one call in the best of several rounds.
func best(calls int, f func()) time.Duration {
	fastest := time.Duration(1<<63 - 1)
	for range 7 {
		start := time.Now()
		for range calls {
			f()
		}
		fastest = min(fastest, time.Since(start))
	}
	return max(fastest/time.Duration(calls), 1)
}
