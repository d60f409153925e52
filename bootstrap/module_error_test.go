package bootstrap_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"
	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// moduleMisuses are mistakes with modules, and with a mediator in the container.
func moduleMisuses() []misuse {
	type module = bootstrap.Module
	with := func(name string, reason error, modules ...module) misuse {
		return misuse{name, reason, func() (*cqrs.Mediator, error) { return newWith(bootstrap.WithModules(modules...)) }}
	}
	// provided is a misuse of the mediator that Provide provides to a container.
	provided := func(name string, provide func(c *container.Container) error) misuse {
		return misuse{name, bootstrap.ErrMediatorCycle, func() (*cqrs.Mediator, error) {
			c := container.New()
			err := provide(c)
			if err == nil {
				err = c.Invoke(func(*cqrs.Mediator) {})
			}
			problems, _ := errors.AsType[*bootstrap.Error](err)
			return nil, problems
		}}
	}
	return []misuse{
		with("module_twice", bootstrap.ErrOption, module{Name: "seating"}, module{Name: "seating"}),
		with("module_without_name", bootstrap.ErrOption, module{}),
		with("module_startup", bootstrap.ErrOption, module{Name: "seating", OnStartup: []func() error{nil}}),
		with("module_startup_failed", bootstrap.ErrStartup, module{Name: "seating", OnStartup: []func() error{connect}}),
		with("module_mapper", bootstrap.ErrMapper, module{Name: "seating", Commands: panicInMapper}),
		with("module_middleware", nil, module{Name: "seating", Middleware: []cqrs.Middleware{nil}}),
		with("module_provide", bootstrap.ErrModule, module{Name: "seating", Constructors: []any{newUsher, newUsher}}),
		with("module_constructor_nil", container.ErrRefused, module{Name: "seating", Constructors: []any{newUsher, nil}}),
		with("module_constructor_option", container.ErrRefused,
			module{Name: "seating", Constructors: []any{newUsher, container.Scoped()}}),
		with("module_built_missing", container.ErrMissing,
			module{Name: "seating", Constructors: []any{newTakeSeatHandler}, Commands: bindTakeSeat,
				Middleware: []cqrs.Middleware{cqrs.Built[*usher]()}}),
		with("module_missing", container.ErrMissing, module{Name: "seating", Commands: bindTakeSeat}),
		{"module_described", bootstrap.ErrModule, func() (*cqrs.Mediator, error) {
			c := container.New()
			of := func(name string) bootstrap.Option {
				return bootstrap.WithModules(module{Name: "seating", Constructors: []any{func() *usher { _ = name; return nil }}})
			}
			if _, err := bootstrap.Describe(c, nil, nil, of("")); err != nil {
				return nil, err
			}
			return bootstrap.New(c, nil, nil, of("Ada"))
		}},
		{"module_conflict", cqrs.ErrDuplicate, func() (*cqrs.Mediator, error) {
			c := container.New()
			_ = c.Provide(newTakeSeatHandler)
			return bootstrap.New(c, nil, nil, bootstrap.WithModules(
				module{Name: "seating", Commands: bindTakeSeat},
				module{Name: "theatre", Commands: bindTakeSeat}))
		}},
		provided("mediator_cycle", func(c *container.Container) error {
			return errors.Join(bootstrap.Provide(c, bindTakeSeat, nil), c.Provide(newTakeSeatHandlerOfMediator))
		}),
		provided("mediator_in_startup", func(c *container.Container) error {
			send := func() error { return c.Invoke(useMediator) }
			return bootstrap.Provide(c, nil, nil, bootstrap.WithOnStartup(send))
		}),
		provided("mediator_in_mapper", func(c *container.Container) error {
			return bootstrap.Provide(c, func(*cqrs.RequestMap) {
				if err := c.Invoke(useMediator); err != nil {
					panic(err)
				}
			}, nil)
		}),
		provided("mediator_in_module", func(c *container.Container) error {
			return bootstrap.Provide(c, nil, nil, bootstrap.WithModules(
				module{Name: "seating", Provide: func(c *container.Container) error { return c.Invoke(useMediator) }}))
		}),
		provided("mediator_in_constructor", func(c *container.Container) error {
			return errors.Join(
				bootstrap.Provide(c, bindTakeSeat, nil),
				c.Provide(newTakeSeatHandlerOfPlan),
				c.Provide(func() (*seatPlan, error) { return nil, c.Invoke(useMediator) }),
			)
		}),
	}
}

func useMediator(*cqrs.Mediator)                 {}
func newPlanOfMediator(*cqrs.Mediator) *seatPlan { return nil }

func TestProvide_Errors(t *testing.T) {
	t.Parallel()
	quiet := bootstrap.WithLogger(zap.NewNop())

	t.Run("are those that dig users look for: dig.RootCause is the error of New", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, bootstrap.Provide(c, bindTakeSeat, nil, quiet), "although nothing provides the handler")
		require.NoError(t, c.Provide(newServer))
		err := c.Invoke(func(*server) {})
		problems, ok := dig.RootCause(err).(*bootstrap.Error)
		require.True(t, ok, "%T", dig.RootCause(err))
		require.Len(t, problems.Problems, 1)
		require.ErrorIs(t, problems, container.ErrMissing)
		require.ErrorContains(t, err, "newServer")
	})

	t.Run("name each constructor that needs the mediator it is needed for", func(t *testing.T) {
		t.Parallel()
		type in struct {
			dig.In
			Mediator *cqrs.Mediator `optional:"true"`
		}
		c := container.New()
		require.NoError(t, bootstrap.Provide(c, bindTakeSeat, nil, quiet,
			bootstrap.WithMiddleware(cqrs.Built[*usher]())))
		require.NoError(t, c.ProvideAll(newTakeSeatHandlerOfPlan, func(*server) *seatPlan { return nil }, newServer))
		require.NoError(t, c.Provide(func(in) *usher { return newUsher() }, container.Scoped()))
		for range 2 {
			err := c.Invoke(useMediator)
			problems, ok := errors.AsType[*bootstrap.Error](err)
			require.True(t, ok, "%v", err)
			require.Len(t, problems.Problems, 2, "%v", err)
			for i, want := range []string{
				`needed by \S+func\S+ \(\S+module_error_test.go:\d+\), a middleware at \S+, and is`,
				`needed by \S+newServer \(\S+\), for \S+func\S+ \(\S+\), for \S+newTakeSeatHandlerOfPlan \(\S+\), bound to `,
			} {
				require.ErrorIs(t, problems.Problems[i], bootstrap.ErrMediatorCycle)
				require.ErrorIs(t, problems.Problems[i], container.ErrCycle)
				assert.Regexp(t, want, problems.Problems[i].Error())
			}
		}
	})

	t.Run("name only the constructor that asks for a mediator that is decorated", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, bootstrap.Provide(c, bindTakeSeat, nil, quiet))
		require.NoError(t, c.Decorate(func(m *cqrs.Mediator) *cqrs.Mediator { return m }))
		require.NoError(t, c.Provide(newTakeSeatHandlerOfMediator))
		problems, ok := errors.AsType[*bootstrap.Error](c.Invoke(useMediator))
		require.True(t, ok)
		require.Len(t, problems.Problems, 1, "%v", problems)
		require.ErrorIs(t, problems, bootstrap.ErrMediatorCycle)
		require.ErrorContains(t, problems, "newTakeSeatHandlerOfMediator")
	})

	t.Run("name a constructor that was provided to dig directly", func(t *testing.T) {
		t.Parallel()
		raw := dig.New()
		c := container.Wrap(raw)
		require.NoError(t, bootstrap.Provide(c, bindTakeSeat, nil, quiet))
		require.NoError(t, raw.Provide(newPlanOfMediator))
		require.NoError(t, c.Provide(newTakeSeatHandlerOfPlan))
		err := c.Invoke(useMediator)
		require.ErrorIs(t, err, bootstrap.ErrMediatorCycle)
		require.ErrorContains(t, err, "newPlanOfMediator")
	})

	t.Run("do not occur if only something that no handler needs asks for the mediator", func(t *testing.T) {
		t.Parallel()
		type workers struct {
			dig.In
			All []*server `group:"workers,soft"`
		}
		c := container.New()
		require.NoError(t, bootstrap.Provide(c, bindTakeSeatFunc, nil, quiet))
		require.NoError(t, c.Provide(func(workers) takeSeatFunc { return nil }))
		require.NoError(t, c.Provide(newServer, dig.Group("workers")))
		require.NoError(t, c.Invoke(useMediator))
	})

	t.Run("do not occur for the mediator of another container", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, bootstrap.Provide(c, nil, nil, quiet))
		require.NoError(t, c.Provide(newTakeSeatHandlerOfMediator))
		_, err := bootstrap.New(c, bindTakeSeat, nil, quiet)
		require.NoError(t, err, "New makes a second mediator")
	})
}
