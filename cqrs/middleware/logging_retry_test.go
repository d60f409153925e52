package middleware_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// thrice calls next up to three times.
var thrice = cqrs.AroundScope(cqrs.MiddlewareFunc(
	func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (result any, err error) {
		for range 3 {
			if result, err = next(ctx, in); err == nil {
				break
			}
		}
		return result, err
	}))

func TestLogging_retry(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		failures int
		inside   bool // of the retry
		want     []string
	}{
		{"inside, of a command that succeeds at last", 2, true, []string{
			"warn command failed, retrying 1", "warn command failed, retrying 2", "info command handled 3"}},
		{"inside, of a command that never succeeds", 3, true, []string{
			"warn command failed, retrying 1", "warn command failed, retrying 2", "error command failed 3"}},
		{"inside, of a command that succeeds at once", 0, true, []string{"info command handled <nil>"}},
		{"outside, of a command that succeeds at last", 2, false, []string{"info command handled 3"}},
		{"outside, of a command that never succeeds", 3, false, []string{"error command failed 3"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			n := 0
			command(a, func(context.Context, *self[nothing], join) error {
				if n++; n <= test.failures {
					return errHandler
				}
				return nil
			})
			log, logs := testkit.Logger(zapcore.DebugLevel)
			chain := []cqrs.Middleware{middleware.Logging(log), thrice}
			if test.inside {
				chain = []cqrs.Middleware{thrice, middleware.Logging(log)}
			}
			err := a.start(chain...).Send(t.Context(), join{})
			require.Equal(t, test.failures == 3, err != nil)
			var got []string
			for _, l := range linesOf(t, logs) {
				got = append(got, fmt.Sprintf("%v %s %v", l.level, l.text, l.fields["attempt"]))
			}
			assert.Equal(t, test.want, got)
		})
	}
}
