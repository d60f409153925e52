package bootstrap_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// The types of the mistakes below.
type (
	takeSeat        struct{ cqrs.Command }
	takeSeatHandler struct{ cqrs.EventRecorder }
	seatPlan        struct{}
)

func (*takeSeatHandler) Handle(context.Context, takeSeat) error { return nil }

func newTakeSeatHandler() *takeSeatHandler                { return &takeSeatHandler{} }
func newTakeSeatHandlerOfPlan(*seatPlan) *takeSeatHandler { return &takeSeatHandler{} }
func bindTakeSeat(m *cqrs.RequestMap)                     { cqrs.BindCommand[*takeSeatHandler](m) }
func connect() error                                      { return errDown }

// usher is a middleware, and might also be a handler.
type usher struct{}

func (*usher) Handle(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	return next(ctx, in)
}

func newUsher() *usher { return &usher{} }

// assembly has the functions that New calls as methods.
type assembly struct{}

func (*assembly) connect() error          { return errDown }
func (assembly) bind(*cqrs.RequestMap)    { panic("no configuration") }
func (assembly) subscribe(*cqrs.EventMap) { panic("no configuration") }

func panicInMapper(*cqrs.RequestMap)                               { panic("no configuration") }
func newTakeSeatHandlerOfMediator(*cqrs.Mediator) *takeSeatHandler { return nil }

func newWith(opts ...bootstrap.Option) (*cqrs.Mediator, error) {
	return bootstrap.New(container.New(), nil, nil, opts...)
}

// misuse is the name of a golden file, and a program that gets the error in it.
type misuse struct {
	name   string
	reason error // nil if the error has its own type
	new    func() (*cqrs.Mediator, error)
}

func misuses() []misuse {
	option := func(name string, opts ...bootstrap.Option) misuse {
		return misuse{name, bootstrap.ErrOption, func() (*cqrs.Mediator, error) { return newWith(opts...) }}
	}
	return append(append(moduleMisuses(), durableMisuses()...), []misuse{
		{"nil_container", bootstrap.ErrNilContainer, func() (*cqrs.Mediator, error) {
			return bootstrap.New(nil, bindTakeSeat, nil)
		}},
		option("option_nil", bootstrap.WithStrictEvents(), nil),
		option("option_logger", bootstrap.WithLogger(nil)),
		option("option_middleware", bootstrap.WithMiddleware(nil)),
		option("option_after_scope_errors", bootstrap.WithAfterScopeErrors(nil)),
		option("option_expected_errors", bootstrap.WithExpectedErrors(nil)),
		option("option_startup", bootstrap.WithOnStartup(nil)),
		option("option_event_concurrency", bootstrap.WithEventConcurrency(0)),
		option("option_event_limit", bootstrap.WithEventLimit(0)),
		option("option_nesting_limit", bootstrap.WithNestingLimit(0)),
		{"startup", bootstrap.ErrStartup, func() (*cqrs.Mediator, error) {
			return newWith(bootstrap.WithOnStartup(func() error { return nil }, connect))
		}},
		{"startup_panic", bootstrap.ErrStartup, func() (*cqrs.Mediator, error) {
			return newWith(bootstrap.WithOnStartup(func() error { panic("no configuration") }))
		}},
		{"mapper", bootstrap.ErrMapper, func() (*cqrs.Mediator, error) {
			return bootstrap.New(container.New(), panicInMapper, nil)
		}},
		{"startup_method", bootstrap.ErrStartup, func() (*cqrs.Mediator, error) {
			return newWith(bootstrap.WithOnStartup((&assembly{}).connect))
		}},
		{"mapper_method", bootstrap.ErrMapper, func() (*cqrs.Mediator, error) {
			return bootstrap.New(container.New(), assembly{}.bind, nil)
		}},
		{"mapper_of_events_method", bootstrap.ErrMapper, func() (*cqrs.Mediator, error) {
			return bootstrap.New(container.New(), nil, assembly{}.subscribe)
		}},
		{"shared_source", bootstrap.ErrSharedSource, func() (*cqrs.Mediator, error) {
			c := container.New()
			_ = c.Provide(newTakeSeatHandler, container.Singleton())
			return bootstrap.New(c, bindTakeSeat, nil)
		}},
		{"around_scope", bootstrap.ErrAroundScope, func() (*cqrs.Mediator, error) {
			c := container.New()
			_ = c.Provide(newTakeSeatHandler)
			_ = c.Provide(newUsher, container.Scoped())
			return bootstrap.New(c, bindTakeSeat, nil, bootstrap.WithMiddleware(cqrs.AroundScope(cqrs.Built[*usher]())))
		}},
		{"built_missing", container.ErrMissing, func() (*cqrs.Mediator, error) {
			c := container.New()
			_ = c.Provide(newTakeSeatHandler)
			return bootstrap.New(c, bindTakeSeat, nil, bootstrap.WithMiddleware(cqrs.Built[*usher]()))
		}},
		{"several", container.ErrMissing, func() (*cqrs.Mediator, error) {
			c := container.New()
			_ = c.Provide(newTakeSeatHandlerOfPlan)
			_ = c.Provide(newTakeSeatHandler)
			return bootstrap.New(c, bindTakeSeat, nil, bootstrap.WithQueries(bindTakeSeat))
		}},
		{"mediator_missing", container.ErrMissing, func() (*cqrs.Mediator, error) {
			c := container.New()
			_ = c.Provide(newTakeSeatHandlerOfMediator)
			return bootstrap.New(c, bindTakeSeat, nil)
		}},
	}...)
}

func TestError_Texts(t *testing.T) {
	t.Parallel()
	for _, misuse := range misuses() {
		t.Run(misuse.name+" matches its golden file", func(t *testing.T) {
			t.Parallel()
			m, err := misuse.new()
			problemsOf(t, m, err)
			if misuse.reason != nil {
				require.ErrorIs(t, err, misuse.reason)
			}
			testkit.AssertErrorText(t, misuse.name, err)
		})
	}

	t.Run("have no unused golden files", func(t *testing.T) {
		t.Parallel()
		var names []string
		for _, m := range misuses() {
			names = append(names, m.name)
		}
		testkit.AssertErrorFiles(t, names)
	})

	t.Run("begin with the package, and have a line for each of several problems", func(t *testing.T) {
		t.Parallel()
		for _, misuse := range misuses() {
			m, err := misuse.new()
			lines := 1
			if n := len(problemsOf(t, m, err)); n > 1 {
				lines += n
			}
			assert.Regexp(t, `^bootstrap: `, err.Error(), misuse.name)
			assert.Len(t, strings.Split(err.Error(), "\n"), lines, misuse.name)
		}
	})
}

func TestError(t *testing.T) {
	t.Parallel()

	t.Run("has the reason and the cause of each problem in its chain", func(t *testing.T) {
		t.Parallel()
		_, err := newWith(bootstrap.WithOnStartup(connect))
		require.ErrorIs(t, err, bootstrap.ErrStartup)
		require.ErrorIs(t, err, errDown)
		require.NotErrorIs(t, err, bootstrap.ErrMapper)
	})

	t.Run("has only a reason where there is no cause", func(t *testing.T) {
		t.Parallel()
		_, err := bootstrap.New(nil, nil, nil)
		all, ok := errors.AsType[*bootstrap.Error](err)
		require.True(t, ok)
		require.Len(t, all.Unwrap(), 1)
		joined, ok := all.Unwrap()[0].(interface{ Unwrap() []error })
		require.True(t, ok)
		assert.Equal(t, []error{bootstrap.ErrNilContainer}, joined.Unwrap())
	})
}
