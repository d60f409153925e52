package middleware_test

import (
	"context"
	"iter"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
)

func TestTimeout_of_streams(t *testing.T) {
	t.Parallel()

	inBubble(t, "counts for a stream until it has ended, with its consumer", func(t *testing.T, a *app) {
		stream(a, func(ctx context.Context, _ *self[nothing], _ patientExport) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				for i := range 100 {
					if ctx.Err() != nil {
						yield(0, ctx.Err())
						return
					}
					if !yield(i, nil) {
						return
					}
				}
			}
		})
		m := a.start(middleware.Timeout(0))
		var got []int
		var err error
		for item, e := range cqrs.Stream(t.Context(), m, patientExport{}) {
			if err = e; err == nil {
				got = append(got, item)
				time.Sleep(25 * time.Minute)
			}
		}
		assert.Equal(t, []int{0, 1, 2}, got)
		require.NotNil(t, timeoutOf(err), "%v", err)
		assert.Equal(t, reflect.TypeFor[patientExport](), timeoutOf(err).Message)
		assert.Equal(t, time.Hour, timeoutOf(err).After)
	})

	inBubble(t, "leaves a stream that was stopped late stopped", func(t *testing.T, a *app) {
		var outcome error
		stream(a, yields[patientExport](nil, 1, 2), cqrs.WithMiddleware(
			cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (result any, err error) {
				result, outcome = next(ctx, in)
				return result, outcome
			}), middleware.Timeout(0)))
		for range cqrs.Stream(t.Context(), a.start(), patientExport{}) {
			time.Sleep(2 * time.Hour)
			break
		}
		assert.Equal(t, cqrs.ErrStreamStopped, outcome)
	})
}
