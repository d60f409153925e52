package cqrs_test

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestMiddleware_Errors(t *testing.T) {
	t.Parallel()

	for place, option := range middlewarePlaces {
		t.Run("a panic of middleware while the stream is still running is returned, "+place, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			begun, finish := make(chan struct{}), make(chan struct{})
			stream(a, func(context.Context, *self[nothing], Export) iter.Seq2[int, error] {
				return func(func(int, error) bool) {
					close(begun)
					<-finish
				}
			})
			_, err := testkit.Drain(cqrs.Stream(t.Context(), a.start(option(
				func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					go func() { _, _ = next(ctx, in) }()
					<-begun
					defer close(finish)
					panic(errOther)
				})), Export{}))
			require.ErrorIs(t, err, errOther)
		})

		t.Run("a nil context is rejected before anything is built, "+place, func(t *testing.T) {
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

	t.Run("the error of another request is not done in the scope either", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, Joined{})
		on[first](a, func(context.Context, *self[nothing], Joined) error { return errOther }, cqrs.AfterScope())
		var m *cqrs.Mediator
		command(a, func(ctx context.Context, _ *self[nothing], _ Leave) error { return m.Send(ctx, Join{}) })
		seen := 0
		m = a.start(with(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			result, err := next(ctx, in)
			if _, is := in.Message().(Leave); is {
				seen++
				require.ErrorIs(t, err, errOther)
				assert.False(t, cqrs.Done(err))
			}
			return result, err
		}))
		require.Error(t, m.Send(t.Context(), Leave{}))
		assert.Equal(t, 1, seen)
	})

	t.Run("a result returned with an error is not passed to outer middleware", func(t *testing.T) {
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

	t.Run("a committed after-scope handler keeps its follow-up events if middleware fails", func(t *testing.T) {
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

func TestMiddleware_Panics(t *testing.T) {
	t.Parallel()

	panicking := func(a *app) {
		command(a, func(context.Context, *self[nothing], Join) error { panic(errPanic) })
		request(a, func(context.Context, *self[nothing], Count) (int, error) { panic(errPanic) })
		stream(a, func(context.Context, *self[nothing], Export) iter.Seq2[int, error] {
			return func(func(int, error) bool) { panic(errPanic) }
		})
		on[first](a, func(context.Context, *self[nothing], Joined) error { panic(errPanic) })
		on[first](a, func(context.Context, *self[nothing], Left) error { panic(errPanic) }, cqrs.AfterScope())
	}
	constructing := func(a *app) {
		a.provide(func() *inner { panic(errPanic) }, container.Scoped())
		command(a, func(context.Context, *self[*inner], Join) error { return nil })
		request(a, func(context.Context, *self[*inner], Count) (int, error) { return 0, nil })
		stream(a, func(context.Context, *self[*inner], Export) iter.Seq2[int, error] { return nil })
		on[first](a, func(context.Context, *self[*inner], Joined) error { return nil })
		on[first](a, func(context.Context, *self[*inner], Left) error { return nil }, cqrs.AfterScope())
	}
	for where, build := range map[string]func(*app){"a handler": panicking, "a constructor": constructing} {
		for place, option := range middlewarePlaces {
			for kind, send := range map[string]func(context.Context, *cqrs.Mediator) error{
				"command": func(ctx context.Context, m *cqrs.Mediator) error { return m.Send(ctx, Join{}) },
				"request": func(ctx context.Context, m *cqrs.Mediator) error { _, err := cqrs.Send(ctx, m, Count{}); return err },
				"stream": func(ctx context.Context, m *cqrs.Mediator) error {
					_, err := testkit.Drain(cqrs.Stream(ctx, m, Export{}))
					return err
				},
				"event":                 func(ctx context.Context, m *cqrs.Mediator) error { return m.Publish(ctx, Joined{}) },
				"event after the scope": func(ctx context.Context, m *cqrs.Mediator) error { return m.Publish(ctx, Left{}) },
			} {
				t.Run("of "+where+" of a "+kind+", "+place, func(t *testing.T) {
					t.Parallel()
					a := newApp(t)
					build(a)
					var seen *cqrs.PanicError
					m := a.start(option(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
						result, err := next(ctx, in)
						seen, _ = err.(*cqrs.PanicError)
						assert.Zero(t, result)
						return result, err
					}))
					err := send(t.Context(), m)
					require.NotNil(t, seen, "%v", err)
					assert.Equal(t, errPanic, seen.Value)
					got, _ := errors.AsType[*cqrs.PanicError](err)
					assert.Same(t, seen, got, "the same error is returned")
				})
			}
		}
	}
}
