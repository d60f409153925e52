package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// line is the log entry of a message, without its duration.
type line struct {
	level  zapcore.Level
	text   string
	fields map[string]any
}

// linesOf returns the entries logged since it was last called.
func linesOf(t *testing.T, logs *observer.ObservedLogs) []line {
	t.Helper()
	var lines []line
	for _, e := range logs.TakeAll() {
		fields := e.ContextMap()
		if !strings.HasSuffix(e.Message, ", retrying") {
			assert.IsType(t, time.Duration(0), fields["duration"])
		}
		delete(fields, "duration")
		lines = append(lines, line{e.Level, e.Message, fields})
	}
	return lines
}

// outcomesOf returns a summary of each line: "command join: ok".
func outcomesOf(t *testing.T, logs *observer.ObservedLogs) []string {
	t.Helper()
	var all []string
	for _, l := range linesOf(t, logs) {
		s := fmt.Sprintf("%s %v: %v", l.level, strings.TrimPrefix(l.fields["message"].(string), "middleware_test."),
			l.fields["outcome"])
		for _, key := range []string{"error_type", "panic_type"} {
			if v, ok := l.fields[key]; ok {
				s += fmt.Sprintf(" %v", v)
			}
		}
		all = append(all, s)
	}
	return all
}

func handlerName[H any]() string { return errtext.ShortName(reflect.TypeFor[H]()) }

func TestLogging(t *testing.T) {
	t.Parallel()

	t.Run("writes a line for a message of each kind", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, raises[join](joined{}))
		query(a, func(context.Context, *self[nothing], read) (string, error) { return "all", nil })
		stream(a, yields[export](nil, 1, 2))
		on(a, returns[joined](nil))
		log, logs := testkit.Logger(zapcore.DebugLevel)
		m := a.start(middleware.Logging(log))

		require.NoError(t, m.Send(t.Context(), join{}))
		assert.Equal(t, []line{
			{zapcore.InfoLevel, "event handled", map[string]any{
				"kind": "event", "message": "middleware_test.joined", "handler": handlerName[*eventHandler[joined, nothing]](),
				"nested": true, "outcome": "ok",
			}},
			{zapcore.InfoLevel, "command handled", map[string]any{
				"kind": "command", "message": "middleware_test.join", "handler": handlerName[*commandHandler[join, nothing]](),
				"outcome": "ok",
			}},
		}, linesOf(t, logs))

		got, err := cqrs.Send(t.Context(), m, read{})
		require.NoError(t, err)
		assert.Equal(t, "all", got)
		assert.Equal(t, []line{{zapcore.DebugLevel, "query handled", map[string]any{
			"kind": "query", "message": "middleware_test.read", "handler": handlerName[*queryHandler[read, string, nothing]](),
			"outcome": "ok",
		}}}, linesOf(t, logs))

		for _, err := range cqrs.Stream(t.Context(), m, export{}) {
			require.NoError(t, err)
			assert.Zero(t, logs.Len(), "not before it has ended")
		}
		assert.Equal(t, []line{{zapcore.DebugLevel, "stream handled", map[string]any{
			"kind": "stream", "message": "middleware_test.export",
			"handler": handlerName[*streamHandler[export, int, nothing]](), "outcome": "ok",
		}}}, linesOf(t, logs))
	})

	t.Run("writes a short name for a handler that is a function", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.provide(func() cqrs.RequestFunc[read, string] {
			return func(context.Context, read) (string, error) { return "all", nil }
		})
		a.requests = append(a.requests, func(m *cqrs.RequestMap) { cqrs.BindRequest[cqrs.RequestFunc[read, string]](m) })
		log, logs := testkit.Logger(zapcore.DebugLevel)
		_, err := cqrs.Send(t.Context(), a.start(middleware.Logging(log)), read{})
		require.NoError(t, err)
		assert.Equal(t, "cqrs.RequestFunc[middleware_test.read,string]", linesOf(t, logs)[0].fields["handler"])
	})

	t.Run("writes a line for each failure, and leaves the error as it is", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[join](errHandler))
		query(a, func(context.Context, *self[nothing], read) (string, error) { return "", errHandler })
		stream(a, yields[export](errHandler, 1))
		on(a, returns[joined](errHandler))
		log, logs := testkit.Logger(zapcore.DebugLevel)
		m := a.start(middleware.Logging(log))

		assert.Equal(t, errHandler, m.Send(t.Context(), join{}))
		assert.Equal(t, []line{{zapcore.ErrorLevel, "command failed", map[string]any{
			"kind": "command", "message": "middleware_test.join", "handler": handlerName[*commandHandler[join, nothing]](),
			"outcome": "error", "error_type": "*errors.errorString",
		}}}, linesOf(t, logs))
		_, err := cqrs.Send(t.Context(), m, read{})
		assert.Equal(t, errHandler, err)
		_, err = testkit.Drain(cqrs.Stream(t.Context(), m, export{}))
		assert.Equal(t, errHandler, err)
		require.ErrorIs(t, m.Publish(t.Context(), joined{}), errHandler)
		assert.Equal(t, []string{
			"error read: error *errors.errorString",
			"error export: error *errors.errorString",
			"error joined: error *errors.errorString",
		}, outcomesOf(t, logs))
	})

	t.Run("writes a line for each nested message, the inner one first", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, func(ctx context.Context, h *self[cqrs.Sender], _ join) error {
			_ = h.need.Send(ctx, leave{}) // dealt with
			_, err := testkit.Drain(cqrs.Stream(ctx, h.need, export{}))
			return err
		})
		command(a, returns[leave](errHandler))
		stream(a, yields[export](nil, 1))
		log, logs := testkit.Logger(zapcore.DebugLevel)
		require.NoError(t, a.start(middleware.Logging(log)).Send(t.Context(), join{}))
		lines := linesOf(t, logs)
		require.Len(t, lines, 3)
		for i, want := range []struct{ message, outcome, nested any }{
			{"middleware_test.leave", "error", true},
			{"middleware_test.export", "ok", true},
			{"middleware_test.join", "ok", nil},
		} {
			got := lines[i].fields
			assert.Equal(t, want, struct{ message, outcome, nested any }{got["message"], got["outcome"], got["nested"]})
		}
	})

	t.Run("names the type of the event for a subscription to an interface", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on(a, func(context.Context, *self[nothing], cqrs.Event) error { return nil }, cqrs.AfterScope())
		log, logs := testkit.Logger(zapcore.DebugLevel)
		require.NoError(t, a.start(middleware.Logging(log)).Publish(t.Context(), joined{}))
		assert.Equal(t, []line{{zapcore.InfoLevel, "event handled", map[string]any{
			"kind": "event", "message": "middleware_test.joined", "handler": handlerName[*eventHandler[cqrs.Event, nothing]](),
			"outcome": "ok",
		}}}, linesOf(t, logs))
	})

	t.Run("reports how long a message took, including the consumer of a stream", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t)
			command(a, func(_ context.Context, h *self[nothing], _ join) error {
				time.Sleep(time.Second)
				h.Record(joined{})
				return nil
			})
			on(a, func(context.Context, *self[nothing], joined) error {
				time.Sleep(time.Minute)
				return nil
			})
			stream(a, yields[export](nil, 1, 2))
			log, logs := testkit.Logger(zapcore.DebugLevel)
			m := a.start(middleware.Logging(log))
			require.NoError(t, m.Send(t.Context(), join{}))
			for range cqrs.Stream(t.Context(), m, export{}) {
				time.Sleep(time.Hour)
			}
			var took []any
			for _, e := range logs.TakeAll() {
				took = append(took, e.ContextMap()["duration"])
			}
			assert.Equal(t, []any{time.Minute, time.Minute + time.Second, 2 * time.Hour}, took)
		})
	})

	t.Run("writes the fields of the logger", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[join](nil))
		log, logs := testkit.Logger(zapcore.DebugLevel)
		require.NoError(t, a.start(middleware.Logging(log.With(zap.String("service", "rooms")))).Send(t.Context(), join{}))
		assert.Equal(t, "rooms", linesOf(t, logs)[0].fields["service"])
	})
}

// TestLogging_privacy puts contents wherever there is room for them, and looks for them in
// the output of a real encoder.
func TestLogging_privacy(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	a := newApp(t)
	command(a, func(ctx context.Context, h *self[cqrs.Sender], c join) error {
		_, err := testkit.Drain(cqrs.Stream(ctx, h.need, export{Secret: c.Secret}))
		_, _ = cqrs.Send(ctx, h.need, read{Secret: c.Secret})
		h.Record(joined{Secret: c.Secret})
		return errors.Join(nil, err)
	})
	stream(a, yields[export](nil, 1))
	query(a, func(_ context.Context, _ *self[nothing], q read) (string, error) {
		return q.Secret, fmt.Errorf("%s is no password", q.Secret)
	})
	on(a, func(_ context.Context, _ *self[nothing], e joined) error { panic(e.Secret) }, cqrs.AfterScope())
	var out strings.Builder
	log := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewDevelopmentEncoderConfig()), zapcore.AddSync(&out),
		zapcore.DebugLevel), zap.AddCaller(), zap.AddStacktrace(zapcore.DebugLevel))
	err := a.start(middleware.Logging(log)).Send(t.Context(), join{Secret: secret})
	require.Error(t, err)
	assert.Contains(t, err.Error(), secret)
	assert.Equal(t, 4, strings.Count(out.String(), "\n"), out.String())
	assert.NotContains(t, out.String(), secret)
}
