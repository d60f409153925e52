package bootstrap_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

type (
	seatTaken  struct{ cqrs.DomainEvent }
	countSeats struct{ cqrs.Query[int] }
)

// noting returns a middleware that appends a name to notes.
func noting(notes *[]string, name string) cqrs.Middleware {
	return cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
		*notes = append(*notes, name+" "+in.Binding().Module())
		return next(ctx, in)
	})
}

// seating is a module that takes seats, and notes what happens.
func seating(notes *[]string) bootstrap.Module {
	note := func(what string) { *notes = append(*notes, what) }
	return bootstrap.Module{
		Name: "seating",
		Constructors: []any{
			func(s cqrs.Sender) cqrs.CommandFunc[takeSeat] {
				return func(ctx context.Context, _ takeSeat) error { note("take"); return s.Publish(ctx, seatTaken{}) }
			},
			func() cqrs.EventFunc[seatTaken] {
				return func(context.Context, seatTaken) error { note("taken"); return nil }
			},
		},
		Provide: func(c *container.Container) error {
			return c.Provide(func() cqrs.RequestFunc[countSeats, int] {
				return func(context.Context, countSeats) (int, error) { return 7, nil }
			}, container.Singleton())
		},
		Commands:   func(m *cqrs.RequestMap) { cqrs.BindCommand[cqrs.CommandFunc[takeSeat]](m) },
		Queries:    func(m *cqrs.RequestMap) { cqrs.BindRequest[cqrs.RequestFunc[countSeats, int]](m) },
		Events:     func(m *cqrs.EventMap) { cqrs.BindEvent[cqrs.EventFunc[seatTaken]](m) },
		Middleware: []cqrs.Middleware{noting(notes, "inner")},
		OnStartup:  []func() error{func() error { note("start module"); return nil }},
	}
}

func TestWithModules(t *testing.T) {
	t.Parallel()

	t.Run("binds what the modules bind, and wraps it in their middleware", func(t *testing.T) {
		t.Parallel()
		var notes []string
		c := container.New()
		require.NoError(t, c.Provide(func() cqrs.CommandFunc[leave] {
			return func(context.Context, leave) error { return nil }
		}))
		m, err := bootstrap.New(c, func(m *cqrs.RequestMap) { cqrs.BindCommand[cqrs.CommandFunc[leave]](m) }, nil,
			bootstrap.WithLogger(zap.NewNop()),
			bootstrap.WithModules(seating(&notes), bootstrap.Module{Name: "empty"}),
			bootstrap.WithMiddleware(noting(&notes, "outer")),
			bootstrap.WithOnStartup(func() error { notes = append(notes, "start"); return nil }))
		require.NoError(t, err)
		assert.Equal(t, []string{"start", "start module"}, notes)

		notes = nil
		require.NoError(t, m.Send(t.Context(), takeSeat{}))
		assert.Equal(t, []string{"outer seating", "inner seating", "take", "outer seating", "inner seating", "taken"}, notes)
		n, err := cqrs.Send(t.Context(), m, countSeats{})
		require.NoError(t, err)
		assert.Equal(t, 7, n)

		notes = nil
		require.NoError(t, m.Send(t.Context(), leave{}))
		assert.Equal(t, []string{"outer "}, notes, "without the middleware of the module")
	})

	t.Run("reports once what a module cannot provide, with the name of the module", func(t *testing.T) {
		t.Parallel()
		m, err := newWith(bootstrap.WithModules(bootstrap.Module{
			Name:         "seating",
			Constructors: []any{newUsher, newUsher},
			Provide:      func(*container.Container) error { panic("no configuration") },
		}))
		problems := problemsOf(t, m, err)
		require.Len(t, problems, 2, "%v", err)
		require.ErrorIs(t, problems[0], bootstrap.ErrModule)
		require.ErrorIs(t, problems[0], container.ErrRefused)
		require.ErrorIs(t, problems[1], bootstrap.ErrModule)
		var panicked *cqrs.PanicError
		require.ErrorAs(t, problems[1], &panicked)
	})

	t.Run("reports what a module returns as it is, whatever it wraps", func(t *testing.T) {
		t.Parallel()
		for _, own := range []manyErrors{nil, {errDown}, {errDown, errOther}} {
			m, err := newWith(bootstrap.WithModules(bootstrap.Module{
				Name: "seating", Provide: func(*container.Container) error { return own },
			}))
			problems := problemsOf(t, m, err)
			require.Len(t, problems, 1, "%v", err)
			require.ErrorContains(t, problems[0], own.Error())
			var found manyErrors
			require.ErrorAs(t, problems[0], &found)
		}
	})

	t.Run("reports once what the container refuses, if the module wraps the error", func(t *testing.T) {
		t.Parallel()
		m, err := newWith(bootstrap.WithModules(bootstrap.Module{
			Name:         "seating",
			Constructors: []any{newUsher},
			Provide: func(c *container.Container) error {
				return fmt.Errorf("no usher: %w", c.ProvideAll(newUsher, newUsher))
			},
		}))
		problems := problemsOf(t, m, err)
		require.Len(t, problems, 1, "%v", err)
		require.ErrorContains(t, problems[0], "no usher")
	})

	t.Run("reports an error that cannot be compared", func(t *testing.T) {
		t.Parallel()
		m, err := newWith(bootstrap.WithModules(bootstrap.Module{
			Name: "seating", Provide: func(*container.Container) error { return uncomparable{"no"} },
		}))
		require.ErrorIs(t, problemsOf(t, m, err)[0], bootstrap.ErrModule)
	})

	t.Run("fails with the error of a start-up function of a module", func(t *testing.T) {
		t.Parallel()
		_, err := newWith(bootstrap.WithModules(bootstrap.Module{
			Name: "seating", OnStartup: []func() error{func() error { return errDown }},
		}))
		require.ErrorIs(t, err, bootstrap.ErrStartup)
		require.ErrorIs(t, err, errDown)
	})
}

type manyErrors []error

func (manyErrors) Error() string     { return "cannot seat anybody" }
func (m manyErrors) Unwrap() []error { return m }

type uncomparable []string

func (uncomparable) Error() string { return "uncomparable" }

// Nothing of a module, a function as a handler or Provide costs a request anything.
func TestWithModules_costs_a_request_nothing(t *testing.T) {
	if testkit.RaceDetector {
		t.Skip("allocations are counted without the race detector")
	}
	ctx, quiet := context.Background(), bootstrap.WithLogger(zap.NewNop())
	allocs := func(send func() error) float64 {
		return testing.AllocsPerRun(200, func() { require.NoError(t, send()) })
	}
	ctor := func() takeSeatFunc { return func(context.Context, takeSeat) error { return nil } }
	module := bootstrap.WithModules(
		bootstrap.Module{Name: "seating", Constructors: []any{ctor}, Commands: bindTakeSeatFunc})

	c := container.New()
	require.NoError(t, c.Provide(newTakeSeatHandler))
	plain, err := bootstrap.New(c, bindTakeSeat, nil, quiet)
	require.NoError(t, err)
	want := allocs(func() error { return plain.Send(ctx, takeSeat{}) })

	m, err := bootstrap.New(container.New(), nil, nil, quiet, module)
	require.NoError(t, err)
	assert.LessOrEqual(t, allocs(func() error { return m.Send(ctx, takeSeat{}) }), want, "with New")

	c = container.New()
	require.NoError(t, bootstrap.Provide(c, nil, nil, quiet, module))
	require.NoError(t, c.Invoke(func(m *cqrs.Mediator) {
		assert.LessOrEqual(t, allocs(func() error { return m.Send(ctx, takeSeat{}) }), want, "with Provide")
	}))
}
