package cqrs_test

import (
	"context"
	"errors"
	"iter"

	"github.com/digcqrs/digcqrs/cqrs"
)

// A run is an application for a cell.
type run struct {
	*app
	cell
	cancel context.CancelFunc
}

// act is what the handlers do.
func (r *run) act(ctx context.Context, h *self[*tx], name string) error {
	r.note("%s in %d", name, h.need.id)
	h.Record(Left{N: map[string]int{"a": 1, "b": 2}[name]})
	twoRun := r.shape == chainToSecond || r.shape == fallenBack
	switch decides := (name == "b") == twoRun; {
	case !decides && !twoRun:
		return errors.New("a handler was called that is not needed")
	case !decides:
		return map[shape]error{chainToSecond: cqrs.ErrNotHandled, fallenBack: errPrimary}[r.shape]
	case r.ending == fails:
		return errHandler
	case r.ending == panics:
		panic(errPanic)
	case r.ending == cancelledDuring:
		r.cancel()
	}
	return ctx.Err()
}

// options returns the middleware.
func (r *run) options() []cqrs.BindOption {
	m := cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
		r.note("m begins")
		result, err := next(ctx, in)
		r.note("m ends")
		if r.ending == wrongResult && err == nil {
			return "wrong", nil
		}
		return result, err
	})
	switch {
	case r.shape == inOutside:
		return []cqrs.BindOption{cqrs.WithMiddleware(cqrs.AroundScope(m))}
	case r.hasMiddleware():
		return []cqrs.BindOption{cqrs.WithMiddleware(m)}
	default:
		return nil
	}
}

// shaped combines the handlers.
func shaped[M, A any](s shape, a, b cqrs.Target[M, A]) cqrs.Target[M, A] {
	switch s {
	case chainToFirst, chainToSecond:
		return cqrs.Chain(a, b)
	case fallenBack:
		return cqrs.Fallback(a, b, nil)
	case notFallenBack:
		return cqrs.Fallback(a, b, func(err error) bool { return errors.Is(err, errPrimary) })
	default:
		return a
	}
}

// bind binds the message, and Left in the scope.
func (r *run) bind() {
	on[first](r.app, noting[Left](r.app, "left"))
	switch r.way {
	case asRequest:
		do := func(name string) func(context.Context, *self[*tx], Count) (int, error) {
			return func(ctx context.Context, h *self[*tx], _ Count) (int, error) { return 42, r.act(ctx, h, name) }
		}
		bindTarget(r.app, shaped(r.shape, requestTo[first](r.app, do("a")), requestTo[second](r.app, do("b"))),
			r.options()...)
	case asCommand:
		do := func(name string) func(context.Context, *self[*tx], Join) error {
			return func(ctx context.Context, h *self[*tx], _ Join) error { return r.act(ctx, h, name) }
		}
		bindTarget(r.app, shaped(r.shape, commandTo[first](r.app, do("a")), commandTo[second](r.app, do("b"))),
			r.options()...)
	case asStream:
		do := func(name string, item int) func(context.Context, *self[*tx], Export) iter.Seq2[int, error] {
			return func(ctx context.Context, h *self[*tx], _ Export) iter.Seq2[int, error] {
				return func(yield func(int, error) bool) { yield(item, r.act(ctx, h, name)) }
			}
		}
		bindTarget(r.app, shaped(r.shape, streamTo[first](r.app, do("a", 1)), streamTo[second](r.app, do("b", 2))),
			r.options()...)
	default:
		do := func(name string) func(context.Context, *self[*tx], Joined) error {
			return func(ctx context.Context, h *self[*tx], _ Joined) error { return r.act(ctx, h, name) }
		}
		var opts []cqrs.EventOption
		for _, o := range r.options() {
			opts = append(opts, o)
		}
		if r.way == asAfterEvent {
			opts = append(opts, cqrs.AfterScope())
			on[third](r.app, func(_ context.Context, h *self[*tx], _ Joined) error {
				r.note("first in %d", h.need.id)
				return nil
			})
		}
		bindEventTarget(r.app, shaped(r.shape, eventTo[first](r.app, do("a")), eventTo[second](r.app, do("b"))), opts...)
	}
}

// send sends the message. The result is zero if there is none.
func (r *run) send(ctx context.Context, m *cqrs.Mediator) (result int, err error) {
	switch r.way {
	case asRequest:
		return cqrs.Send(ctx, m, Count{})
	case asCommand:
		return 0, m.Send(ctx, Join{})
	case asStream:
		for item, err := range cqrs.Stream(ctx, m, Export{}) {
			if err != nil {
				return item, err
			}
			r.note("item from %s", map[int]string{1: "a", 2: "b"}[item])
		}
		return 0, nil
	default:
		return 0, m.Publish(ctx, Joined{})
	}
}
