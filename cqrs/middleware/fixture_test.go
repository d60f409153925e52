package middleware_test

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/dig"
	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// Messages without methods of their own.
type (
	join struct {
		cqrs.Command
		Secret string
	}
	leave struct {
		cqrs.Command
		Secret string
	}
	read struct {
		cqrs.Query[string]
		Secret string
	}
	export struct {
		cqrs.StreamOf[int]
		Secret string
	}
	joined struct {
		cqrs.DomainEvent
		Secret string
	}
)

var (
	errHandler   = errors.New("the handler says no")
	errOther     = errors.New("another says no")
	errFinalizer = errors.New("the finalizer says no")
)

// app is an application under construction, and a diary of what it does.
type app struct {
	testkit.Diary
	t         *testing.T
	container *container.Container
	requests  []func(*cqrs.RequestMap)
	events    []func(*cqrs.EventMap)
	options   []bootstrap.Option
}

func newApp(t *testing.T) *app { return &app{t: t, container: container.New()} }

func (a *app) provide(ctor any, opts ...dig.ProvideOption) {
	a.t.Helper()
	require.NoError(a.t, a.container.Provide(ctor, opts...))
}

// start returns the mediator of what was built so far.
func (a *app) start(middleware ...cqrs.Middleware) *cqrs.Mediator {
	a.t.Helper()
	m, err := a.tryStart(middleware...)
	require.NoError(a.t, err)
	return m
}

func (a *app) tryStart(middleware ...cqrs.Middleware) (*cqrs.Mediator, error) {
	return bootstrap.New(a.container,
		func(m *cqrs.RequestMap) {
			for _, bind := range a.requests {
				bind(m)
			}
		},
		func(m *cqrs.EventMap) {
			for _, bind := range a.events {
				bind(m)
			}
		},
		append([]bootstrap.Option{bootstrap.WithLogger(zap.NewNop()), bootstrap.WithMiddleware(middleware...)}, a.options...)...)
}

// problems returns the problems that bootstrap.New reports about middleware.
func (a *app) problems(middleware ...cqrs.Middleware) []error {
	a.t.Helper()
	_, err := a.tryStart(middleware...)
	if err == nil {
		return nil
	}
	all, ok := errors.AsType[*bootstrap.Error](err)
	require.True(a.t, ok, "%v", err)
	return all.Problems
}

// tx is a dependency of handlers. Its constructor notes that it is built, and its
// finalizer how it ends.
type tx struct{}

func (a *app) withTx(finalize error) {
	a.t.Helper()
	a.provide(func() (*tx, container.Finalizer) {
		a.Note("begin")
		return &tx{}, func(_ context.Context, outcome error) error {
			if outcome != nil {
				a.Note("rollback")
			} else {
				a.Note("commit")
			}
			return finalize
		}
	}, container.Scoped())
}

// nothing is the dependency of a handler that has none.
type nothing struct{ dig.In }

// self is a running handler.
type self[Need any] struct {
	cqrs.EventRecorder
	need Need
}

type commandHandler[C, Need any] struct {
	self[Need]
	do func(context.Context, *self[Need], C) error
}

func (h *commandHandler[C, Need]) Handle(ctx context.Context, c C) error {
	return h.do(ctx, &h.self, c)
}

type queryHandler[Q, R, Need any] struct {
	self[Need]
	do func(context.Context, *self[Need], Q) (R, error)
}

func (h *queryHandler[Q, R, Need]) Handle(ctx context.Context, q Q) (R, error) {
	return h.do(ctx, &h.self, q)
}

type streamHandler[S, T, Need any] struct {
	self[Need]
	do func(context.Context, *self[Need], S) iter.Seq2[T, error]
}

func (h *streamHandler[S, T, Need]) Handle(ctx context.Context, s S) iter.Seq2[T, error] {
	return h.do(ctx, &h.self, s)
}

type eventHandler[E, Need any] struct {
	self[Need]
	do func(context.Context, *self[Need], E) error
}

func (h *eventHandler[E, Need]) Handle(ctx context.Context, e E) error {
	return h.do(ctx, &h.self, e)
}

// command provides and binds a handler. query, stream and on do the same.
func command[C cqrs.Request[cqrs.Unit], Need any](a *app, do func(context.Context, *self[Need], C) error,
	opts ...cqrs.BindOption) {
	a.t.Helper()
	a.provide(func(need Need) *commandHandler[C, Need] {
		return &commandHandler[C, Need]{self[Need]{need: need}, do}
	})
	a.requests = append(a.requests, func(m *cqrs.RequestMap) { cqrs.BindCommand[*commandHandler[C, Need]](m, opts...) })
}

func query[Q cqrs.Request[R], R, Need any](a *app, do func(context.Context, *self[Need], Q) (R, error),
	opts ...cqrs.BindOption) {
	a.t.Helper()
	a.provide(func(need Need) *queryHandler[Q, R, Need] {
		return &queryHandler[Q, R, Need]{self[Need]{need: need}, do}
	})
	a.requests = append(a.requests, func(m *cqrs.RequestMap) { cqrs.BindRequest[*queryHandler[Q, R, Need]](m, opts...) })
}

func stream[S cqrs.StreamRequest[T], T, Need any](a *app, do func(context.Context, *self[Need], S) iter.Seq2[T, error],
	opts ...cqrs.BindOption) {
	a.t.Helper()
	a.provide(func(need Need) *streamHandler[S, T, Need] {
		return &streamHandler[S, T, Need]{self[Need]{need: need}, do}
	})
	a.requests = append(a.requests, func(m *cqrs.RequestMap) { cqrs.BindStream[*streamHandler[S, T, Need]](m, opts...) })
}

func on[E cqrs.Event, Need any](a *app, do func(context.Context, *self[Need], E) error, opts ...cqrs.EventOption) {
	a.t.Helper()
	a.provide(func(need Need) *eventHandler[E, Need] { return &eventHandler[E, Need]{self[Need]{need: need}, do} })
	a.events = append(a.events, func(m *cqrs.EventMap) { cqrs.BindEvent[*eventHandler[E, Need]](m, opts...) })
}

// returns makes command and event handlers that return an error.
func returns[M any](err error) func(context.Context, *self[nothing], M) error {
	return func(context.Context, *self[nothing], M) error { return err }
}

// raises makes command handlers that record events.
func raises[C any](events ...cqrs.Event) func(context.Context, *self[nothing], C) error {
	return func(_ context.Context, h *self[nothing], _ C) error {
		h.Record(events...)
		return nil
	}
}

// yields makes stream handlers that yield items, and then an error if it is not nil.
func yields[S any](err error, items ...int) func(context.Context, *self[nothing], S) iter.Seq2[int, error] {
	return func(context.Context, *self[nothing], S) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			for _, i := range items {
				if !yield(i, nil) {
					return
				}
			}
			if err != nil {
				yield(0, err)
			}
		}
	}
}
