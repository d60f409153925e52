package cqrs_test

import (
	"context"

	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
)

// around returns a middleware that notes its name before and after calling next.
func around(a *app, name string) cqrs.Middleware {
	return cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
		a.note("%s: %v %T", name, in.Kind(), in.Message())
		result, err := next(ctx, in)
		a.note("%s: end", name)
		return result, err
	})
}

// instead adds a middleware that returns the result and the error without calling next.
func instead(result any, err error) bootstrap.Option {
	return bootstrap.WithMiddleware(cqrs.MiddlewareFunc(
		func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { return result, err }))
}

// twice is a middleware that calls next again after an error.
func twice(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	if result, err := next(ctx, in); err == nil {
		return result, nil
	}
	return next(ctx, in)
}

// with adds functions as middleware in the scope.
func with(middleware ...cqrs.MiddlewareFunc) bootstrap.Option {
	return bootstrap.WithMiddleware(asMiddleware(middleware)...)
}

// aroundScope adds functions as middleware around the scope.
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

// onlyKind applies a middleware only to messages of one kind.
func onlyKind(k cqrs.Kind, f cqrs.MiddlewareFunc) cqrs.MiddlewareFunc {
	return func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
		if in.Kind() != k {
			return next(ctx, in)
		}
		return f(ctx, in, next)
	}
}

// mark returns a middleware that notes its name.
func mark(a *app, name string) cqrs.Middleware {
	return cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
		a.note("%s", name)
		return next(ctx, in)
	})
}

// middlewarePlaces holds the two places in which middleware can be.
var middlewarePlaces = map[string]func(...cqrs.MiddlewareFunc) bootstrap.Option{
	"in the scope": with, "around the scope": aroundScope,
}

// passOn is a middleware that only calls next.
func passOn(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	return next(ctx, in)
}

// aroundMessage applies a middleware only to messages of type M.
func aroundMessage[M any](f cqrs.MiddlewareFunc) cqrs.MiddlewareFunc {
	return func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
		if _, is := in.Message().(M); !is {
			return next(ctx, in)
		}
		return f(ctx, in, next)
	}
}

// thenFails is a middleware that calls next and returns an error of its own.
func thenFails(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	_, _ = next(ctx, in)
	return nil, errOther
}

// thenPanics is a middleware that calls next and panics.
func thenPanics(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	_, _ = next(ctx, in)
	panic(errOther)
}

// untilDone is a middleware that calls next up to three times, until the request is done.
func untilDone(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (result any, err error) {
	for range 3 {
		if result, err = next(ctx, in); cqrs.Done(err) {
			return result, err
		}
	}
	return nil, err
}

// again is a middleware that calls next twice, whatever the first call returns.
func again(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	_, _ = next(ctx, in)
	return next(ctx, in)
}

// keeper is a middleware that the container builds. It notes the message and the number of
// its instance, or calls note.
type keeper[Need any] struct {
	a    *app
	id   int
	need Need
	note func(k *keeper[Need], in *cqrs.Invocation)
}

func (k *keeper[Need]) Handle(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	if k.note == nil {
		k.a.note("keeper %d of %T", k.id, in.Message())
	} else {
		k.note(k, in)
	}
	return next(ctx, in)
}

// withKeeper provides a keeper.
func withKeeper[Need any](a *app, note func(*keeper[Need], *cqrs.Invocation), opts ...dig.ProvideOption) {
	a.t.Helper()
	built := 0
	a.provide(func(need Need) *keeper[Need] {
		built++
		return &keeper[Need]{a, built, need, note}
	}, opts...)
}
