package cqrs_test

import (
	"context"
	"errors"
	"iter"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// TestRequest_LateUsers uses Senders, streams and next after their requests have ended, while
// other goroutines use the same pooled requests. No message may reach another's request.
func TestRequest_LateUsers(t *testing.T) {
	t.Parallel()
	a := newApp(t).withTx()
	type owner struct{ name int }
	type payer struct {
		name int
		late []func()
	}
	type key struct{}
	of := func(ctx context.Context) *payer { return ctx.Value(key{}).(*payer) }
	a.provide(func(ctx context.Context) *owner { return &owner{of(ctx).name} }, container.Scoped())
	command(a, func(ctx context.Context, h *self[struct {
		dig.In
		Owner  *owner
		Sender cqrs.Sender
	}], c Join) error {
		if h.need.Owner.name != c.N {
			return errors.New("another's transaction")
		}
		s := h.need.Sender
		come := func(f func()) { of(ctx).late = append(of(ctx).late, f) }
		come(func() { assert.ErrorIs(t, s.Send(ctx, Leave{N: -1}), cqrs.ErrRequestEnded) })
		come(func() { assert.ErrorIs(t, s.Publish(ctx, Joined{}), cqrs.ErrRequestEnded) })
		come(func() {
			_, err := testkit.Drain(cqrs.Stream(ctx, s, Export{}))
			assert.ErrorIs(t, err, cqrs.ErrRequestEnded)
		})
		next, stop := iter.Pull2(cqrs.Stream(ctx, s, Export{}))
		_, _, _ = next()
		come(func() { _, err, _ := next(); assert.ErrorIs(t, err, cqrs.ErrRequestEnded); stop() })
		return s.Send(ctx, Leave{N: c.N})
	})
	command(a, func(_ context.Context, h *self[*owner], l Leave) error {
		if h.need.name != l.N {
			return errors.New("another's transaction")
		}
		return nil
	})
	stream(a, itemsOf(1, 2, 3))
	keep := func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
		of(ctx).late = append(of(ctx).late, func() {
			_, err := next(ctx, in)
			assert.ErrorIs(t, err, cqrs.ErrRequestEnded)
		})
		return next(ctx, in)
	}
	m := a.start(with(keep, keep), aroundScope(keep))
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 60 {
				p := &payer{name: g*1000 + i + 1}
				assert.NoError(t, m.Send(context.WithValue(t.Context(), key{}, p), Join{N: p.name}))
				wg.Go(func() { // they meet the requests that come now
					for _, f := range p.late {
						f()
					}
				})
			}
		})
	}
	wg.Wait()
}
