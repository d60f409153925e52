package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestLogging_levels(t *testing.T) {
	t.Parallel()

	// run sends a message of each kind that succeeds, and returns the levels.
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

	t.Run("of failures can be set, for all or for some, and the last one wins", func(t *testing.T) {
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

	t.Run("of rejections are Info, unless an option names the error", func(t *testing.T) {
		t.Parallel()
		const line = " join: rejected middleware.ErrDenied"
		denied := fmt.Errorf("%w: not you", middleware.ErrDenied)
		warn := middleware.FailureLevel(zapcore.WarnLevel)
		assert.Equal(t, []string{"info" + line}, fail(t, zapcore.DebugLevel, denied))
		assert.Equal(t, []string{"info" + line}, fail(t, zapcore.DebugLevel, denied, warn))
		assert.Equal(t, []string{"error" + line}, fail(t, zapcore.DebugLevel, denied,
			warn, middleware.FailureLevel(zapcore.ErrorLevel, middleware.ErrDenied)))
	})

	t.Run("of failures are looked up safely", func(t *testing.T) {
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
