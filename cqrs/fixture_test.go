package cqrs_test

import (
	"context"
	"errors"
	"iter"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// The messages of the tests.
type (
	Join struct {
		cqrs.Command
		N int
	}
	Leave struct {
		cqrs.Command
		N int
	}
	Close struct {
		cqrs.Command
		N int
	}
	Count struct {
		cqrs.CommandOf[int]
		N int
	}
	Read struct {
		cqrs.Query[string]
		N int
	}
	Export struct {
		cqrs.StreamOf[int]
		N int
	}

	Joined struct {
		cqrs.DomainEvent
		N int
	}
	Greeted struct {
		cqrs.DomainEvent
		N int
	}
	Left struct {
		cqrs.DomainEvent
		N int
	}
)

// Names of handlers: an event has at most one handler of each name.
type (
	first  struct{}
	second struct{}
	third  struct{}
)

var (
	errHandler   = errors.New("the handler says no")
	errOther     = errors.New("another says no")
	errFinalizer = errors.New("the finalizer says no")
	errPrimary   = errors.New("the primary says no")
	errPanic     = errors.New("the panic says no")
)

// nothing is the dependency of a handler without dependencies.
type nothing struct{ dig.In }

// self is what the function of a handler receives: an EventRecorder and the dependencies.
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

type requestHandler[Q, R, Need any] struct {
	self[Need]
	do func(context.Context, *self[Need], Q) (R, error)
}

func (h *requestHandler[Q, R, Need]) Handle(ctx context.Context, q Q) (R, error) {
	return h.do(ctx, &h.self, q)
}

type streamHandler[S, T, Need any] struct {
	self[Need]
	do func(context.Context, *self[Need], S) iter.Seq2[T, error]
}

func (h *streamHandler[S, T, Need]) Handle(ctx context.Context, s S) iter.Seq2[T, error] {
	return h.do(ctx, &h.self, s)
}

type eventHandler[Name, E, Need any] struct {
	self[Need]
	do func(context.Context, *self[Need], E) error
}

func (h *eventHandler[Name, E, Need]) Handle(ctx context.Context, e E) error {
	return h.do(ctx, &h.self, e)
}

// app is an application under construction, with a journal of what it does.
type app struct {
	t         *testing.T
	container *container.Container
	requests  []func(*cqrs.RequestMap)
	events    []func(*cqrs.EventMap)
	mu        sync.Mutex
	journal   testkit.Diary
	scopes    int
}

func newApp(t *testing.T) *app {
	return &app{t: t, container: container.New()}
}

func (a *app) provide(ctor any, opts ...dig.ProvideOption) {
	a.t.Helper()
	require.NoError(a.t, a.container.Provide(ctor, opts...))
}

// start returns the mediator of the application.
func (a *app) start(opts ...bootstrap.Option) *cqrs.Mediator {
	a.t.Helper()
	m, err := a.tryStart(opts...)
	require.NoError(a.t, err)
	return m
}

func (a *app) tryStart(opts ...bootstrap.Option) (*cqrs.Mediator, error) {
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
		}, opts...)
}

// note adds a line to the journal.
func (a *app) note(format string, args ...any) { a.journal.Note(format, args...) }

// notes returns the journal and starts a new one.
func (a *app) notes() []string { return a.journal.Notes() }

// tx is a scoped value that is committed or rolled back.
type tx struct{ id int }

// withTx provides a *tx whose finalizer notes the outcome.
func (a *app) withTx() *app {
	a.provide(func() (*tx, container.Finalizer) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.scopes++
		id := a.scopes
		return &tx{id}, func(_ context.Context, outcome error) error {
			if outcome == nil {
				a.note("commit %d", id)
			} else {
				a.note("rollback %d", id)
			}
			return nil
		}
	}, container.Scoped())
	return a
}

// withFinalizer provides a scoped *T with a finalizer.
func withFinalizer[T any](a *app, f container.Finalizer) {
	a.t.Helper()
	a.provide(func() (*T, container.Finalizer) { return new(T), f }, container.Scoped())
}

func command[C cqrs.Request[cqrs.Unit], Need any](a *app, do func(context.Context, *self[Need], C) error) {
	a.t.Helper()
	type H = *commandHandler[C, Need]
	a.provide(func(need Need) H { return H(&commandHandler[C, Need]{self[Need]{need: need}, do}) })
	a.requests = append(a.requests, func(m *cqrs.RequestMap) { cqrs.BindCommand[H](m) })
}

func request[Q cqrs.Request[R], R, Need any](a *app, do func(context.Context, *self[Need], Q) (R, error)) {
	a.t.Helper()
	type H = *requestHandler[Q, R, Need]
	a.provide(func(need Need) H { return H(&requestHandler[Q, R, Need]{self[Need]{need: need}, do}) })
	a.requests = append(a.requests, func(m *cqrs.RequestMap) { cqrs.BindRequest[H](m) })
}

func stream[S cqrs.StreamRequest[T], T, Need any](
	a *app, do func(context.Context, *self[Need], S) iter.Seq2[T, error],
) {
	a.t.Helper()
	type H = *streamHandler[S, T, Need]
	a.provide(func(need Need) H { return H(&streamHandler[S, T, Need]{self[Need]{need: need}, do}) })
	a.requests = append(a.requests, func(m *cqrs.RequestMap) { cqrs.BindStream[H](m) })
}

func on[Name any, E cqrs.Event, Need any](
	a *app, do func(context.Context, *self[Need], E) error, opts ...cqrs.EventOption,
) {
	a.t.Helper()
	type H = *eventHandler[Name, E, Need]
	a.provide(func(need Need) H { return H(&eventHandler[Name, E, Need]{self[Need]{need: need}, do}) })
	a.events = append(a.events, func(m *cqrs.EventMap) { cqrs.BindEvent[H](m, opts...) })
}

// problems returns the problems that bootstrap.New reports.
func problems(t *testing.T, a *app, opts ...bootstrap.Option) []error {
	t.Helper()
	_, err := a.tryStart(opts...)
	all, is := errors.AsType[*bootstrap.Error](err)
	require.True(t, is, "%v", err)
	return all.Problems
}

// incomparable is an error that is not comparable: == panics.
type incomparable struct{ details any }

func (incomparable) Error() string { return "incomparable" }
