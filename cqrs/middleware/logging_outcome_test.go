package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

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
		{"that the handler of an event panicked", func(a *app) {
			command(a, raises[join](joined{}))
			on(a, func(context.Context, *self[nothing], joined) error { panic(errHandler) })
		}, []string{"debug joined: panic *cqrs.PanicError *errors.errorString", "error join: error *cqrs.EventError"}},
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
		{"that a command sent by the handler panicked", func(a *app) {
			command(a, func(ctx context.Context, h *self[cqrs.Sender], _ join) error { return h.need.Send(ctx, leave{}) })
			command(a, func(context.Context, *self[nothing], leave) error { panic(1) })
		}, []string{"debug leave: panic *cqrs.PanicError int", "error join: error *cqrs.PanicError int"}},
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

	t.Run("that the consumer of a stream stopped, which is not a failure", func(t *testing.T) {
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

	t.Run("of another request is not that of the handler of an event", func(t *testing.T) {
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

// valueOf is an error with a method that needs it.
type valueOf struct{ text string }

func (e *valueOf) Error() string { return "error" }

func (e *valueOf) Is(target error) bool { return e.text == target.Error() }
