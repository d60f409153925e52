package middleware_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
)

// A brokenCore panics where it is told to.
type brokenCore struct {
	zapcore.Core
	enabled, check bool // otherwise when it writes
}

func (c brokenCore) Enabled(l zapcore.Level) bool {
	if c.enabled {
		panic("Enabled")
	}
	return c.Core.Enabled(l)
}

func (c brokenCore) With([]zap.Field) zapcore.Core { return c }

func (c brokenCore) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.check {
		panic("Check")
	}
	return ce.AddCore(e, c)
}

func (c brokenCore) Write(zapcore.Entry, []zap.Field) error { panic("Write") }

func TestLogging_logger_that_panics(t *testing.T) {
	t.Parallel()
	log, _ := logger(zapcore.DebugLevel)
	for name, core := range map[string]brokenCore{
		"when it is asked for its level": {Core: log.Core(), enabled: true},
		"when it is asked to log":        {Core: log.Core(), check: true},
		"when it writes":                 {Core: log.Core()},
	} {
		t.Run(name+" has no effect on the outcome", func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			a.withTx(nil)
			command(a, func(_ context.Context, h *self[*tx], _ join) error { h.Record(joined{}); return nil })
			on(a, returns[joined](errOther), cqrs.AfterScope())
			query(a, func(context.Context, *self[nothing], read) (string, error) { return "", errHandler })
			stream(a, yields[export](nil, 1, 2))
			command(a, func(context.Context, *self[nothing], leave) error { panic("boom") })
			m := a.start(middleware.Logging(zap.New(core)))

			err := m.Send(t.Context(), join{})
			assert.True(t, cqrs.Done(err))
			require.ErrorIs(t, err, errOther)
			assert.Equal(t, []string{"begin", "commit"}, a.notes())

			_, err = cqrs.Send(t.Context(), m, read{})
			assert.Equal(t, errHandler, err)
			items, err := drain(cqrs.Stream(t.Context(), m, export{}))
			require.NoError(t, err)
			assert.Equal(t, []int{1, 2}, items)
			for range cqrs.Stream(t.Context(), m, export{}) {
				break
			}
			var p *cqrs.PanicError
			require.ErrorAs(t, m.Send(t.Context(), leave{}), &p)
			assert.Equal(t, "boom", p.Value)
			assert.PanicsWithValue(t, "enough", func() {
				for range cqrs.Stream(t.Context(), m, export{}) {
					panic("enough")
				}
			})
		})

		t.Run(name+" lets a handler end its goroutine", func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			command(a, func(context.Context, *self[nothing], join) error { runtime.Goexit(); return nil })
			m := a.start(middleware.Logging(zap.New(core)))
			returned := false
			onItsOwnGoroutine(func() { _ = m.Send(context.Background(), join{}); returned = true })
			assert.False(t, returned)
		})
	}
}

// TestLogging_panic_of_nil is for programs in which recover may return nil for a
// panic. It sets that for all goroutines, so nothing runs beside it.
func TestLogging_panic_of_nil(t *testing.T) {
	t.Setenv("GODEBUG", "panicnil=1")
	a := newApp(t)
	on(a, returns[joined](nil), cqrs.WithMiddleware(cqrs.AroundScope(cqrs.MiddlewareFunc(
		func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { panic(nil) }))))
	log, _ := logger(zapcore.DebugLevel)
	assert.Error(t, a.start(middleware.Logging(log)).Publish(t.Context(), joined{}), "it is no success")
}
