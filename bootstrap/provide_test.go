package bootstrap_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// server is a singleton that sends requests.
type server struct{ mediator *cqrs.Mediator }

func newServer(m *cqrs.Mediator) *server { return &server{m} }

type takeSeatFunc = cqrs.CommandFunc[takeSeat]

func bindTakeSeatFunc(m *cqrs.RequestMap) { cqrs.BindCommand[takeSeatFunc](m) }

func TestProvide(t *testing.T) {
	t.Parallel()

	quiet := bootstrap.WithLogger(zap.NewNop())

	t.Run("gives singletons one mediator, which is made when it is first needed", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		sent, started := 0, 0
		require.NoError(t, bootstrap.Provide(c, bindTakeSeatFunc, nil, quiet,
			bootstrap.WithOnStartup(func() error { started++; return nil })))
		require.NoError(t, c.ProvideAll(newServer, func() takeSeatFunc {
			return func(context.Context, takeSeat) error { sent++; return nil }
		}))
		assert.Zero(t, started)
		require.NoError(t, c.Invoke(func(s *server, m *cqrs.Mediator) error {
			assert.Same(t, m, s.mediator)
			return s.mediator.Send(t.Context(), takeSeat{})
		}))
		require.NoError(t, c.Invoke(func(*server) {}))
		assert.Equal(t, 1, sent)
		assert.Equal(t, 1, started)
	})

	t.Run("fails whatever asks for the mediator if New fails", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, bootstrap.Provide(c, bindTakeSeat, nil, quiet))
		require.NoError(t, c.Provide(newServer))
		err := c.Invoke(func(*server) {})
		require.ErrorIs(t, err, container.ErrMissing)
		var problems *bootstrap.Error
		require.ErrorAs(t, err, &problems)
	})

	t.Run("calls New again if it has failed, and provides the constructors of modules only once", func(t *testing.T) {
		t.Parallel()
		c, failure := container.New(), errDown
		require.NoError(t, bootstrap.Provide(c, nil, nil, quiet, bootstrap.WithModules(bootstrap.Module{
			Name: "seating",
			Constructors: []any{
				func() (*database, error) { return &database{}, failure },
				func(*database) takeSeatFunc { return func(context.Context, takeSeat) error { return nil } },
			},
			Commands: bindTakeSeatFunc,
		})))
		send := func(m *cqrs.Mediator) error { return m.Send(t.Context(), takeSeat{}) }
		for range 2 {
			require.ErrorIs(t, c.Invoke(send), errDown)
		}
		failure = nil
		require.NoError(t, c.Invoke(send))
	})

	t.Run("provides nothing if it is refused", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, bootstrap.Provide(c, nil, nil, quiet))
		module := bootstrap.Module{Name: "storage", Constructors: []any{func() *database { return &database{} }}}
		require.ErrorIs(t, bootstrap.Provide(c, nil, nil, quiet, bootstrap.WithModules(module)), container.ErrRefused)
		require.Error(t, c.Invoke(func(*database) {}))
	})

	t.Run("fails, and so does the mediator, if a module cannot provide its constructors", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		err := bootstrap.Provide(c, nil, nil, quiet, bootstrap.WithModules(bootstrap.Module{
			Name: "seating", Provide: func(*container.Container) error { return errDown },
		}))
		require.ErrorIs(t, err, bootstrap.ErrModule)
		require.ErrorIs(t, err, errDown)
		require.ErrorIs(t, c.Invoke(func(*cqrs.Mediator) {}), bootstrap.ErrModule)
	})

	t.Run("reports again and again, each time once, what a module cannot provide", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		module := bootstrap.Module{Name: "seating", Constructors: []any{nil}}
		err := bootstrap.Provide(c, nil, nil, quiet, bootstrap.WithModules(module))
		for range 3 {
			var problems *bootstrap.Error
			require.ErrorAs(t, err, &problems)
			require.Len(t, problems.Problems, 1, "%v", err)
			require.ErrorIs(t, problems.Problems[0], bootstrap.ErrModule)
			err = c.Invoke(func(*cqrs.Mediator) {})
		}
	})

	for name, ctors := range map[string][]any{
		"a handler": {func(*cqrs.Mediator) takeSeatFunc { return nil }},
		"a singleton that a handler needs": {
			newServer, func(*server) takeSeatFunc { return nil },
		},
	} {
		t.Run("refuses a mediator that "+name+" asks for, since it would need itself", func(t *testing.T) {
			t.Parallel()
			c := container.New()
			require.NoError(t, bootstrap.Provide(c, bindTakeSeatFunc, nil, quiet))
			require.NoError(t, c.ProvideAll(ctors...))
			for range 2 {
				err := c.Invoke(func(*cqrs.Mediator) {})
				require.ErrorIs(t, err, bootstrap.ErrMediatorCycle)
			}
		})
	}

	t.Run("is the advice to a singleton that asks for the mediator of New", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, c.ProvideAll(newServer, func() takeSeatFunc { return nil }))
		_, err := bootstrap.New(c, bindTakeSeatFunc, nil, quiet)
		require.NoError(t, err)
		err = c.Invoke(func(*server) {})
		require.ErrorIs(t, err, container.ErrMissing)
		require.ErrorContains(t, err, "bootstrap.Provide")
	})

	t.Run("checks its arguments at once", func(t *testing.T) {
		t.Parallel()
		require.ErrorIs(t, bootstrap.Provide(nil, nil, nil), bootstrap.ErrNilContainer)
		require.ErrorIs(t, bootstrap.Provide(container.New(), nil, nil, bootstrap.WithLogger(nil)), bootstrap.ErrOption)
	})

	t.Run("has modules provide their constructors at once, for others to depend on", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		module := bootstrap.Module{Name: "storage", Constructors: []any{func() *database { return &database{} }}}
		require.NoError(t, bootstrap.Provide(c, nil, nil, quiet, bootstrap.WithModules(module)))
		require.NoError(t, c.Invoke(func(*database) {}))
		require.NoError(t, c.Invoke(func(*database, *cqrs.Mediator) {}))
	})

	t.Run("is rejected for a second mediator", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, bootstrap.Provide(c, nil, nil, quiet))
		require.ErrorIs(t, bootstrap.Provide(c, nil, nil, quiet), container.ErrRefused)
	})
}

func TestNew_LeavesSingletonsOpenIfItFails(t *testing.T) {
	t.Parallel()
	c := container.New()
	var notes []string
	require.NoError(t, c.ProvideAll(func() (*database, container.Finalizer) {
		return &database{}, func(context.Context, error) error { notes = append(notes, "closed"); return nil }
	}, func(*database) (*session, error) { return nil, errDown }, func(*session) takeSeatFunc { return nil }))
	_, err := bootstrap.New(c, bindTakeSeatFunc, nil, bootstrap.WithLogger(zap.NewNop()))
	require.ErrorIs(t, err, errDown)
	assert.Empty(t, notes)
	require.NoError(t, c.Close(t.Context()))
	assert.Equal(t, []string{"closed"}, notes)
}
