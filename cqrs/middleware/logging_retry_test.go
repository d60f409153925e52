package middleware_test

import (
	"context"
	"fmt"
	"slices"
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
		want     []string
	}{
		{"that succeeds at last", 2, []string{
			"warn command failed, retrying 1", "warn command failed, retrying 2", "info command handled 3"}},
		{"that never succeeds", 3, []string{
			"warn command failed, retrying 1", "warn command failed, retrying 2", "error command failed 3"}},
		{"that succeeds at once", 0, []string{"info command handled <nil>"}},
	} {
		for _, where := range []string{"outside", "inside"} {
			t.Run(where+" writes one line for each attempt of a command "+test.name, func(t *testing.T) {
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
				chain := []cqrs.Middleware{middleware.Logging(log, middleware.ContextFields(userFields)), thrice}
				if where == "inside" {
					slices.Reverse(chain)
				}
				err := a.start(chain...).Send(context.WithValue(t.Context(), userKey{}, "ada"), join{})
				require.Equal(t, test.failures == 3, err != nil)
				var got []string
				for _, l := range linesOf(t, logs) {
					got = append(got, fmt.Sprintf("%v %s %v", l.level, l.text, l.fields["attempt"]))
					assert.Equal(t, "ada", l.fields["user"])
					if l.level > zapcore.InfoLevel {
						assert.Equal(t, "*errors.errorString", l.fields["error_type"])
						assert.Equal(t, "error", l.fields["outcome"])
					}
				}
				assert.Equal(t, test.want, got)
			})
		}
	}

	t.Run("writes one line for each attempt between two retries", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[join](errHandler))
		log, logs := testkit.Logger(zapcore.DebugLevel)
		require.Error(t, a.start(thrice, middleware.Logging(log), thrice).Send(t.Context(), join{}))
		lines := linesOf(t, logs)
		require.Len(t, lines, 9)
		for i, l := range lines {
			assert.EqualValues(t, i+1, l.fields["attempt"])
			assert.Equal(t, i == 8, l.level == zapcore.ErrorLevel)
		}
	})

	t.Run("writes nothing if its levels are off, and less if retries are off", func(t *testing.T) {
		t.Parallel()
		for level, want := range map[zapcore.Level]int{zapcore.WarnLevel: 3, zapcore.ErrorLevel: 1, zapcore.FatalLevel: 0} {
			a := newApp(t)
			command(a, returns[join](errHandler))
			log, logs := testkit.Logger(level)
			require.Error(t, a.start(middleware.Logging(log), thrice).Send(t.Context(), join{}))
			assert.Equal(t, want, logs.Len(), level)
		}
	})

	t.Run("writes at Debug of a nested message, and at Info of one that is rejected", func(t *testing.T) {
		t.Parallel()
		for err, want := range map[error]string{
			errHandler:           "debug command failed, retrying",
			middleware.ErrDenied: "debug command rejected, retrying",
		} {
			a := newApp(t)
			command(a, func(ctx context.Context, h *self[cqrs.Sender], _ join) error { return h.need.Send(ctx, leave{}) })
			command(a, returns[leave](err))
			log, logs := testkit.Logger(zapcore.DebugLevel)
			require.Error(t, a.start(middleware.Logging(log), cqrs.Only[leave](thrice)).Send(t.Context(), join{}))
			lines := linesOf(t, logs)
			require.Len(t, lines, 4)
			assert.Equal(t, want, fmt.Sprintf("%v %s", lines[0].level, lines[0].text))

			require.Error(t, a.start(middleware.Logging(log), thrice).Send(t.Context(), leave{}))
			level := map[bool]zapcore.Level{true: zapcore.WarnLevel, false: zapcore.InfoLevel}[err == errHandler]
			assert.Equal(t, level, linesOf(t, logs)[0].level)
		}
	})

	t.Run("writes one line for each attempt of a stream and of an after-scope handler", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		stream(a, yields[export](errHandler))
		on(a, returns[joined](errHandler), cqrs.AfterScope())
		log, logs := testkit.Logger(zapcore.WarnLevel)
		m := a.start(middleware.Logging(log), thrice)
		_, err := testkit.Drain(cqrs.Stream(t.Context(), m, export{}))
		require.ErrorIs(t, err, errHandler)
		require.ErrorIs(t, m.Publish(t.Context(), joined{}), errHandler)
		var got []string
		for _, l := range linesOf(t, logs) {
			got = append(got, fmt.Sprintf("%s %v", l.text, l.fields["attempt"]))
		}
		assert.Equal(t, []string{
			"stream failed, retrying 1", "stream failed, retrying 2", "stream failed 3",
			"event failed, retrying 1", "event failed, retrying 2", "event failed 3",
		}, got)
	})
}
