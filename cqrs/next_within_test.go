package cqrs_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// nexts holds the calls of next that are running.
type nexts []func() error

// keep is a middleware that adds its next.
func (n *nexts) keep(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	*n = append(*n, func() error { _, err := next(ctx, in); return err })
	return next(ctx, in)
}

// times returns n middlewares that keep their next.
func (n *nexts) times(count int) (all []cqrs.MiddlewareFunc) {
	for range count {
		all = append(all, n.keep)
	}
	return all
}

// assertRejected calls what is running. In a bubble of synctest, a call that waits for itself
// ends the test.
func (n nexts) assertRejected(t *testing.T, name string) {
	for _, next := range n {
		assert.ErrorAs(t, next(), new(*cqrs.MiddlewareError), name)
	}
}

func TestNext_Within(t *testing.T) {
	t.Parallel()

	for kind, send := range sends {
		t.Run("the chains of "+kind+" is an error in every middleware and in the handler", func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				for around := range 4 {
					for in := range 4 {
						a := newApp(t).withTx()
						var running nexts
						name := fmt.Sprintf("%d around the scope, %d in it", around, in)
						reject := func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
							running.assertRejected(t, name)
							return next(ctx, in)
						}
						handlingAll(a, func() error { running.assertRejected(t, name); return nil })
						require.NoError(t, send(t.Context(), a.start(
							aroundScope(running.times(around)...), aroundScope(reject),
							with(running.times(in)...), with(reject))))
						assert.Len(t, running, around+in, name)
					}
				}
			})
		})
	}

	t.Run("the chain of another message, which its handler sends, is an error", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t)
			command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) error { return h.need.Send(ctx, Leave{}) })
			command(a, func(context.Context, *self[nothing], Leave) error { return nil })
			var running nexts
			reject := func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				running.assertRejected(t, "of the outer message")
				return next(ctx, in)
			}
			require.NoError(t, a.start(bootstrap.WithMiddleware(
				cqrs.Only[Join](asMiddleware([]cqrs.MiddlewareFunc{passOn, running.keep})...),
				cqrs.Only[Leave](cqrs.MiddlewareFunc(reject)),
			)).Send(t.Context(), Join{}))
			assert.Len(t, running, 1)
		})
	})

	t.Run("called by the handler is an error", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		var kept func() error
		command(a, func(context.Context, *self[nothing], Join) error { return kept() })
		err := a.start(with(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			kept = func() error { _, err := next(ctx, in); return err }
			return next(ctx, in)
		})).Send(t.Context(), Join{})
		require.ErrorAs(t, err, new(*cqrs.MiddlewareError))
	})

	t.Run("called by a constructor is an error", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		var kept func() error
		a.provide(func() (*tx, error) { return new(tx), kept() }, container.Scoped())
		command(a, func(context.Context, *self[*tx], Join) error { return nil })
		err := a.start(with(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			kept = func() error { _, err := next(ctx, in); return err }
			return next(ctx, in)
		})).Send(t.Context(), Join{})
		require.ErrorAs(t, err, new(*cqrs.MiddlewareError))
	})

	t.Run("of an outer middleware, called by an inner one, is an error", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		var kept func() error
		command(a, func(context.Context, *self[nothing], Join) error { return nil })
		err := a.start(with(
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				kept = func() error { _, err := next(ctx, in); return err }
				return next(ctx, in)
			},
			func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { return cqrs.Unit{}, kept() },
		)).Send(t.Context(), Join{})
		require.ErrorAs(t, err, new(*cqrs.MiddlewareError))
	})

	t.Run("of an outer middleware is an error even if one between does not apply", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on[first](a, func(context.Context, *self[nothing], cqrs.Event) error { a.note("handler"); return nil })
		var kept func() (any, error)
		err := a.start(bootstrap.WithMiddleware(
			cqrs.Only[Left](cqrs.MiddlewareFunc(thenFails)),
			cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				kept = func() (any, error) { return next(ctx, in) }
				return kept()
			}),
			cqrs.MiddlewareFunc(func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { return kept() }),
		)).Publish(t.Context(), Joined{})
		require.ErrorAs(t, err, new(*cqrs.MiddlewareError))
		assert.Empty(t, a.notes())
	})
}
