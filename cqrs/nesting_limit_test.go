package cqrs_test

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// TestNestingLimit nests sends without end, in each way in which one can lead to the next.
func TestNestingLimit(t *testing.T) {
	t.Parallel()
	for name, build := range map[string]func(a *app){
		"through the Sender of each handler": func(a *app) {
			command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) error { return h.need.Send(ctx, Join{}) })
		},
		"through a scoped value": func(a *app) {
			a.provide(func(s cqrs.Sender) *courier { return &courier{s} }, container.Scoped())
			command(a, func(ctx context.Context, h *self[*courier], _ Join) error { return h.need.Send(ctx, Join{}) })
		},
		"through goroutines": func(a *app) {
			command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) (err error) {
				var wg sync.WaitGroup
				wg.Go(func() { err = h.need.Send(ctx, Join{}) })
				wg.Wait()
				return err
			})
		},
		"through a scoped value and goroutines": func(a *app) {
			a.provide(func(s cqrs.Sender) *courier { return &courier{s} }, container.Scoped())
			command(a, func(ctx context.Context, h *self[*courier], _ Join) (err error) {
				var wg sync.WaitGroup
				wg.Go(func() { err = h.need.Send(ctx, Join{}) })
				wg.Wait()
				return err
			})
		},
		"through streams": func(a *app) {
			command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) error {
				_, err := testkit.Drain(cqrs.Stream(ctx, h.need, Export{}))
				return err
			})
			stream(a, func(ctx context.Context, h *self[cqrs.Sender], _ Export) iter.Seq2[int, error] {
				return func(yield func(int, error) bool) { yield(0, h.need.Send(ctx, Join{})) }
			})
		},
		"through the handler of an event": func(a *app) {
			command(a, func(ctx context.Context, h *self[nothing], _ Join) error { h.Record(Joined{}); return nil })
			on[first](a, func(ctx context.Context, h *self[cqrs.Sender], _ Joined) error { return h.need.Send(ctx, Leave{}) })
			command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Leave) error { return h.need.Send(ctx, Leave{}) })
		},
	} {
		t.Run(name+" is an error with the path", func(t *testing.T) {
			t.Parallel()
			for limit, opts := range map[int][]bootstrap.Option{
				1000: nil,
				3:    {bootstrap.WithNestingLimit(3)},
			} {
				a := newApp(t)
				build(a)
				err := a.start(opts...).Send(t.Context(), Join{})
				require.ErrorAs(t, err, new(*cqrs.NestingLimitError))
				var e *cqrs.NestingLimitError
				require.ErrorAs(t, err, &e)
				assert.Equal(t, limit, e.Limit)
				require.NotEmpty(t, e.Path)
			}
		})
	}

	t.Run("allows a handler any number of sends at once", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) error {
			var wg sync.WaitGroup
			for range 50 {
				wg.Go(func() { assert.NoError(t, h.need.Send(ctx, Leave{})) })
			}
			wg.Wait()
			return nil
		})
		all := make(chan struct{})
		var n atomic.Int64
		command(a, func(context.Context, *self[nothing], Leave) error {
			if n.Add(1) == 50 {
				close(all)
			}
			<-all
			return nil
		})
		require.NoError(t, a.start(bootstrap.WithNestingLimit(2)).Send(t.Context(), Join{}))
	})
}
