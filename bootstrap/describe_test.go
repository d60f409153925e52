package bootstrap_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/topology"
	"github.com/digcqrs/digcqrs/internal/shop"
)

type (
	orderCar    struct{ cqrs.Command }
	carFactory  struct{}
	carHandler  struct{}
	fakeFactory struct{}
	factory     interface{ make() }
)

func (carFactory) make()                                   {}
func (fakeFactory) make()                                  {}
func (*carHandler) Handle(context.Context, orderCar) error { return nil }
func newCarHandler(factory) *carHandler                    { return &carHandler{} }
func newCarFactory() factory                               { return carFactory{} }
func bindCar(m *cqrs.RequestMap)                           { cqrs.BindCommand[*carHandler](m) }

func TestDescribe(t *testing.T) {
	t.Parallel()
	t.Run("describes what New wires", func(t *testing.T) {
		t.Parallel()
		app := shop.New()
		c, err := app.Container()
		require.NoError(t, err)
		got, err := bootstrap.Describe(c, app.BindRequests, app.BindEvents, app.Options...)
		require.NoError(t, err)
		assert.Equal(t, topologyOf(t, app), got)
	})

	t.Run("runs no constructor and no startup function, and leaves both to New", func(t *testing.T) {
		t.Parallel()
		built, started, describing := 0, 0, true
		newFactory := func() factory {
			if describing {
				panic("a constructor runs")
			}
			built++
			return carFactory{}
		}
		start := func() error {
			if describing {
				panic("a startup function runs")
			}
			started++
			return nil
		}
		module := bootstrap.Module{
			Name: "cars", Commands: bindCar, OnStartup: []func() error{start}, Constructors: []any{newCarHandler},
			Provide: func(c *container.Container) error { return c.Provide(newFactory) },
		}
		c := container.New()
		opts := []bootstrap.Option{bootstrap.WithModules(module), bootstrap.WithOnStartup(start)}
		var first topology.Application
		for range 2 {
			app, err := bootstrap.Describe(c, nil, nil, opts...)
			require.NoError(t, err)
			require.Len(t, app.Requests, 1)
			first = app
		}
		describing = false
		m, err := bootstrap.New(c, nil, nil, opts...)
		require.NoError(t, err)
		require.NoError(t, m.Send(t.Context(), orderCar{}))
		assert.Equal(t, 1, built)
		assert.Equal(t, 2, started)
		assert.Equal(t, first, m.Topology())
		app, err := bootstrap.Describe(c, nil, nil, opts...)
		require.NoError(t, err)
		assert.Equal(t, first, app)

		_, err = bootstrap.New(c, nil, nil, opts...)
		require.ErrorIs(t, err, bootstrap.ErrModule, "a second mediator cannot have the module")
	})

	t.Run("provides another module of the same name", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		_, err := bootstrap.Describe(c, nil, nil, bootstrap.WithModules(bootstrap.Module{Name: "cars"}))
		require.NoError(t, err)
		_, err = bootstrap.New(c, nil, nil, bootstrap.WithModules(bootstrap.Module{
			Name: "cars", Commands: bindCar, Constructors: []any{newCarHandler, func() factory { return carFactory{} }},
		}))
		require.NoError(t, err)
	})

	t.Run("provides no closure in place of that of New", func(t *testing.T) {
		t.Parallel()
		type made struct{ dsn string }
		for name, module := range map[string]func(dsn string) bootstrap.Module{
			"a constructor": func(dsn string) bootstrap.Module {
				return bootstrap.Module{Constructors: []any{func() *made { return &made{dsn} }}}
			},
			"a typed constructor": func(dsn string) bootstrap.Module {
				return bootstrap.Module{Constructors: []any{container.Typed(func(struct{ dig.In }) *made { return &made{dsn} })}}
			},
			"a function": func(dsn string) bootstrap.Module {
				return bootstrap.Module{Provide: func(c *container.Container) error {
					return c.Provide(func() *made { return &made{dsn} })
				}}
			},
		} {
			with := func(dsn string) bootstrap.Option {
				m := module(dsn)
				m.Name = "db"
				return bootstrap.WithModules(m)
			}
			c := container.New()
			described, other := with(""), with("file")
			_, err := bootstrap.Describe(c, nil, nil, described)
			require.NoError(t, err, name)
			_, err = bootstrap.Describe(c, nil, nil, other)
			require.ErrorIs(t, err, bootstrap.ErrModule, name)
			_, err = bootstrap.New(c, nil, nil, other)
			require.ErrorIs(t, err, bootstrap.ErrModule, name)
			require.ErrorContains(t, err, "which bootstrap.Describe has provided", name)
			_, err = bootstrap.New(c, nil, nil, described)
			require.NoError(t, err, name)
		}
	})

	t.Run("knows named functions in a module that is made anew", func(t *testing.T) {
		t.Parallel()
		cars := func() bootstrap.Option {
			return bootstrap.WithModules(bootstrap.Module{Name: "cars", Commands: bindCar, Constructors: []any{
				container.Typed(newCarHandler), newCarFactory,
			}})
		}
		c := container.New()
		_, err := bootstrap.Describe(c, nil, nil, cars())
		require.NoError(t, err)
		_, err = bootstrap.New(c, nil, nil, cars())
		require.NoError(t, err)
	})

	t.Run("leaves replacements and defaults open", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, c.ProvideAll(newCarHandler, func() factory { return carFactory{} }))
		before, err := bootstrap.Describe(c, bindCar, nil)
		require.NoError(t, err)
		require.NoError(t, c.Replace(func() factory { return fakeFactory{} }))
		after, err := bootstrap.Describe(c, bindCar, nil)
		require.NoError(t, err)
		assert.NotEqual(t, before, after)
		require.Equal(t, topology.Replacement, after.Components[1].Source, "%v", after)
		m, err := bootstrap.New(c, bindCar, nil)
		require.NoError(t, err)
		assert.Equal(t, after, m.Topology())
	})

	t.Run("reports what New reports without building anything", func(t *testing.T) {
		t.Parallel()
		for name, test := range map[string]struct {
			ctors []any
			opts  []bootstrap.Option
		}{
			"a missing handler":     {},
			"a missing dependency":  {ctors: []any{newCarHandler}},
			"a refused constructor": {ctors: []any{newCarHandler, func() factory { return carFactory{} }, 3}},
			"an option":             {opts: []bootstrap.Option{nil}},
			"a mapper":              {opts: []bootstrap.Option{bootstrap.WithQueries(func(*cqrs.RequestMap) { panic("mapper") })}},
			"a module": {opts: []bootstrap.Option{bootstrap.WithModules(
				bootstrap.Module{Name: "cars", Constructors: []any{3}})}},
			"a captive dependency": {
				ctors: []any{newCarHandler, func() factory { return carFactory{} }, func(context.Context) *scopedAudit { return nil }},
				opts:  []bootstrap.Option{bootstrap.WithMiddleware(cqrs.AroundScope(cqrs.Built[*scopedAudit]()))},
			},
		} {
			c := container.New()
			_ = c.ProvideAll(test.ctors...)
			_, err := bootstrap.Describe(c, bindCar, nil, test.opts...)
			var described *bootstrap.Error
			require.ErrorAs(t, err, &described, name)
			_, err = bootstrap.New(c, bindCar, nil, test.opts...)
			require.EqualError(t, err, described.Error(), name)
		}
		_, err := bootstrap.Describe(nil, bindCar, nil)
		require.ErrorIs(t, err, bootstrap.ErrNilContainer)
	})

	t.Run("does not report what only building shows", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, c.ProvideAll(newCarHandler, func() (factory, error) { return nil, errors.New("no factory") }))
		_, err := bootstrap.Describe(c, bindCar, nil)
		require.NoError(t, err)
		_, err = bootstrap.New(c, bindCar, nil)
		require.ErrorContains(t, err, "no factory")
	})

	t.Run("reports a handler that asks for the mediator of the container", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, c.ProvideAll(func(*cqrs.Mediator) *carHandler { return nil }))
		require.NoError(t, bootstrap.Provide(c, bindCar, nil))
		_, err := bootstrap.Describe(c, bindCar, nil)
		require.ErrorIs(t, err, bootstrap.ErrMediatorCycle)
	})
}

type scopedAudit struct{}

func (*scopedAudit) Handle(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	return next(ctx, in)
}
