package cqrs_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

func TestMiddleware(t *testing.T) {
	t.Parallel()

	t.Run("wraps requests, in-scope events and after-scope events, the first outermost", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, Joined{N: 1}, Greeted{N: 2})
		on[first](a, noting[Joined](a, "joined"))
		on[first](a, noting[Greeted](a, "mail"), cqrs.AfterScope())
		m := a.start(bootstrap.WithMiddleware(around(a, "outer"), around(a, "inner")))
		require.NoError(t, m.Send(t.Context(), Join{}))
		assert.Equal(t, []string{
			"outer: command cqrs_test.Join", "inner: command cqrs_test.Join", "join", "inner: end", "outer: end",
			"outer: event cqrs_test.Joined", "inner: event cqrs_test.Joined", "joined 1", "inner: end", "outer: end",
			"outer: event cqrs_test.Greeted", "inner: event cqrs_test.Greeted", "mail 2", "inner: end", "outer: end",
		}, a.notes())
	})

	t.Run("wraps nested sends and published events", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a)
		command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Leave) error { return h.need.Send(ctx, Join{}) })
		on[first](a, noting[Joined](a, "joined"))
		m := a.start(bootstrap.WithMiddleware(around(a, "m")))
		require.NoError(t, m.Send(t.Context(), Leave{}))
		require.NoError(t, m.Publish(t.Context(), Joined{N: 3}))
		assert.Equal(t, []string{
			"m: command cqrs_test.Leave", "m: command cqrs_test.Join", "join", "m: end", "m: end",
			"m: event cqrs_test.Joined", "joined 3", "m: end",
		}, a.notes())
	})

	t.Run("wraps a stream from before the first item to after the last", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, itemsOf(1, 2))
		var result any = "unset"
		m := a.start(bootstrap.WithMiddleware(around(a, "m"), cqrs.MiddlewareFunc(
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (_ any, err error) {
				result, err = next(ctx, in)
				return result, err
			})))
		for n, err := range cqrs.Stream(t.Context(), m, Export{}) {
			require.NoError(t, err)
			a.note("item %d", n)
		}
		assert.Equal(t, []string{"m: stream cqrs_test.Export", "item 1", "item 2", "m: end", "commit 1"}, a.notes())
		assert.Nil(t, result)
	})

	t.Run("receives the kind, the message, the handler and the binding", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		request(a, func(context.Context, *self[nothing], Read) (string, error) { return "read", nil })
		m := a.start(with(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			assert.Equal(t, cqrs.KindQuery, in.Kind())
			assert.Equal(t, Read{N: 3}, in.Message())
			assert.Equal(t, "*cqrs_test.requestHandler[cqrs_test.Read,string,cqrs_test.nothing]", in.Handler())
			assert.Equal(t, reflect.TypeFor[Read](), in.Binding().Message())
			assert.Equal(t, reflect.TypeFor[string](), in.Binding().Result())
			assert.Contains(t, in.Binding().Where(), "fixture_test.go:")
			result, err := next(ctx, in)
			assert.Equal(t, "read", result)
			return result, err
		}))
		_, err := cqrs.Send(t.Context(), m, Read{N: 3})
		require.NoError(t, err)
	})

	t.Run("runs before the handler is built", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.provide(func() *tx { a.note("built"); return new(tx) }, container.Scoped())
		command(a, func(context.Context, *self[*tx], Join) error { return nil })
		require.NoError(t, a.start(bootstrap.WithMiddleware(around(a, "m"))).Send(t.Context(), Join{}))
		assert.Equal(t, []string{"m: command cqrs_test.Join", "built", "m: end"}, a.notes())
	})

	t.Run("can change the context", func(t *testing.T) {
		t.Parallel()
		type key struct{}
		a := newApp(t)
		command(a, func(ctx context.Context, _ *self[nothing], _ Join) error {
			assert.Equal(t, "value", ctx.Value(key{}))
			return nil
		})
		m := a.start(with(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			return next(context.WithValue(ctx, key{}, "value"), in)
		}))
		require.NoError(t, m.Send(t.Context(), Join{}))
	})
}

// A wrongInterceptor is a middleware that the container builds.
type wrongInterceptor struct{}

func (*wrongInterceptor) Handle(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) {
	return "wrong", nil
}

func TestMiddleware_Names(t *testing.T) {
	t.Parallel()

	wrong := cqrs.MiddlewareFunc(func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { return "wrong", nil })
	place := `the middleware at .*middleware_test\.go:\d+`
	for name, test := range map[string]struct {
		put  func(a *app) cqrs.Middleware
		want string
	}{
		"a function":                {func(*app) cqrs.Middleware { return wrong }, place},
		"a function in Only":        {func(*app) cqrs.Middleware { return cqrs.Only[Count](wrong) }, place},
		"a function in AroundScope": {func(*app) cqrs.Middleware { return cqrs.AroundScope(wrong) }, place},
		"a function in PerBinding": {func(*app) cqrs.Middleware {
			return cqrs.PerBinding(func(*cqrs.Binding) cqrs.Middleware { return wrong })
		}, place},
		"a method": {func(*app) cqrs.Middleware { return cqrs.MiddlewareFunc(new(wrongInterceptor).Handle) },
			`the middleware at .*wrongInterceptor.*Handle`},
		"one that the container builds": {func(*app) cqrs.Middleware { return cqrs.Built[*wrongInterceptor]() },
			`the middleware \*cqrs_test\.wrongInterceptor`},
		"one after another": {func(a *app) cqrs.Middleware {
			return cqrs.Checked(func([]*cqrs.Binding) []error { return nil }, mark(a, "m"), wrong)
		}, place},
	} {
		t.Run("of "+name+" is in the error of a wrong result", func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			a.provide(func() *wrongInterceptor { return new(wrongInterceptor) })
			request(a, func(context.Context, *self[nothing], Count) (int, error) { return 42, nil })
			_, err := cqrs.Send(t.Context(), a.start(bootstrap.WithMiddleware(test.put(a))), Count{})
			e, is := errors.AsType[*cqrs.MiddlewareError](err)
			require.True(t, is, "%v", err)
			require.ErrorIs(t, err, cqrs.ErrResultType)
			assert.Regexp(t, "^"+test.want+"$", e.Middleware)
			require.ErrorContains(t, err, e.Middleware)
		})
	}

	t.Run("of a group contains those of its members", func(t *testing.T) {
		t.Parallel()
		assert.Regexp(t,
			`^AroundScope\(Only\[cqrs_test\.Noted\]\(`+place+`\), the middleware \*cqrs_test\.wrongInterceptor, PerBinding\)$`,
			cqrs.AroundScope(cqrs.Only[Noted](wrong), cqrs.Built[*wrongInterceptor](), cqrs.PerBinding(nil)).String())
		assert.Regexp(t, `^WithMiddleware\(`+place+`\)$`, cqrs.WithMiddleware(wrong).String())
	})
}
