package middleware_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// TestLogging_WithAfterScopeErrors has both loggers write to the same log.
func TestLogging_WithAfterScopeErrors(t *testing.T) {
	t.Parallel()
	reject := cqrs.AroundScope(cqrs.Only[joined](cqrs.MiddlewareFunc(
		func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { return nil, errOther })))
	for _, test := range []struct {
		name  string
		chain func(logging cqrs.Middleware) []cqrs.Middleware
		want  string // the text of the only line at Error
		warn  int    // lines at Warn
	}{
		{"Logging, which has the fields", func(logging cqrs.Middleware) []cqrs.Middleware {
			return []cqrs.Middleware{logging}
		}, "event failed", 0},
		{"Logging inside of a retry", func(logging cqrs.Middleware) []cqrs.Middleware {
			return []cqrs.Middleware{thrice, logging}
		}, "event failed", 2},
		{"Logging outside of a retry", func(logging cqrs.Middleware) []cqrs.Middleware {
			return []cqrs.Middleware{logging, thrice}
		}, "event failed", 2},
		{"bootstrap if Logging does not wrap the event", func(logging cqrs.Middleware) []cqrs.Middleware {
			return []cqrs.Middleware{cqrs.Only[join](logging)}
		}, "after-scope delivery failed", 0},
		{"bootstrap if a middleware outside of Logging rejects the event", func(logging cqrs.Middleware) []cqrs.Middleware {
			return []cqrs.Middleware{reject, logging}
		}, "after-scope delivery failed", 0},
	} {
		t.Run("has one line at Error for a failed delivery, by "+test.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			command(a, raises[join](joined{}))
			on(a, returns[joined](errHandler), cqrs.AfterScope())
			log, logs := testkit.Logger(zapcore.WarnLevel)
			passed := 0
			a.options = append(a.options, bootstrap.WithLogger(log), bootstrap.WithAfterScopeErrors(
				func(_ context.Context, errs []*cqrs.EventError) { passed += len(errs) }))
			m := a.start(test.chain(middleware.Logging(log, middleware.ContextFields(userFields)))...)
			require.NoError(t, m.Send(context.WithValue(t.Context(), userKey{}, "ada"), join{}))
			assert.Equal(t, 1, passed)
			require.Equal(t, 1+test.warn, logs.Len())
			last := logs.All()[test.warn]
			assert.Equal(t, zapcore.ErrorLevel, last.Level)
			assert.Equal(t, test.want, last.Message)
			assert.Equal(t, "*errors.errorString", last.ContextMap()["error_type"])
			if test.want == "event failed" {
				assert.Equal(t, "ada", last.ContextMap()["user"])
			}
		})
	}

	t.Run("has a line of bootstrap for each delivery that Logging has not seen", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		ctx, cancel := context.WithCancel(t.Context())
		command(a, raises[join](joined{}, joined{}))
		on(a, func(context.Context, *self[nothing], joined) error { cancel(); return errHandler }, cqrs.AfterScope())
		log, logs := testkit.Logger(zapcore.InfoLevel)
		a.options = append(a.options, bootstrap.WithLogger(log),
			bootstrap.WithAfterScopeErrors(func(context.Context, []*cqrs.EventError) {}))
		require.NoError(t, a.start(middleware.Logging(log)).Send(ctx, join{}))
		var got []string
		for _, e := range logs.All() {
			got = append(got, e.Level.String()+" "+e.Message)
		}
		assert.Equal(t, []string{"error event failed", "info after-scope delivery failed", "info command handled"}, got)
	})
}
