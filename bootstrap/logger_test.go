package bootstrap_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// observed starts an app with a logger whose entries it returns.
func observed(a *app, opts ...bootstrap.Option) (*cqrs.Mediator, *observer.ObservedLogs) {
	a.t.Helper()
	log, logs := testkit.Logger(zapcore.DebugLevel)
	return a.start(append(opts, bootstrap.WithLogger(log))...), logs
}

// line is a log entry without the parts that change from run to run.
type line struct {
	level  zapcore.Level
	fields map[string]any
}

// linesOf returns the entries, with a placeholder for each duration.
func linesOf(t *testing.T, logs *observer.ObservedLogs) []line {
	t.Helper()
	var lines []line
	for _, e := range logs.TakeAll() {
		fields := e.ContextMap()
		if took, ok := fields["duration"]; ok {
			assert.GreaterOrEqual(t, took, time.Duration(0))
			fields["duration"] = "some"
		}
		lines = append(lines, line{e.Level, fields})
	}
	return lines
}

// handled is the line of a request.
func handled(kind, message, handler, outcome string) line {
	fields := map[string]any{
		kind: "bootstrap_test." + message, "handler": "*bootstrap_test." + handler, "duration": "some", "outcome": outcome,
	}
	if outcome == "error" || outcome == "side_effect_failed" {
		fields["error_type"] = "*errors.errorString"
	}
	return line{zapcore.DebugLevel, fields}
}

// handlerOf returns the name of a handler in the log.
func handlerOf(message, need string) string {
	return fmt.Sprintf("handler[bootstrap_test.%s,%s]", message, need)
}

func ends(items ...string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

func TestLogger(t *testing.T) {
	t.Parallel()

	t.Run("writes a line for each request", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, func(_ context.Context, _ *handler[join, nothing], c join) error {
			if c.Number < 0 {
				return errDown
			}
			return nil
		})
		query(a, func(read) (string, error) { return "all", nil })
		stream(a, func(export) iter.Seq2[string, error] { return ends("a", "b") })
		m, logs := observed(a)
		joinLine := func(outcome string) line {
			return handled("command", "join", handlerOf("join", "bootstrap_test.nothing"), outcome)
		}

		require.NoError(t, m.Send(t.Context(), join{}))
		assert.Equal(t, []line{joinLine("ok")}, linesOf(t, logs))

		require.Error(t, m.Send(t.Context(), join{Number: -1}))
		assert.Equal(t, []line{joinLine("error")}, linesOf(t, logs))

		_, err := cqrs.Send(t.Context(), m, join{})
		require.NoError(t, err)
		assert.Equal(t, []line{joinLine("ok")}, linesOf(t, logs))

		_, err = cqrs.Send(t.Context(), m, read{})
		require.NoError(t, err)
		assert.Equal(t, []line{handled("query", "read", "readHandler", "ok")}, linesOf(t, logs))

		for _, err := range cqrs.Stream(t.Context(), m, export{}) {
			require.NoError(t, err)
			assert.Empty(t, linesOf(t, logs), "not before it has ended")
		}
		assert.Equal(t, []line{handled("stream", "export", "exportHandler", "ok")}, linesOf(t, logs))
		for range cqrs.Stream(t.Context(), m, export{}) {
			break
		}
		assert.Equal(t, []line{handled("stream", "export", "exportHandler", "stopped")}, linesOf(t, logs))
	})

	t.Run("writes a line for each nested request, the inner one first", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, func(ctx context.Context, h *handler[join, cqrs.Sender], _ join) error {
			if _, err := cqrs.Send(ctx, h.need, read{}); err != nil {
				return err
			}
			return h.need.Send(ctx, leave{})
		})
		command(a, func(context.Context, *handler[leave, nothing], leave) error { return errDown })
		query(a, func(read) (string, error) { return "all", nil })
		m, logs := observed(a)
		require.ErrorIs(t, m.Send(t.Context(), join{}), errDown)
		inner := []line{
			handled("query", "read", "readHandler", "ok"),
			handled("command", "leave", handlerOf("leave", "bootstrap_test.nothing"), "error"),
		}
		assert.Equal(t, append(slices.Clone(inner),
			handled("command", "join", handlerOf("join", "cqrs.Sender"), "error")), linesOf(t, logs))

		require.Error(t, m.Run(t.Context(), func(ctx context.Context, s cqrs.Sender) error {
			if _, err := cqrs.Send(ctx, s, read{}); err != nil {
				return err
			}
			return s.Send(ctx, leave{})
		}))
		assert.Equal(t, inner, linesOf(t, logs))
	})

	t.Run("writes no line for an event that is handled", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on(a, func(context.Context, *handler[joined, nothing], joined) error { return nil })
		m, logs := observed(a)
		require.NoError(t, m.Publish(t.Context(), joined{}))
		assert.Empty(t, linesOf(t, logs))
	})

	t.Run("warns of an event without a handler", func(t *testing.T) {
		t.Parallel()
		m, logs := observed(newApp(t))
		require.NoError(t, m.Publish(t.Context(), joined{}, joined{}))
		warning := line{zapcore.WarnLevel, map[string]any{"event": "bootstrap_test.joined"}}
		assert.Equal(t, []line{warning, warning}, linesOf(t, logs))
	})

	t.Run("warns of a handler that is replaced by another", func(t *testing.T) {
		t.Parallel()
		type primary struct{ readHandler }
		a := newApp(t)
		a.provide(func() *primary {
			return &primary{readHandler{func(read) (string, error) { return "", errDown }}}
		})
		a.provide(func() *readHandler {
			return &readHandler{func(read) (string, error) { return "", nil }}
		})
		a.bind(func(m *cqrs.RequestMap) {
			cqrs.BindTarget(m, cqrs.Fallback(cqrs.RequestTarget[*primary](), cqrs.RequestTarget[*readHandler](), nil))
		})
		m, logs := observed(a)
		_, err := cqrs.Send(t.Context(), m, read{})
		require.NoError(t, err)
		assert.Equal(t, []line{
			{zapcore.WarnLevel, map[string]any{"query": "bootstrap_test.read", "handler": "*bootstrap_test.primary",
				"error_type": "*errors.errorString"}},
			handled("query", "read", "primary", "ok"),
		}, linesOf(t, logs))
	})

	t.Run("does not warn if it is an error", func(t *testing.T) {
		t.Parallel()
		m, logs := observed(newApp(t), bootstrap.WithStrictEvents())
		require.Error(t, m.Publish(t.Context(), joined{}))
		assert.Empty(t, linesOf(t, logs))
	})

	t.Run("writes an error with the stack of a panic, once at any depth", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, func(ctx context.Context, h *handler[join, cqrs.Sender], _ join) error {
			return h.need.Send(ctx, leave{})
		})
		command(a, func(context.Context, *handler[leave, nothing], leave) error { panic(errDown) })
		m, logs := observed(a)
		require.ErrorIs(t, m.Send(t.Context(), join{}), errDown)
		lines := linesOf(t, logs)
		require.Len(t, lines, 3, "one of the panic and one of each command")
		assert.Equal(t, zapcore.ErrorLevel, lines[0].level)
		stack, _ := lines[0].fields["stack"].(string)
		assert.Contains(t, stack, "logger_test.go:")
		delete(lines[0].fields, "stack")
		assert.Equal(t, map[string]any{
			"panic_type": "*errors.errorString",
			"message":    "bootstrap_test.leave",
			"handler":    "*bootstrap_test." + handlerOf("leave", "bootstrap_test.nothing"),
		}, lines[0].fields)
		assert.Equal(t, "*cqrs.PanicError", lines[1].fields["error_type"])
	})

	t.Run("names the type and the place of a panic of the runtime", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, func(_ context.Context, h *handler[join, *session], _ join) error {
			h.need.db.builds++
			return nil
		})
		a.provide(func() *session { return &session{} }, container.Scoped())
		m, logs := observed(a)
		require.Error(t, m.Send(t.Context(), join{}))
		fields := linesOf(t, logs)[0].fields
		assert.Regexp(t, `^runtime\.`, fields["panic_type"])
		assert.Contains(t, fields["stack"], "logger_test.go:")
	})

	t.Run("writes an error that is lost when a consumer stops", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		type streamer struct{ exportHandler }
		a.provide(func() (*session, container.Finalizer) {
			return &session{}, func(context.Context, error) error { return errDown }
		}, container.Scoped())
		a.provide(func(*session) *streamer {
			return &streamer{exportHandler{func(export) iter.Seq2[string, error] { return ends("a", "b") }}}
		})
		a.bind(func(m *cqrs.RequestMap) { cqrs.BindStream[*streamer](m) })
		m, logs := observed(a)
		for range cqrs.Stream(t.Context(), m, export{}) {
			break
		}
		lines := linesOf(t, logs)
		require.Len(t, lines, 2)
		assert.Equal(t, zapcore.ErrorLevel, lines[0].level)
		assert.Equal(t, "bootstrap_test.export", lines[0].fields["stream"])
		assert.Equal(t, "*bootstrap_test.streamer", lines[0].fields["handler"])
		assert.Contains(t, lines[0].fields, "error_type")
		assert.Equal(t, zapcore.DebugLevel, lines[1].level)
	})
}

// TestLogger_default changes the result of zap.L, so it is not parallel.
func TestLogger_default(t *testing.T) {
	log, logs := testkit.Logger(zapcore.DebugLevel)
	restore := zap.ReplaceGlobals(log)
	m, err := bootstrap.New(container.New(), nil, nil)
	restore()
	require.NoError(t, err)
	require.NoError(t, m.Publish(t.Context(), joined{}))
	assert.Equal(t, 1, logs.Len(), "zap.L as it was when New was called")
}
