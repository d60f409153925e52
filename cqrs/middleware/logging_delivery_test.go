package middleware_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// TestLogging_deliveries writes the table of docs/howto/ready-made.md about durable deliveries:
// the lines of the relay's process.
func TestLogging_deliveries(t *testing.T) {
	t.Parallel()
	mail := func(do func(n int) error, opts ...cqrs.DurableOption) func(a *app, _ *outboxtest.Store) {
		return func(a *app, _ *outboxtest.Store) {
			n := 0
			on(a, func(context.Context, *self[nothing], joined) error { n++; return do(n) }, cqrs.Durable("mail", opts...))
		}
	}
	failing := mail(func(int) error { return errHandler })
	var table strings.Builder
	for _, row := range []struct {
		when   string
		app    func(*app, *outboxtest.Store)
		events int
		drains int
		decode func(string, []byte) (joined, error)
	}{
		{"a delivery succeeds", mail(func(int) error { return nil }), 1, 1, nil},
		{"a delivery fails, and so does its last attempt", failing, 1, 2, nil},
		{"a delivery fails once, and resilience.Retry repeats it at once", func(a *app, store *outboxtest.Store) {
			mail(func(n int) error {
				if n == 1 {
					return errHandler
				}
				return nil
			})(a, store)
			a.options = append(a.options, bootstrap.WithMiddleware(thrice))
		}, 1, 1, nil},
		{"its handler panics", mail(func(int) error { panic("no") }), 1, 1, nil},
		{"it loses its lease", func(a *app, store *outboxtest.Store) {
			mail(func(int) error {
				store.Advance(time.Hour)
				wants := []outbox.Want{{Subscription: "mail", Limit: 1}}
				_, err := store.Claim(context.Background(), wants, time.Hour)
				return err
			})(a, store)
		}, 1, 1, nil},
		{"one of a batch of two fails, so that they are delivered one by one", mail(func(n int) error {
			if n == 2 {
				return errHandler
			}
			return nil
		}, cqrs.InBatches(2)), 2, 1, nil},
		{"the event cannot be decoded, so that no handler is called", func(a *app, store *outboxtest.Store) {
			mail(func(int) error { return nil })(a, store)
		}, 1, 2, func(string, []byte) (joined, error) { return joined{}, errOther }},
	} {
		a := newApp(t)
		store := durably(a, row.decode)
		row.app(a, store)
		ownLog, own := testkit.Logger(zapcore.DebugLevel)
		log, logs := testkit.Logger(zapcore.DebugLevel)
		a.options = append(a.options, bootstrap.WithLogger(ownLog))
		m := a.start(middleware.Logging(log))
		for range row.events {
			require.NoError(t, m.Publish(t.Context(), joined{}))
		}
		for range row.drains {
			deliver(t, store, m)
			store.Advance(time.Minute)
		}
		fmt.Fprintf(&table, "%s\n", row.when)
		writeLines(&table, "Logging", logs)
		writeLines(&table, "bootstrap", own)
	}
	testkit.AssertGolden(t, filepath.Join("testdata", "log_lines_durable.txt"), table.String())
}

func TestLogging_Delivery(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T, do func(context.Context, *self[nothing], joined) error, opts ...middleware.LoggingOption) (
		deliverOnce func() []line) {
		a := newApp(t)
		store := durably(a, nil)
		on(a, do, cqrs.Durable("mail"))
		log, logs := testkit.Logger(zapcore.DebugLevel)
		a.options = append(a.options, bootstrap.WithLogger(log), bootstrap.WithPropagator(cqrs.Propagator{
			Inject: func(ctx context.Context) map[string]string {
				return map[string]string{"user": ctx.Value(userKey{}).(string)}
			},
			Extract: func(ctx context.Context, headers map[string]string) context.Context {
				return context.WithValue(ctx, userKey{}, headers["user"])
			},
		}))
		m := a.start(middleware.Logging(log, opts...))
		require.NoError(t, m.Publish(context.WithValue(t.Context(), userKey{}, "ada"), joined{Secret: "hunter2"}))
		return func() []line {
			deliver(t, store, m)
			store.Advance(time.Minute)
			return linesOf(t, logs)
		}
	}

	t.Run("has the fields of the delivery, and those of the context that was stored", func(t *testing.T) {
		t.Parallel()
		deliverOnce := start(t, returns[joined](errHandler), middleware.ContextFields(userFields))
		for attempt, text := range []string{"delivery failed", "delivery is a dead letter"} {
			lines := deliverOnce()
			require.Len(t, lines, 1)
			fields := lines[0].fields
			assert.Equal(t, text, lines[0].text)
			assert.Regexp(t, `^[0-9a-f-]{36}/mail$`, fields["delivery_id"])
			delete(fields, "delivery_id")
			if attempt == 0 {
				assert.InDelta(t, float64(time.Second), float64(fields["retry_in"].(time.Duration)), float64(time.Second)/4)
				delete(fields, "retry_in")
			}
			assert.Equal(t, map[string]any{
				"kind": "event", "message": "middleware_test.joined", "handler": handlerName[*eventHandler[joined, nothing]](),
				"subscription": "mail", "stored_as": "joined", "attempt": int64(attempt + 1),
				"outcome": "error", "error_type": "*errors.errorString", "user": "ada",
			}, fields)
		}
	})

	t.Run("has the level of an option", func(t *testing.T) {
		t.Parallel()
		lines := start(t, returns[joined](nil), middleware.Level(cqrs.KindEvent, zapcore.InfoLevel))()
		require.Len(t, lines, 1)
		assert.Equal(t, zapcore.InfoLevel, lines[0].level)

		deliverOnce := start(t, returns[joined](middleware.ErrDenied),
			middleware.FailureLevel(zapcore.InfoLevel, middleware.ErrDenied))
		assert.Equal(t, zapcore.InfoLevel, deliverOnce()[0].level)
		assert.Equal(t, zapcore.InfoLevel, deliverOnce()[0].level)
	})

	t.Run("is at Error for a dead letter, even if its error is expected", func(t *testing.T) {
		t.Parallel()
		deliverOnce := start(t, returns[joined](middleware.ErrDenied))
		for _, want := range []zapcore.Level{zapcore.WarnLevel, zapcore.ErrorLevel} {
			lines := deliverOnce()
			require.Len(t, lines, 1)
			assert.Equal(t, want, lines[0].level)
			assert.Equal(t, "rejected", lines[0].fields["outcome"])
		}
	})

	t.Run("has no contents unless an option asks for them", func(t *testing.T) {
		t.Parallel()
		fails := func(_ context.Context, _ *self[nothing], e joined) error { return fmt.Errorf("no: %s", e.Secret) }
		assert.NotContains(t, fmt.Sprint(start(t, fails)()), "hunter2")
		assert.Contains(t, fmt.Sprint(start(t, fails, middleware.ErrorText())()), "hunter2")
	})

	t.Run("of a scheduled command is written like that of an event", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		store := durably(a, nil)
		command(a, returns[join](errHandler))
		a.requests = append(a.requests, func(m *cqrs.RequestMap) {
			cqrs.RegisterCommand(m, cqrs.CommandType[join]{Name: "join"})
		})
		log, logs := testkit.Logger(zapcore.DebugLevel)
		a.options = append(a.options, bootstrap.WithLogger(log))
		m := a.start(middleware.Logging(log))
		_, err := cqrs.Schedule(t.Context(), m, join{}, time.Now())
		require.NoError(t, err)
		deliver(t, store, m)
		lines := linesOf(t, logs)
		require.Len(t, lines, 1)
		assert.Equal(t, "delivery failed", lines[0].text)
		assert.Equal(t, "command:join", lines[0].fields["subscription"])
	})
}
