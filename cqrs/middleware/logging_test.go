package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// A line is what was logged of a message, but for the time that it took.
type line struct {
	level  zapcore.Level
	text   string
	fields map[string]any
}

// linesOf returns what was logged since it was last called.
func linesOf(t *testing.T, logs *observer.ObservedLogs) []line {
	t.Helper()
	var lines []line
	for _, e := range logs.TakeAll() {
		fields := e.ContextMap()
		assert.IsType(t, time.Duration(0), fields["duration"])
		delete(fields, "duration")
		lines = append(lines, line{e.Level, e.Message, fields})
	}
	return lines
}

// outcomesOf returns of each line in short what it says: "command join: ok".
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

func handlerName[H any]() string { return reflect.TypeFor[H]().String() }

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

	t.Run("tells how long a message took, a stream with its consumer", func(t *testing.T) {
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

	t.Run("writes fields of a logger that has some", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[join](nil))
		log, logs := testkit.Logger(zapcore.DebugLevel)
		require.NoError(t, a.start(middleware.Logging(log.With(zap.String("service", "rooms")))).Send(t.Context(), join{}))
		assert.Equal(t, "rooms", linesOf(t, logs)[0].fields["service"])
	})
}

func TestLogging_outcome(t *testing.T) {
	t.Parallel()
	pointer := (*valueOf)(nil)
	for _, test := range []struct {
		name  string
		build func(a *app)
		want  []string
	}{
		{"that the handler panicked", func(a *app) {
			command(a, func(context.Context, *self[nothing], join) error { panic("secret") })
		}, []string{"error join: panic *cqrs.PanicError string"}},
		{"that a handler panicked of an event", func(a *app) {
			command(a, raises[join](joined{}))
			on(a, func(context.Context, *self[nothing], joined) error { panic(errHandler) })
		}, []string{"error joined: panic *cqrs.PanicError *errors.errorString", "error join: error *cqrs.EventError"}},
		{"that a middleware panicked", func(a *app) {
			command(a, returns[join](nil), cqrs.WithMiddleware(cqrs.MiddlewareFunc(
				func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { panic(1) })))
		}, []string{"error join: panic *cqrs.PanicError int"}},
		{"that a middleware around the scope panicked", func(a *app) {
			command(a, returns[join](nil), cqrs.WithMiddleware(cqrs.AroundScope(cqrs.MiddlewareFunc(
				func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { panic(1) }))))
		}, []string{"error join: panic *cqrs.PanicError int"}},
		{"that the handler panicked, and then a finalizer failed", func(a *app) {
			a.withTx(errFinalizer)
			command(a, func(context.Context, *self[*tx], join) error { panic(1) })
		}, []string{"error join: panic *cqrs.PanicError int"}},
		{"that a command failed which was sent by the handler and panicked", func(a *app) {
			command(a, func(ctx context.Context, h *self[cqrs.Sender], _ join) error { return h.need.Send(ctx, leave{}) })
			command(a, func(context.Context, *self[nothing], leave) error { panic(1) })
		}, []string{"error leave: panic *cqrs.PanicError int", "error join: error *cqrs.PanicError int"}},
		{"that the commit failed", func(a *app) {
			a.withTx(errFinalizer)
			command(a, func(context.Context, *self[*tx], join) error { return nil })
		}, []string{"error join: error *errors.errorString"}},
		{"that only an after-scope handler failed", func(a *app) {
			command(a, raises[join](joined{}))
			on(a, returns[joined](errHandler), cqrs.AfterScope())
		}, []string{"error joined: error *errors.errorString", "error join: side_effect_failed *cqrs.EventError"}},
		{"that a wrong result was returned", func(a *app) {
			command(a, returns[join](nil), cqrs.WithMiddleware(cqrs.MiddlewareFunc(
				func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { return "text", nil })))
		}, []string{"error join: error *cqrs.MiddlewareError"}},
		{"that a command returned what only a stream can", func(a *app) {
			command(a, returns[join](cqrs.ErrStreamStopped))
		}, []string{"error join: error cqrs.ErrStreamStopped"}},
		{"the type of a wrapped error", func(a *app) {
			command(a, returns[join](fmt.Errorf("joining: %w", errors.Join(&valueOf{"secret"}, errOther))))
		}, []string{"error join: error *middleware_test.valueOf"}},
		{"the type of an error that is a nil pointer", func(a *app) {
			command(a, returns[join](pointer))
		}, []string{"error join: error *middleware_test.valueOf"}},
		{"the type of a wrapped nil", func(a *app) {
			command(a, returns[join](fmt.Errorf("joining: %w", error(nil))))
		}, []string{"error join: error *fmt.wrapError"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			test.build(a)
			log, logs := testkit.Logger(zapcore.DebugLevel)
			require.Error(t, a.start(middleware.Logging(log)).Send(t.Context(), join{Secret: "secret"}))
			assert.Equal(t, test.want, outcomesOf(t, logs))
		})
	}

	t.Run("that the consumer of a stream stopped, which is no failure", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.withTx(nil)
		stream(a, func(context.Context, *self[*tx], export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) { yield(1, nil) }
		})
		log, logs := testkit.Logger(zapcore.DebugLevel)
		for range cqrs.Stream(t.Context(), a.start(middleware.Logging(log)), export{}) {
			break
		}
		assert.Equal(t, []string{"begin", "rollback"}, a.Notes())
		assert.Equal(t, []string{"debug export: stopped"}, outcomesOf(t, logs))
	})

	t.Run("that a finalizer failed after the consumer of a stream stopped", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.withTx(errFinalizer)
		stream(a, func(context.Context, *self[*tx], export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) { yield(1, nil) }
		})
		log, logs := testkit.Logger(zapcore.DebugLevel)
		for range cqrs.Stream(t.Context(), a.start(middleware.Logging(log)), export{}) {
			break
		}
		assert.Equal(t, []string{"error export: error *errors.errorString"}, outcomesOf(t, logs))
	})

	t.Run("that the handler ended its goroutine", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, func(context.Context, *self[nothing], join) error { runtime.Goexit(); return nil })
		log, logs := testkit.Logger(zapcore.DebugLevel)
		m := a.start(middleware.Logging(log))
		returned := false
		testkit.OnGoroutine(func() { _ = m.Send(context.Background(), join{}); returned = true })
		assert.False(t, returned)
		assert.Equal(t, []string{"error join: exit cqrs.ErrExit"}, outcomesOf(t, logs))
	})

	t.Run("of what another request did is not that of the handler of an event", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, raises[join](joined{}))
		on(a, returns[joined](errHandler), cqrs.AfterScope())
		log, logs := testkit.Logger(zapcore.DebugLevel)
		inner := a.start()
		outer := newApp(t)
		on(outer, func(ctx context.Context, _ *self[nothing], _ joined) error { return inner.Send(ctx, join{}) })
		require.Error(t, outer.start(middleware.Logging(log)).Publish(t.Context(), joined{}))
		assert.Equal(t, []string{"error joined: error *cqrs.EventError"}, outcomesOf(t, logs))
	})
}

// A valueOf is an error with a method that needs it.
type valueOf struct{ text string }

func (e *valueOf) Error() string        { return "error" }
func (e *valueOf) Is(target error) bool { return e.text == target.Error() }

func TestLogging_panic(t *testing.T) {
	t.Parallel()

	t.Run("passes, with its value and its stack", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[join](nil), cqrs.WithMiddleware(cqrs.AroundScope(cqrs.MiddlewareFunc(blowUp))))
		log, logs := testkit.Logger(zapcore.DebugLevel)
		err := a.start(middleware.Logging(log)).Send(t.Context(), join{})
		p, ok := errors.AsType[*cqrs.PanicError](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, errOther, p.Value)
		assert.Contains(t, string(p.Stack), "middleware_test.blowUp", "the stack is that of the panic")
		assert.Equal(t, 1, logs.Len())
	})

	t.Run("of the consumer of a stream passes too", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		stream(a, yields[export](nil, 1))
		log, logs := testkit.Logger(zapcore.DebugLevel)
		m := a.start(middleware.Logging(log))
		assert.PanicsWithValue(t, "enough", func() {
			for range cqrs.Stream(t.Context(), m, export{}) {
				panic("enough")
			}
		})
		assert.Equal(t, []string{"error export: panic *cqrs.PanicError string"}, outcomesOf(t, logs))
	})

	t.Run("passes also if the logger panics", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[join](nil), cqrs.WithMiddleware(cqrs.AroundScope(cqrs.MiddlewareFunc(blowUp))))
		log := testkit.PanickingLoggers()["a hook"]
		err := a.start(middleware.Logging(log)).Send(t.Context(), join{})
		_, ok := errors.AsType[*cqrs.PanicError](err)
		require.True(t, ok, "%v", err)
	})
}

func blowUp(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { panic(errOther) }

func TestLogging_levels(t *testing.T) {
	t.Parallel()

	// run sends a message of each kind that is ok, and returns the levels.
	run := func(t *testing.T, at zapcore.Level, opts ...middleware.LoggingOption) []string {
		t.Helper()
		a := newApp(t)
		command(a, returns[join](nil))
		query(a, func(context.Context, *self[nothing], read) (string, error) { return "all", nil })
		stream(a, yields[export](nil, 1))
		on(a, returns[joined](nil))
		log, logs := testkit.Logger(at)
		m := a.start(middleware.Logging(log, opts...))
		require.NoError(t, m.Send(t.Context(), join{}))
		_, err := cqrs.Send(t.Context(), m, read{})
		require.NoError(t, err)
		_, err = testkit.Drain(cqrs.Stream(t.Context(), m, export{}))
		require.NoError(t, err)
		require.NoError(t, m.Publish(t.Context(), joined{}))
		return outcomesOf(t, logs)
	}

	t.Run("are those of the kinds", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, []string{"info join: ok", "debug read: ok", "debug export: ok", "info joined: ok"},
			run(t, zapcore.DebugLevel))
		assert.Equal(t, []string{"info join: ok", "info joined: ok"}, run(t, zapcore.InfoLevel))
		assert.Empty(t, run(t, zapcore.ErrorLevel))
		assert.Empty(t, run(t, zapcore.FatalLevel))
	})

	t.Run("can be set", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, []string{"debug join: ok", "info read: ok", "warn export: ok", "error joined: ok"},
			run(t, zapcore.DebugLevel,
				middleware.Level(cqrs.KindCommand, zapcore.DebugLevel),
				middleware.Level(cqrs.KindQuery, zapcore.InfoLevel),
				middleware.Level(cqrs.KindStream, zapcore.DebugLevel),
				middleware.Level(cqrs.KindStream, zapcore.WarnLevel),
				middleware.Level(cqrs.KindEvent, zapcore.ErrorLevel)))
	})

	t.Run("can change as the program runs", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[join](nil))
		level := zap.NewAtomicLevelAt(zapcore.FatalLevel)
		log, logs := testkit.Logger(level)
		m := a.start(middleware.Logging(log))
		require.NoError(t, m.Send(t.Context(), join{}))
		assert.Zero(t, logs.Len())
		level.SetLevel(zapcore.InfoLevel)
		require.NoError(t, m.Send(t.Context(), join{}))
		assert.Equal(t, 1, logs.Len())
	})

	// fail sends a message that fails.
	fail := func(t *testing.T, at zapcore.Level, err error, opts ...middleware.LoggingOption) []string {
		t.Helper()
		a := newApp(t)
		command(a, returns[join](err))
		log, logs := testkit.Logger(at)
		require.Error(t, a.start(middleware.Logging(log, opts...)).Send(t.Context(), join{}))
		return outcomesOf(t, logs)
	}

	t.Run("of failures can be set, of all or of some, and the last one goes first", func(t *testing.T) {
		t.Parallel()
		const line = " join: error *errors.errorString"
		warn, info := middleware.FailureLevel(zapcore.WarnLevel),
			middleware.FailureLevel(zapcore.InfoLevel, errOther, errHandler)
		assert.Equal(t, []string{"warn" + line}, fail(t, zapcore.DebugLevel, errHandler, warn))
		assert.Equal(t, []string{"info" + line}, fail(t, zapcore.DebugLevel, fmt.Errorf("%w", errHandler), warn, info))
		assert.Equal(t, []string{"warn" + line}, fail(t, zapcore.DebugLevel, errFinalizer, warn, info))
		assert.Equal(t, []string{"error" + line}, fail(t, zapcore.DebugLevel, errFinalizer, info))
		assert.Equal(t, []string{"warn" + line}, fail(t, zapcore.DebugLevel, errHandler, info, warn))
		assert.Empty(t, fail(t, zapcore.WarnLevel, errHandler, info))
	})

	t.Run("of failures are looked for with care", func(t *testing.T) {
		t.Parallel()
		pointer := (*valueOf)(nil)
		require.Panics(t, func() { _ = errors.Is(pointer, errOther) })
		assert.Equal(t, []string{"error join: error *middleware_test.valueOf"},
			fail(t, zapcore.DebugLevel, pointer, middleware.FailureLevel(zapcore.InfoLevel, errOther)))
	})

	t.Run("of failures may be below those of the kinds", func(t *testing.T) {
		t.Parallel()
		quiet := middleware.FailureLevel(zapcore.DebugLevel)
		assert.Equal(t, []string{"info join: ok", "info joined: ok"}, run(t, zapcore.InfoLevel, quiet))
		assert.Empty(t, fail(t, zapcore.InfoLevel, errHandler, quiet))
	})

	t.Run("where only failures are logged", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, []string{"error join: error *errors.errorString"}, fail(t, zapcore.ErrorLevel, errHandler))
		assert.Empty(t, fail(t, zapcore.FatalLevel, errHandler))
	})

	t.Run("have options with names", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, "Level(query, debug)", middleware.Level(cqrs.KindQuery, zapcore.DebugLevel).String())
		assert.Equal(t, "FailureLevel(warn)", middleware.FailureLevel(zapcore.WarnLevel, errOther).String())
	})
}

// TestLogging_privacy has contents wherever there is room, and looks for them in
// what a real encoder writes.
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

func TestLogging_is_checked_at_start_up(t *testing.T) {
	t.Parallel()
	_, err := bootstrap.New(newApp(t).container, nil, nil, bootstrap.WithMiddleware(middleware.Logging(nil)))
	require.ErrorAs(t, err, new(*middleware.ConfigError))
	log, _ := testkit.Logger(zapcore.DebugLevel)
	for _, opt := range []middleware.LoggingOption{
		nil,
		middleware.Level(cqrs.KindCommand, zapcore.FatalLevel),
		middleware.Level(cqrs.KindCommand, zapcore.InvalidLevel),
		middleware.Level(0, zapcore.InfoLevel),
		middleware.Level(cqrs.KindEvent+1, zapcore.InfoLevel),
		middleware.FailureLevel(zapcore.PanicLevel),
		middleware.FailureLevel(zapcore.WarnLevel, errOther, nil),
	} {
		problems := newApp(t).problems(middleware.Logging(log, opt, middleware.Level(cqrs.KindQuery, zapcore.InfoLevel)))
		require.Len(t, problems, 1, "%v", opt)
		require.ErrorAs(t, problems[0], new(*middleware.ConfigError))
	}
}
