package resilience_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestRetry_attempts(t *testing.T) {
	t.Parallel()
	isNoMoney := bootstrap.WithExpectedErrors(func(err error) bool { return err == errNoMoney })
	for _, test := range []struct {
		name    string
		handler string
		errs    []error // of its first calls
		send    func(context.Context, *cqrs.Mediator) error
		want    []string
	}{
		{"a command that succeeds at last", "pay", []error{errBusy, errBusy},
			func(ctx context.Context, m *cqrs.Mediator) error { return m.Send(ctx, Pay{}) }, []string{
				"warn command failed, retrying 1", "warn command failed, retrying 2", "info command handled 3"}},
		{"a command that never succeeds", "pay", []error{errBusy, errBusy, errBusy},
			func(ctx context.Context, m *cqrs.Mediator) error { return m.Send(ctx, Pay{}) }, []string{
				"warn command failed, retrying 1", "warn command failed, retrying 2", "error command failed 3"}},
		{"a command that is rejected at the second attempt", "pay", []error{errBusy, errNoMoney},
			func(ctx context.Context, m *cqrs.Mediator) error { return m.Send(ctx, Pay{}) }, []string{
				"warn command failed, retrying 1", "info command rejected 2"}},
		{"a command that is rejected at once", "pay", []error{errNoMoney},
			func(ctx context.Context, m *cqrs.Mediator) error { return m.Send(ctx, Pay{}) }, []string{
				"info command rejected <nil>"}},
		{"a stream", "export", []error{errBusy},
			func(ctx context.Context, m *cqrs.Mediator) error {
				_, err := testkit.Drain(cqrs.Stream(ctx, m, Export{}))
				return err
			}, []string{"warn stream failed, retrying 1", "debug stream handled 2"}},
		{"an after-scope handler", "mail", []error{errBusy},
			func(ctx context.Context, m *cqrs.Mediator) error { return m.Publish(ctx, Paid{}) }, []string{
				"info event handled <nil>", "warn event failed, retrying 1", "info event handled 2"}},
	} {
		for _, where := range []string{"outside", "inside"} {
			t.Run("are numbered in the log "+where+", for "+test.name, func(t *testing.T) {
				t.Parallel()
				log, logs := testkit.Logger(zapcore.DebugLevel)
				chain := []cqrs.Middleware{middleware.Logging(log), thrice()}
				if where == "inside" {
					slices.Reverse(chain)
				}
				m := newApp(script{test.handler: failing(test.errs...)}).start(t, bootstrap.WithMiddleware(chain...), isNoMoney)
				_ = test.send(t.Context(), m)
				var got []string
				for _, e := range logs.All() {
					got = append(got, fmt.Sprintf("%v %s %v", e.Level, e.Message, e.ContextMap()["attempt"]))
				}
				assert.Equal(t, test.want, got)
			})
		}
	}

	// Package telemetry writes this number to the span, as cqrs.attempt and cqrs.retry.count.
	t.Run("are counted for the middleware outside", func(t *testing.T) {
		t.Parallel()
		var got []int
		count := cqrs.AroundScope(cqrs.MiddlewareFunc(
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				result, err := next(ctx, in)
				got = append(got, in.Attempt())
				return result, err
			}))
		a := newApp(script{"pay": failing(errBusy, errBusy), "draw": always(errBusy)})
		m := a.start(t, bootstrap.WithMiddleware(count, thrice()))
		require.NoError(t, m.Send(t.Context(), Pay{}))
		_, err := cqrs.Send(t.Context(), m, Read{})
		require.NoError(t, err)
		_, err = cqrs.Send(t.Context(), m, Draw{})
		require.ErrorIs(t, err, errBusy)
		assert.Equal(t, []int{3, 1, 3}, got)
	})
}
