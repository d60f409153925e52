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

func TestMiddleware_Startup(t *testing.T) {
	t.Parallel()

	fine := cqrs.MiddlewareFunc(passOn)
	typedNil := cqrs.For[Join](nil)
	for name, m := range map[string]cqrs.Middleware{
		"a nil function":                cqrs.MiddlewareFunc(nil),
		"a nil function of For":         typedNil,
		"nil in AroundScope":            cqrs.AroundScope(fine, nil),
		"a nil function in AroundScope": cqrs.AroundScope(cqrs.MiddlewareFunc(nil)),
		"nil in Only":                   cqrs.Only[cqrs.Request[cqrs.Unit]](nil, fine),
		"nil in Checked":                cqrs.Checked(func([]*cqrs.Binding) []error { return nil }, nil),
		"a nil check":                   cqrs.Checked(nil, fine),
		"nil in OnRetry":                cqrs.OnRetry(func(context.Context, *cqrs.Invocation, error) {}, nil, fine),
		"a nil report":                  cqrs.OnRetry(nil, fine),
		"a nil choice":                  cqrs.PerBinding(nil),
		"a nil choice, deep":            cqrs.AroundScope(cqrs.Only[cqrs.Request[cqrs.Unit]](cqrs.PerBinding(nil))),
		"a choice of a nil function": cqrs.PerBinding(
			func(*cqrs.Binding) cqrs.Middleware { return cqrs.MiddlewareFunc(nil) }),
		"a choice of nil in AroundScope": cqrs.PerBinding(
			func(*cqrs.Binding) cqrs.Middleware { return cqrs.AroundScope(nil) }),
		"a choice of a nil choice": cqrs.PerBinding(func(*cqrs.Binding) cqrs.Middleware { return cqrs.PerBinding(nil) }),
		"a choice of a choice of nil": cqrs.PerBinding(func(*cqrs.Binding) cqrs.Middleware {
			return cqrs.PerBinding(func(*cqrs.Binding) cqrs.Middleware { return typedNil })
		}),
		"a choice of nil in AroundScope of PerBinding": cqrs.AroundScope(
			cqrs.PerBinding(func(*cqrs.Binding) cqrs.Middleware { return cqrs.Only[cqrs.Request[cqrs.Unit]](nil) })),
	} {
		t.Run("reports "+name+" once, as an option of all bindings and of one", func(t *testing.T) {
			t.Parallel()
			around := newApp(t)
			joinRecords(around)
			own := newApp(t)
			bindTarget(own, commandTo[first](own, func(context.Context, *self[nothing], Join) error { return nil }),
				cqrs.WithMiddleware(m))
			for _, all := range [][]error{problems(t, around, bootstrap.WithMiddleware(fine, m)), problems(t, own)} {
				require.Len(t, all, 1)
				require.ErrorAs(t, all[0], new(*cqrs.MiddlewareError))
				_, is := errors.AsType[*cqrs.MiddlewareError](all[0])
				assert.True(t, is)
			}
		})
	}

	t.Run("reports nil as an option of all and of one binding", func(t *testing.T) {
		t.Parallel()
		_, err := newApp(t).tryStart(bootstrap.WithMiddleware(fine, nil))
		require.ErrorIs(t, err, bootstrap.ErrOption)
		a := newApp(t)
		bindTarget(a, commandTo[first](a, func(context.Context, *self[nothing], Join) error { return nil }),
			cqrs.WithMiddleware(nil, fine, nil))
		on[first](a, noting[Joined](a, "joined"), cqrs.WithMiddleware(nil))
		all := problems(t, a)
		require.Len(t, all, 3)
		for _, err := range all {
			require.ErrorAs(t, err, new(*cqrs.MiddlewareError))
		}
	})

	t.Run("ignores a nil option of a binding", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		bindTarget(a, commandTo[first](a, func(context.Context, *self[nothing], Join) error { return nil }),
			nil, cqrs.WithMiddleware(), nil)
		on[first](a, noting[Joined](a, "joined"), nil)
		require.NoError(t, a.start().Send(t.Context(), Join{}))
	})

	forLeave := cqrs.For(
		func(ctx context.Context, _ Leave, next func(context.Context) (cqrs.Unit, error)) (cqrs.Unit, error) {
			return next(ctx)
		})
	for name, bind := range map[string]func(a *app) []bootstrap.Option{
		"a request that is not bound": func(a *app) []bootstrap.Option {
			return []bootstrap.Option{bootstrap.WithMiddleware(forLeave)}
		},
		"a request other than that of the binding": func(a *app) []bootstrap.Option {
			bindTarget(a, commandTo[second](a, func(context.Context, *self[nothing], Close) error { return nil }),
				cqrs.WithMiddleware(forLeave))
			command(a, func(context.Context, *self[nothing], Leave) error { return nil })
			return nil
		},
		"a request that Only excludes": func(a *app) []bootstrap.Option {
			command(a, func(context.Context, *self[nothing], Leave) error { return nil })
			return []bootstrap.Option{bootstrap.WithMiddleware(cqrs.AroundScope(cqrs.Only[Noted](forLeave)))}
		},
	} {
		t.Run("reports For, with its position, for "+name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			joinRecords(a)
			all := problems(t, a, bind(a)...)
			require.Len(t, all, 1)
			e, is := errors.AsType[*cqrs.MiddlewareError](all[0])
			require.True(t, is)
			require.ErrorAs(t, all[0], new(*cqrs.MiddlewareError))
			assert.Equal(t, reflect.TypeFor[Leave](), e.Message)
			assert.Contains(t, e.Middleware, "middleware_startup_test.go:")
		})
	}

	for name, m := range map[string]cqrs.Middleware{
		"choice": cqrs.PerBinding(func(*cqrs.Binding) cqrs.Middleware { panic(errPanic) }),
		"check":  cqrs.Checked(func([]*cqrs.Binding) []error { panic(errPanic) }),
	} {
		t.Run("reports a "+name+" that panics, as it does for a mapper", func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			joinRecords(a)
			require.NotPanics(t, func() {
				_, err := a.tryStart(bootstrap.WithMiddleware(m))
				require.ErrorIs(t, err, errPanic)
			})
		})
	}
}

func TestBuilt_Startup(t *testing.T) {
	t.Parallel()

	t.Run("is reported, with its position, if it or a dependency is not provided", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a)
		withKeeper[*inner](a, nil, container.Scoped())
		all := problems(t, a, bootstrap.WithMiddleware(cqrs.Built[*keeper[nothing]](), cqrs.Built[*keeper[*inner]]()))
		require.Len(t, all, 2)
		_, err := a.tryStart(bootstrap.WithMiddleware(cqrs.Built[*keeper[nothing]](), cqrs.Built[*keeper[*inner]]()))
		require.ErrorIs(t, err, container.ErrMissing)
		require.ErrorContains(t, err, "middleware_startup_test.go:")
		require.ErrorContains(t, err, "*cqrs_test.keeper[cqrs_test.nothing]")
		require.ErrorContains(t, err, "*cqrs_test.inner")
	})

	t.Run("is rejected around the scope if it is scoped, however it is wrapped", func(t *testing.T) {
		t.Parallel()
		b := cqrs.Built[*keeper[nothing]]
		for name, m := range map[string][]cqrs.Middleware{
			"AroundScope":            {cqrs.AroundScope(b())},
			"in Only":                {cqrs.Only[Join](cqrs.AroundScope(b()))},
			"around Only":            {cqrs.AroundScope(cqrs.Only[Join](b()))},
			"PerBinding":             {cqrs.AroundScope(cqrs.PerBinding(func(*cqrs.Binding) cqrs.Middleware { return b() }))},
			"after one in the scope": {b(), cqrs.AroundScope(b())},
		} {
			a := newApp(t)
			joinRecords(a)
			withKeeper[nothing](a, nil, container.Scoped())
			all := problems(t, a, bootstrap.WithMiddleware(m...))
			require.Len(t, all, 1, name)
			require.ErrorIs(t, all[0], bootstrap.ErrAroundScope, name)
		}
	})

	t.Run("is not needed if it wraps nothing", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a)
		require.NoError(t, a.start(bootstrap.WithMiddleware(cqrs.Only[Noted](cqrs.Built[*keeper[nothing]]()))).Send(
			t.Context(), Join{}))
	})

	t.Run("can be an interface that the container provides", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a)
		a.provide(func() cqrs.Interceptor { return &keeper[nothing]{a: a} })
		require.NoError(t, a.start(bootstrap.WithMiddleware(cqrs.Built[cqrs.Interceptor]())).Send(t.Context(), Join{}))
		assert.Equal(t, []string{"keeper 0 of cqrs_test.Join", "join"}, a.notes())
	})

	t.Run("is one singleton for two mediators of one container", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a)
		withKeeper[nothing](a, nil)
		for range 2 {
			require.NoError(t, a.start(bootstrap.WithMiddleware(cqrs.Built[*keeper[nothing]]())).Send(t.Context(), Join{}))
			assert.Equal(t, []string{"keeper 1 of cqrs_test.Join", "join"}, a.notes())
		}
	})

	t.Run("must be scoped if it needs a scoped value", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		joinRecords(a)
		withKeeper[*tx](a, nil)
		_, err := a.tryStart(bootstrap.WithMiddleware(cqrs.Built[*keeper[*tx]]()))
		require.ErrorIs(t, err, container.ErrCaptive)
	})
}
