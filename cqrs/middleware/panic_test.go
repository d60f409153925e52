package middleware_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// A panic becomes an error of the request without any middleware, and with all of it.
func TestPanic(t *testing.T) {
	t.Parallel()
	log, _ := testkit.Logger(zapcore.DebugLevel)
	all := func() []cqrs.Middleware {
		return []cqrs.Middleware{
			middleware.Logging(log),
			middleware.Authorization(func(context.Context, any) error { return nil }),
			middleware.Validation(),
			middleware.Timeout(time.Hour),
		}
	}
	panics := cqrs.MiddlewareFunc(func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { panic(errOther) })

	for _, test := range []struct {
		name   string
		stands []cqrs.Middleware
		build  func(a *app)
		send   func(context.Context, *cqrs.Mediator) error
	}{
		{"in the handler of a command", nil, func(a *app) {
			command(a, func(context.Context, *self[nothing], join) error { panic(errOther) })
		}, sendJoin},
		{"in the handler of an event", nil, func(a *app) {
			command(a, raises[join](joined{}))
			on(a, func(context.Context, *self[nothing], joined) error { panic(errOther) })
		}, sendJoin},
		{"in the handler of an event after the scope", nil, func(a *app) {
			command(a, raises[join](joined{}))
			on(a, func(context.Context, *self[nothing], joined) error { panic(errOther) }, cqrs.AfterScope())
		}, sendJoin},
		{"in the handler of a stream", nil, func(a *app) {
			stream(a, func(context.Context, *self[nothing], export) iter.Seq2[int, error] {
				return func(func(int, error) bool) { panic(errOther) }
			})
		}, func(ctx context.Context, m *cqrs.Mediator) error {
			_, err := testkit.Drain(cqrs.Stream(ctx, m, export{}))
			return err
		}},
		{"in a middleware", []cqrs.Middleware{panics}, func(a *app) { command(a, returns[join](nil)) }, sendJoin},
		{"in a middleware around the scope", []cqrs.Middleware{cqrs.AroundScope(panics)},
			func(a *app) { command(a, returns[join](nil)) }, sendJoin},
	} {
		for with, before := range map[string][]cqrs.Middleware{"": nil, ", with all middlewares,": all()} {
			t.Run(test.name+with+" is a PanicError, and the next request is fine", func(t *testing.T) {
				t.Parallel()
				a := newApp(t)
				test.build(a)
				query(a, func(context.Context, *self[nothing], read) (string, error) { return "fine", nil })
				m := a.start(append(before, onlyFor(test.stands))...)
				err := test.send(t.Context(), m)
				p, ok := errors.AsType[*cqrs.PanicError](err)
				require.True(t, ok, "%v", err)
				assert.Equal(t, errOther, p.Value)
				assert.Contains(t, string(p.Stack), "panic_test.go", "the stack is that of the panic")
				got, err := cqrs.Send(t.Context(), m, read{})
				require.NoError(t, err)
				assert.Equal(t, "fine", got)
			})
		}
	}
}

func sendJoin(ctx context.Context, m *cqrs.Mediator) error { return m.Send(ctx, join{}) }

// onlyFor returns middleware that wraps only commands.
func onlyFor(stands []cqrs.Middleware) cqrs.Middleware {
	return cqrs.Only[cqrs.Request[cqrs.Unit]](stands...)
}
