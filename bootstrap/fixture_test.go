package bootstrap_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/dig"
	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// The messages of the tests.
type (
	join struct {
		cqrs.Command
		Secret string
		Number int
	}
	leave struct {
		cqrs.Command
		Secret string
		Number int
	}
	read struct {
		cqrs.Query[string]
		Secret string
		Number int
	}
	export struct {
		cqrs.StreamOf[string]
		Secret string
		Number int
	}
	joined struct {
		cqrs.DomainEvent
		Secret string
		Number int
	}
)

var (
	errDown  = errors.New("connection refused")
	errOther = errors.New("another says no")
)

// The dependencies of handlers.
type (
	nothing  struct{ dig.In }
	database struct{ builds int }
	session  struct{ db *database }
)

// handler of a command or an event needs a Need.
type handler[M, Need any] struct {
	cqrs.EventRecorder
	need Need
	do   func(context.Context, *handler[M, Need], M) error
}

func (h *handler[M, Need]) Handle(ctx context.Context, m M) error { return h.do(ctx, h, m) }

// quietHandler records nothing.
type quietHandler[M, Need any] struct {
	need Need
	do   func(context.Context, *quietHandler[M, Need], M) error
}

func (h *quietHandler[M, Need]) Handle(ctx context.Context, m M) error {
	if h.do == nil {
		return nil
	}
	return h.do(ctx, h, m)
}

type readHandler struct {
	do func(read) (string, error)
}

func (h *readHandler) Handle(_ context.Context, q read) (string, error) { return h.do(q) }

type exportHandler struct {
	do func(export) iter.Seq2[string, error]
}

func (h *exportHandler) Handle(_ context.Context, s export) iter.Seq2[string, error] { return h.do(s) }

// app is an application under construction.
type app struct {
	t         *testing.T
	container *container.Container
	requests  []func(*cqrs.RequestMap)
	events    []func(*cqrs.EventMap)
}

func newApp(t *testing.T) *app {
	return &app{t: t, container: container.New()}
}

func (a *app) provide(ctor any, opts ...dig.ProvideOption) {
	a.t.Helper()
	require.NoError(a.t, a.container.Provide(ctor, opts...))
}

func (a *app) bind(mapper func(*cqrs.RequestMap)) { a.requests = append(a.requests, mapper) }

func (a *app) subscribe(mapper func(*cqrs.EventMap)) { a.events = append(a.events, mapper) }

func (a *app) new(opts ...bootstrap.Option) (*cqrs.Mediator, error) {
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
		append([]bootstrap.Option{bootstrap.WithLogger(zap.NewNop())}, opts...)...)
}

func (a *app) start(opts ...bootstrap.Option) *cqrs.Mediator {
	a.t.Helper()
	m, err := a.new(opts...)
	require.NoError(a.t, err)
	return m
}

// command provides and binds a handler of C.
func command[C cqrs.Request[cqrs.Unit], Need any](a *app, do func(context.Context, *handler[C, Need], C) error) {
	a.t.Helper()
	a.provide(func(need Need) *handler[C, Need] { return &handler[C, Need]{need: need, do: do} })
	a.bind(func(m *cqrs.RequestMap) { cqrs.BindCommand[*handler[C, Need]](m) })
}

// on provides and binds a handler of E.
func on[E cqrs.Event, Need any](a *app, do func(context.Context, *handler[E, Need], E) error,
	opts ...cqrs.EventOption) {
	a.t.Helper()
	a.provide(func(need Need) *handler[E, Need] { return &handler[E, Need]{need: need, do: do} })
	a.subscribe(func(m *cqrs.EventMap) { cqrs.BindEvent[*handler[E, Need]](m, opts...) })
}

// query provides and binds a handler of read.
func query(a *app, do func(read) (string, error)) {
	a.t.Helper()
	a.provide(func() *readHandler { return &readHandler{do} })
	a.bind(func(m *cqrs.RequestMap) { cqrs.BindRequest[*readHandler](m) })
}

// stream provides and binds a handler of export.
func stream(a *app, do func(export) iter.Seq2[string, error]) {
	a.t.Helper()
	a.provide(func() *exportHandler { return &exportHandler{do} })
	a.bind(func(m *cqrs.RequestMap) { cqrs.BindStream[*exportHandler](m) })
}

// needs provides and binds a handler of C that does nothing, but needs a Need.
func needs[C cqrs.Request[cqrs.Unit], Need any](a *app, opts ...dig.ProvideOption) {
	a.t.Helper()
	a.provide(func(need Need) *quietHandler[C, Need] { return &quietHandler[C, Need]{need: need} }, opts...)
	a.bind(func(m *cqrs.RequestMap) { cqrs.BindCommand[*quietHandler[C, Need]](m) })
}

// nextLine returns the line after that of its caller, as file:line.
func nextLine() string {
	_, file, line, _ := runtime.Caller(1)
	return fmt.Sprintf("%s:%d", file, line+1)
}

// problemsOf returns the problems of an error of New.
func problemsOf(t *testing.T, m *cqrs.Mediator, err error) []error {
	t.Helper()
	require.Error(t, err)
	require.Nil(t, m)
	all, ok := err.(*bootstrap.Error)
	require.True(t, ok, "%T: %v", err, err)
	return all.Problems
}
