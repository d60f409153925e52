package cqrs_test

import (
	"context"
	"iter"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// A request that has several handlers has one of each name. Of an event that is
// so anyway: see eventHandler.
type (
	commandLink[Name, C, Need any] struct {
		self[Need]
		do func(context.Context, *self[Need], C) error
	}
	requestLink[Name, Q, R, Need any] struct {
		self[Need]
		do func(context.Context, *self[Need], Q) (R, error)
	}
	streamLink[Name, S, T, Need any] struct {
		self[Need]
		do func(context.Context, *self[Need], S) iter.Seq2[T, error]
	}
)

func (h *commandLink[Name, C, Need]) Handle(ctx context.Context, c C) error {
	return h.do(ctx, &h.self, c)
}

func (h *requestLink[Name, Q, R, Need]) Handle(ctx context.Context, q Q) (R, error) {
	return h.do(ctx, &h.self, q)
}

func (h *streamLink[Name, S, T, Need]) Handle(ctx context.Context, s S) iter.Seq2[T, error] {
	return h.do(ctx, &h.self, s)
}

// commandTo provides a handler and returns it as a target. requestTo, streamTo
// and eventTo do the same.
func commandTo[Name any, C cqrs.Request[cqrs.Unit], Need any](a *app, do func(context.Context, *self[Need], C) error) cqrs.Target[C, cqrs.Unit] {
	a.t.Helper()
	type H = *commandLink[Name, C, Need]
	a.provide(func(need Need) H { return H(&commandLink[Name, C, Need]{self[Need]{need: need}, do}) })
	return cqrs.CommandTarget[H]()
}

func requestTo[Name any, Q cqrs.Request[R], R, Need any](a *app, do func(context.Context, *self[Need], Q) (R, error)) cqrs.Target[Q, R] {
	a.t.Helper()
	type H = *requestLink[Name, Q, R, Need]
	a.provide(func(need Need) H { return H(&requestLink[Name, Q, R, Need]{self[Need]{need: need}, do}) })
	return cqrs.RequestTarget[H]()
}

func streamTo[Name any, S cqrs.StreamRequest[T], T, Need any](a *app, do func(context.Context, *self[Need], S) iter.Seq2[T, error]) cqrs.Target[S, iter.Seq2[T, error]] {
	a.t.Helper()
	type H = *streamLink[Name, S, T, Need]
	a.provide(func(need Need) H { return H(&streamLink[Name, S, T, Need]{self[Need]{need: need}, do}) })
	return cqrs.StreamTarget[H]()
}

func eventTo[Name any, E cqrs.Event, Need any](a *app, do func(context.Context, *self[Need], E) error) cqrs.Target[E, error] {
	a.t.Helper()
	type H = *eventHandler[Name, E, Need]
	a.provide(func(need Need) H { return H(&eventHandler[Name, E, Need]{self[Need]{need: need}, do}) })
	return cqrs.EventTarget[H]()
}

func bindTarget[M, A any](a *app, t cqrs.Target[M, A], opts ...cqrs.BindOption) {
	a.requests = append(a.requests, func(m *cqrs.RequestMap) { cqrs.BindTarget(m, t, opts...) })
}

func bindEventTarget[E cqrs.Event](a *app, t cqrs.Target[E, error], opts ...cqrs.EventOption) {
	a.events = append(a.events, func(m *cqrs.EventMap) { cqrs.BindEventTarget(m, t, opts...) })
}

// A part is what a handler needs if a test wants to know when it is built.
type part[Name any] struct{}

// withPart provides a part, which notes that it is built.
func withPart[Name any](a *app, name string) {
	a.t.Helper()
	a.provide(func() *part[Name] { a.note("build %s", name); return new(part[Name]) }, container.Scoped())
}

// with is short for bootstrap.WithMiddleware of functions.
func with(middleware ...cqrs.MiddlewareFunc) bootstrap.Option {
	return bootstrap.WithMiddleware(asMiddleware(middleware)...)
}

// aroundScope is short for bootstrap.WithMiddleware of functions around the scope.
func aroundScope(middleware ...cqrs.MiddlewareFunc) bootstrap.Option {
	return bootstrap.WithMiddleware(cqrs.AroundScope(asMiddleware(middleware)...))
}

func asMiddleware(functions []cqrs.MiddlewareFunc) []cqrs.Middleware {
	all := make([]cqrs.Middleware, len(functions))
	for i, f := range functions {
		all[i] = f
	}
	return all
}

// onlyKind makes a middleware of one that is for messages of one kind.
func onlyKind(k cqrs.Kind, f cqrs.MiddlewareFunc) cqrs.MiddlewareFunc {
	return func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
		if in.Kind() != k {
			return next(ctx, in)
		}
		return f(ctx, in, next)
	}
}
