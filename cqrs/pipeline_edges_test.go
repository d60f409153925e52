package cqrs_test

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
)

func TestMiddleware_Edges(t *testing.T) {
	t.Parallel()

	for place, option := range aroundStreams {
		t.Run("a panic of a middleware while the stream still runs is not lost, "+place, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			begun, finish := make(chan struct{}), make(chan struct{})
			stream(a, func(context.Context, *self[nothing], Export) iter.Seq2[int, error] {
				return func(func(int, error) bool) {
					close(begun)
					<-finish
				}
			})
			_, err := drain(cqrs.Stream(t.Context(), a.start(option(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				go func() { _, _ = next(ctx, in) }()
				<-begun
				defer close(finish)
				panic(errOther)
			})), Export{}))
			require.ErrorIs(t, err, errOther)
		})

		t.Run("a nil context is refused, and nothing is begun, "+place, func(t *testing.T) {
			t.Parallel()
			a := newApp(t).withTx()
			var none context.Context
			command(a, func(context.Context, *self[*tx], Join) error { a.note("handler"); return nil })
			err := a.start(option(func(_ context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				return next(none, in)
			})).Send(t.Context(), Join{})
			require.ErrorIs(t, err, cqrs.ErrNilContext)
			assert.Empty(t, a.notes())
		})
	}

	t.Run("the error of another request does not look done, in the scope either", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, Joined{})
		on[first](a, func(context.Context, *self[nothing], Joined) error { return errOther }, cqrs.AfterScope())
		var m *cqrs.Mediator
		command(a, func(ctx context.Context, _ *self[nothing], _ Leave) error { return m.Send(ctx, Join{}) })
		seen := 0
		m = a.start(bootstrap.WithMiddleware(cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			result, err := next(ctx, in)
			if _, is := in.Message().(Leave); is {
				seen++
				require.ErrorIs(t, err, errOther)
				assert.False(t, cqrs.Done(err))
			}
			return result, err
		})))
		require.Error(t, m.Send(t.Context(), Leave{}))
		assert.Equal(t, 1, seen)
	})

	t.Run("a wrong result beside an error is nobody's who makes the error good", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		request(a, func(context.Context, *self[nothing], Count) (int, error) { return 1, nil })
		m := a.start(bootstrap.WithMiddleware(
			cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				result, err := next(ctx, in)
				require.ErrorIs(t, err, errOther)
				assert.Nil(t, result)
				return 7, nil
			}),
			cqrs.MiddlewareFunc(func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { return "text", errOther }),
		))
		got, err := cqrs.Send(t.Context(), m, Count{})
		require.NoError(t, err)
		assert.Equal(t, 7, got)
	})

	t.Run("what a handler after the scope has committed and raised is handled, even if a middleware then fails", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		on[first](a, func(_ context.Context, h *self[*tx], _ Joined) error {
			h.Record(Left{N: 1})
			return nil
		}, cqrs.AfterScope())
		on[first](a, noting[Left](a, "left"), cqrs.AfterScope())
		m := a.start(aroundScope(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			_, err := next(ctx, in)
			if _, is := in.Message().(Joined); is {
				return nil, errors.Join(err, errOther)
			}
			return nil, err
		}))
		err := m.Publish(t.Context(), Joined{})
		require.ErrorIs(t, err, errOther)
		assert.Equal(t, []string{"commit 1", "left 1"}, a.notes())
		failed := cqrs.EventErrors(err)
		require.Len(t, failed, 1)
		require.ErrorIs(t, m.PublishTo(t.Context(), failed[0].Subscription, failed[0].Value), errOther)
		assert.Equal(t, []string{"commit 2", "left 1"}, a.notes())
	})
}

func TestEventErrors(t *testing.T) {
	t.Parallel()

	t.Run("are those of all after-scope handlers that failed, each with its event", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on[first](a, func(_ context.Context, _ *self[nothing], e Joined) error {
			if e.N == 2 {
				return nil
			}
			return errHandler
		}, cqrs.AfterScope())
		err := a.start().Publish(t.Context(), joined(1, 2, 3)...)
		require.True(t, cqrs.Done(err))
		var values []cqrs.Event
		for _, e := range cqrs.EventErrors(err) {
			assert.Equal(t, cqrs.DeliveryAfterScope, e.Delivery)
			values = append(values, e.Value)
		}
		assert.Equal(t, joined(1, 3), values)
	})

	t.Run("is one in the scope", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on[first](a, func(context.Context, *self[nothing], Joined) error { return errHandler })
		failed := cqrs.EventErrors(a.start().Publish(t.Context(), Joined{N: 4}))
		require.Len(t, failed, 1)
		assert.Equal(t, Joined{N: 4}, failed[0].Value)
	})

	t.Run("are none of other errors", func(t *testing.T) {
		t.Parallel()
		assert.Empty(t, cqrs.EventErrors(nil))
		assert.Empty(t, cqrs.EventErrors(errHandler))
	})
}
