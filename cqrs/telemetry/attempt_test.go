package telemetry_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
)

// retry calls next until it succeeds, as resilience.Retry does.
var retry = cqrs.AroundScope(cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	for {
		if result, err := next(ctx, in); err == nil {
			return result, nil
		}
	}
}))

func TestSpan_attempts(t *testing.T) {
	t.Parallel()
	// thirdTime fails twice.
	thirdTime := func() func(context.Context, *self) error {
		n := 0
		return func(context.Context, *self) error {
			if n++; n < 3 {
				return &DeclinedError{}
			}
			return nil
		}
	}
	attemptsOf := func(o *observed) (attempts, retries []int64) {
		for _, s := range o.spans.Ended() {
			attributes := attributesOf(s)
			attempts = append(attempts, attributes["cqrs.attempt"].AsInt64())
			retries = append(retries, attributes["cqrs.retry.count"].AsInt64())
		}
		return attempts, retries
	}

	t.Run("are counted on the span outside of a retry, which has the final one", func(t *testing.T) {
		t.Parallel()
		o := shop(t, script{"PlaceOrder": thirdTime()}, bootstrap.WithMiddleware(retry))
		require.NoError(t, o.Send(t.Context(), placeOrder))
		attempts, retries := attemptsOf(o)
		assert.Equal(t, []int64{3}, attempts)
		assert.Equal(t, []int64{2}, retries)
		assert.NotContains(t, metricsOf(t, o), "cqrs.attempt")
	})

	t.Run("have spans of their own inside of a retry", func(t *testing.T) {
		t.Parallel()
		o, telemetry := observe(t)
		o.start(t, handlers(t, script{"PlaceOrder": thirdTime()}), commands, events, bootstrap.WithMiddleware(retry, telemetry))
		require.NoError(t, o.Send(t.Context(), placeOrder))
		attempts, retries := attemptsOf(o)
		assert.Equal(t, []int64{0, 2, 3}, attempts)
		assert.Equal(t, []int64{0, 1, 2}, retries)
	})

	t.Run("are not on the span of a message that is not retried", func(t *testing.T) {
		t.Parallel()
		o := shop(t, nil, bootstrap.WithMiddleware(retry))
		require.NoError(t, o.Send(t.Context(), placeOrder))
		assert.NotContains(t, spanAttributes(t, o), "cqrs.attempt")
	})
}
