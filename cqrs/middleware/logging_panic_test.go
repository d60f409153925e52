package middleware_test

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestLogging_logger_that_panics(t *testing.T) {
	t.Parallel()
	for where, log := range testkit.PanickingLoggers() {
		t.Run("in "+where+" has no effect on the outcome", func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			a.withTx(nil)
			command(a, func(_ context.Context, h *self[*tx], _ join) error { h.Record(joined{}); return nil })
			on(a, returns[joined](errOther), cqrs.AfterScope())
			query(a, func(context.Context, *self[nothing], read) (string, error) { return "", errHandler })
			stream(a, yields[export](nil, 1, 2))
			command(a, func(context.Context, *self[nothing], leave) error { panic("boom") })
			m := a.start(middleware.Logging(log))

			err := m.Send(t.Context(), join{})
			assert.True(t, cqrs.Done(err))
			require.ErrorIs(t, err, errOther)
			assert.Equal(t, []string{"begin", "commit"}, a.Notes())

			_, err = cqrs.Send(t.Context(), m, read{})
			assert.Equal(t, errHandler, err)
			items, err := testkit.Drain(cqrs.Stream(t.Context(), m, export{}))
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

		t.Run("in "+where+" lets a handler end its goroutine", func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			command(a, func(context.Context, *self[nothing], join) error { runtime.Goexit(); return nil })
			m := a.start(middleware.Logging(log))
			returned := false
			testkit.OnGoroutine(func() { _ = m.Send(context.Background(), join{}); returned = true })
			assert.False(t, returned)
		})
	}
}

// TestLogging_panic_of_nil covers programs in which recover may return nil for a panic.
// That is set for all goroutines, so the test is not parallel.
func TestLogging_panic_of_nil(t *testing.T) {
	t.Setenv("GODEBUG", "panicnil=1")
	a := newApp(t)
	on(a, returns[joined](nil), cqrs.WithMiddleware(cqrs.AroundScope(cqrs.MiddlewareFunc(
		func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { panic(nil) }))))
	log, _ := testkit.Logger(zapcore.DebugLevel)
	assert.Error(t, a.start(middleware.Logging(log)).Publish(t.Context(), joined{}), "it is no success")
}

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

	t.Run("passes even if the logger panics", func(t *testing.T) {
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
