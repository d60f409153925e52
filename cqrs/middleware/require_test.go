package middleware_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
)

// missing returns the messages that lack what Require requires.
func missing(t *testing.T, problems []error) (names []string) {
	t.Helper()
	for _, err := range problems {
		invalid, ok := err.(*middleware.ConfigError)
		require.True(t, ok, "%v", err)
		assert.Equal(t, "Require", invalid.Middleware)
		assert.NotEmpty(t, invalid.Bound)
		names = append(names, invalid.Message.Name())
	}
	return names
}

func TestRequire(t *testing.T) {
	t.Parallel()
	timeout := middleware.Require(middleware.Commands(), middleware.HasTimeout())

	t.Run("sees the middleware of the application, of a module and of a binding", func(t *testing.T) {
		t.Parallel()
		start := func(application, module []cqrs.Middleware, opts ...cqrs.BindOption) []error {
			a := newApp(t)
			command(a, returns[join](nil))
			query(a, func(context.Context, *self[nothing], read) (string, error) { return "", nil })
			type H = cqrs.CommandFunc[leave]
			a.options = append(a.options, bootstrap.WithModules(bootstrap.Module{
				Name: "leaving", Middleware: module,
				Constructors: []any{func() H { return func(context.Context, leave) error { return nil } }},
				Commands:     func(m *cqrs.RequestMap) { cqrs.BindCommand[H](m, opts...) },
			}))
			return a.problems(application...)
		}
		limit := middleware.Timeout(time.Second)
		one := []cqrs.Middleware{limit}
		assert.Equal(t, []string{"join", "leave"}, missing(t, start([]cqrs.Middleware{timeout}, nil)))
		assert.Empty(t, start([]cqrs.Middleware{timeout, limit}, nil), "in any order")
		assert.Empty(t, start([]cqrs.Middleware{cqrs.AroundScope(limit), cqrs.AroundScope(timeout)}, nil))
		assert.Equal(t, []string{"join"}, missing(t, start([]cqrs.Middleware{timeout}, one)))
		assert.Equal(t, []string{"join"}, missing(t, start([]cqrs.Middleware{timeout}, nil, cqrs.WithMiddleware(limit))))
		assert.Equal(t, []string{"leave"}, missing(t, start(nil, []cqrs.Middleware{timeout})), "of the module only")
		assert.Equal(t, []string{"leave"}, missing(t, start(nil, nil, cqrs.WithMiddleware(timeout))), "of the binding only")
		assert.Empty(t, start(one, []cqrs.Middleware{timeout}))
		assert.Equal(t, []string{"join"}, missing(t, start([]cqrs.Middleware{timeout, cqrs.Only[interface{ X() }](limit)}, one)))
	})

	t.Run("counts only messages that the middleware wraps", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[join](nil))
		assert.Len(t, a.problems(middleware.Validation(), middleware.Require(middleware.Commands(), middleware.HasValidator())), 1)
		assert.Len(t, a.problems(middleware.Timeout(0), timeout), 1)
		assert.Len(t, a.problems(middleware.Authorization(allow, middleware.Exempt[join]()),
			middleware.Require(middleware.Commands(), middleware.HasAuthorization())), 1)
		mark := cqrs.Policy("audit", cqrs.MiddlewareFunc(
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) { return next(ctx, in) }))
		audit := middleware.Require(middleware.Commands(), middleware.HasPolicy("audit"))
		assert.Len(t, a.problems(audit), 1)
		assert.Len(t, a.problems(audit, cqrs.Policy("audit")), 1, "of nothing")
		assert.Empty(t, a.problems(audit, mark))
	})

	t.Run("selects messages", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[join](nil))
		query(a, func(context.Context, *self[nothing], read) (string, error) { return "", nil })
		for _, test := range []struct {
			of   middleware.Messages
			want []string
		}{
			{middleware.Commands(), []string{"join"}},
			{middleware.Queries(), []string{"read"}},
			{middleware.Requests(), []string{"join", "read"}},
			{middleware.Streams(), nil},
			{middleware.Events(), nil},
			{middleware.Implementing[interface{ X() }](), nil},
			{middleware.Implementing[join](), []string{"join"}},
			{middleware.Implementing[any](), []string{"join", "read"}},
		} {
			assert.Equal(t, test.want, missing(t, a.problems(middleware.Require(test.of, middleware.HasTimeout()))))
		}
	})

	t.Run("accepts exemptions, but only those that are needed", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, returns[join](nil))
		command(a, returns[leave](nil))
		both := []middleware.Exemption{middleware.Exempt[join](), middleware.Exempt[leave]()}
		assert.Empty(t, a.problems(middleware.Require(middleware.Commands(), middleware.HasTimeout(), both...)))
		assert.Len(t, a.problems(middleware.Timeout(1), middleware.Require(middleware.Commands(), middleware.HasTimeout(), both...)), 2)
		assert.Len(t, a.problems(middleware.Require(middleware.Commands(), middleware.HasTimeout(), append(both, both...)...)), 2)
	})
}

type kept struct{ cqrs.DomainEvent }

type (
	declaring   struct{ cqrs.Records1[joined] }
	undeclaring struct{ cqrs.EventRecorder }
	inScope     struct{ cqrs.Records1[kept] }
	silent      struct{}
)

func (*declaring) Handle(context.Context, join) error   { return nil }
func (*undeclaring) Handle(context.Context, join) error { return nil }
func (*inScope) Handle(context.Context, joined) error   { return nil }
func (*silent) Handle(context.Context, join) error      { return nil }

func TestIsDurableSafe(t *testing.T) {
	t.Parallel()
	type keep = cqrs.EventFunc[kept]
	for _, test := range []struct {
		name   string
		bind   func(*cqrs.RequestMap)
		events func(*cqrs.EventMap)
		safe   bool
	}{
		{"a handler without events", func(m *cqrs.RequestMap) { cqrs.BindCommand[*silent](m) }, nil, true},
		{"a handler that may record anything", func(m *cqrs.RequestMap) { cqrs.BindCommand[*undeclaring](m) }, nil, false},
		{"an event without subscriptions", func(m *cqrs.RequestMap) { cqrs.BindCommand[*declaring](m) }, nil, true},
		{"an event in the scope", func(m *cqrs.RequestMap) { cqrs.BindCommand[*declaring](m) },
			func(m *cqrs.EventMap) { cqrs.BindEvent[*inScope](m) }, true},
		{"an event after the scope", func(m *cqrs.RequestMap) { cqrs.BindCommand[*declaring](m) },
			func(m *cqrs.EventMap) { cqrs.BindEvent[*inScope](m, cqrs.AfterScope()) }, false},
		{"a follow-up event after the scope", func(m *cqrs.RequestMap) { cqrs.BindCommand[*declaring](m) },
			func(m *cqrs.EventMap) {
				cqrs.BindEvent[*inScope](m)
				cqrs.BindEvent[keep](m, cqrs.AfterScope())
			}, false},
		{"a cycle of events", func(m *cqrs.RequestMap) { cqrs.BindCommand[*declaring](m) },
			func(m *cqrs.EventMap) {
				cqrs.BindEvent[*inScope](m)
				cqrs.BindEvent[keep](m, cqrs.Emits[joined]())
			}, true},
		{"an event of an option", func(m *cqrs.RequestMap) { cqrs.BindCommand[*silent](m, cqrs.Emits[kept]()) },
			func(m *cqrs.EventMap) { cqrs.BindEvent[keep](m, cqrs.AfterScope()) }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			require.NoError(t, a.container.ProvideAll(
				func() *declaring { return &declaring{} }, func() *undeclaring { return &undeclaring{} },
				func() *inScope { return &inScope{} }, func() *silent { return &silent{} },
				func() keep { return func(context.Context, kept) error { return nil } }))
			a.requests = append(a.requests, test.bind)
			if test.events != nil {
				a.events = append(a.events, test.events)
			}
			problems := a.problems(middleware.Require(middleware.Commands(), middleware.IsDurableSafe()))
			assert.Equal(t, test.safe, len(problems) == 0, "%v", problems)
		})
	}
}

type (
	first      struct{ cqrs.DomainEvent }
	second     struct{ cqrs.DomainEvent }
	toFirst    struct{ cqrs.Records1[first] }
	toSecond   struct{ cqrs.Records1[second] }
	afterFirst struct {
		cqrs.Records2[second, kept]
	}
	afterSecond struct{ cqrs.Records1[first] }
)

func (*toFirst) Handle(context.Context, join) error       { return nil }
func (*toSecond) Handle(context.Context, leave) error     { return nil }
func (*afterFirst) Handle(context.Context, first) error   { return nil }
func (*afterSecond) Handle(context.Context, second) error { return nil }

func TestIsDurableSafe_reportsEveryMessageBeforeACycleInAnyOrder(t *testing.T) {
	t.Parallel()
	type keep = cqrs.EventFunc[kept]
	one := func(m *cqrs.RequestMap) { cqrs.BindCommand[*toFirst](m) }
	other := func(m *cqrs.RequestMap) { cqrs.BindCommand[*toSecond](m) }
	for name, requests := range map[string][]func(*cqrs.RequestMap){"one first": {one, other}, "the other first": {other, one}} {
		for _, after := range []bool{true, false} {
			a := newApp(t)
			require.NoError(t, a.container.ProvideAll(
				func() *toFirst { return &toFirst{} }, func() *toSecond { return &toSecond{} },
				func() *afterFirst { return &afterFirst{} }, func() *afterSecond { return &afterSecond{} },
				func() keep { return func(context.Context, kept) error { return nil } }))
			a.requests = requests
			a.events = append(a.events, func(m *cqrs.EventMap) {
				cqrs.BindEvent[*afterFirst](m)
				cqrs.BindEvent[*afterSecond](m)
				if after {
					cqrs.BindEvent[keep](m, cqrs.AfterScope())
				} else {
					cqrs.BindEvent[keep](m)
				}
			})
			problems := missing(t, a.problems(middleware.Require(middleware.Commands(), middleware.IsDurableSafe())))
			if after {
				assert.ElementsMatch(t, []string{"join", "leave"}, problems, name)
			} else {
				assert.Empty(t, problems, name)
			}
		}
	}
}
