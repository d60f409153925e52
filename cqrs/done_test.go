package cqrs_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// wrapped is an error wrapper of an application.
type wrapped struct{ error }

func (w *wrapped) Unwrap() error { return w.error }

// afterwards binds Count, which is done but returns an error, since its after-scope delivery
// fails.
func afterwards(a *app) {
	request(a, func(_ context.Context, h *self[nothing], c Count) (int, error) {
		h.Record(Left{N: c.N})
		return c.N, nil
	})
	on[third](a, func(context.Context, *self[nothing], Left) error { return errOther }, cqrs.AfterScope())
}

func TestDone_OfOtherRequests(t *testing.T) {
	t.Parallel()

	t.Run("is true for an error that wraps the error of a done request", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		afterwards(a)
		_, err := cqrs.Send(t.Context(), a.start(), Count{})
		require.Error(t, err)
		assert.True(t, cqrs.Done(err))
		assert.True(t, cqrs.Done(fmt.Errorf("pay: %w", fmt.Errorf("now: %w", err))))
		assert.False(t, cqrs.Done(errors.Join(err, errOther)))
		assert.Len(t, cqrs.EventErrors(&wrapped{err}), 1)
		assert.True(t, cqrs.Done(&wrapped{err}))
	})

	for name, wrap := range map[string]func(error) error{
		"as it is": func(err error) error { return err },
		"wrapped":  func(err error) error { return fmt.Errorf("wrapped: %w", err) },
	} {
		for place, option := range middlewarePlaces {
			t.Run("is false if the handler returns the error of another request "+name+", "+place, func(t *testing.T) {
				t.Parallel()
				a := newApp(t)
				afterwards(a)
				var other *cqrs.Mediator
				fail := func() error { _, err := cqrs.Send(context.Background(), other, Count{}); return wrap(err) }
				command(a, func(context.Context, *self[nothing], Join) error { return fail() })
				request(a, func(context.Context, *self[nothing], Read) (string, error) { return "", fail() })
				stream(a, func(context.Context, *self[nothing], Export) iter.Seq2[int, error] {
					return func(yield func(int, error) bool) { yield(0, fail()) }
				})
				on[first](a, func(context.Context, *self[nothing], Joined) error { return fail() })
				on[first](a, func(context.Context, *self[nothing], Greeted) error { return fail() }, cqrs.AfterScope())
				var seen []bool
				m := a.start(option(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					result, err := next(ctx, in)
					seen = append(seen, cqrs.Done(err))
					return result, err
				}))
				other = a.start()
				assert.False(t, cqrs.Done(m.Send(t.Context(), Join{})))
				_, err := cqrs.Send(t.Context(), m, Read{})
				assert.False(t, cqrs.Done(err))
				_, err = testkit.Drain(cqrs.Stream(t.Context(), m, Export{}))
				assert.False(t, cqrs.Done(err))
				assert.False(t, cqrs.Done(m.Publish(t.Context(), Joined{})))
				assert.True(t, cqrs.Done(m.Publish(t.Context(), Greeted{})))
				assert.Equal(t, make([]bool, 5), seen)
			})
		}
	}

	t.Run("is false for a panic whose value is the error of another request", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		afterwards(a)
		var other *cqrs.Mediator
		blow := func() { _, err := cqrs.Send(context.Background(), other, Count{}); panic(err) }
		command(a, func(context.Context, *self[nothing], Join) error { blow(); return nil })
		request(a, func(context.Context, *self[nothing], Read) (string, error) { return "", nil })
		stream(a, func(context.Context, *self[nothing], Export) iter.Seq2[int, error] {
			return func(func(int, error) bool) { blow() }
		})
		other = a.start()
		around := func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { blow(); return "", nil }
		for _, m := range []*cqrs.Mediator{other, a.start(with(around)), a.start(aroundScope(around))} {
			assert.False(t, cqrs.Done(m.Send(t.Context(), Join{})))
			_, err := testkit.Drain(cqrs.Stream(t.Context(), m, Export{}))
			assert.False(t, cqrs.Done(err))
		}
		_, err := cqrs.Send(t.Context(), a.start(aroundScope(around)), Read{})
		assert.False(t, cqrs.Done(err))
	})

	t.Run("is true whichever of its attempts' errors a middleware returns", func(t *testing.T) {
		t.Parallel()
		for _, wrap := range []func(error) error{
			func(err error) error { return err },
			func(err error) error { return fmt.Errorf("wrapped: %w", err) },
		} {
			a := newApp(t)
			afterwards(a)
			m := a.start(aroundScope(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				if in.Kind() == cqrs.KindEvent {
					return next(ctx, in)
				}
				result, firstErr := next(ctx, in)
				_, _ = next(ctx, in)
				return result, wrap(firstErr)
			}))
			n, err := cqrs.Send(t.Context(), m, Count{N: 7})
			require.Error(t, err)
			assert.True(t, cqrs.Done(err))
			assert.Equal(t, 7, n)
		}
	})
}

func TestDone(t *testing.T) {
	t.Parallel()

	t.Run("is true of success, and of a failed after-scope delivery", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, joined(1)...)
		on[first](a, func(context.Context, *self[nothing], Joined) error { return errHandler }, cqrs.AfterScope())
		err := a.start().Send(t.Context(), Join{})
		require.Error(t, err)
		assert.True(t, cqrs.Done(err))
		assert.True(t, cqrs.Done(nil))
	})

	t.Run("is false of a failed in-scope delivery", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, joined(1)...)
		on[first](a, func(context.Context, *self[nothing], Joined) error { return errHandler })
		assert.False(t, cqrs.Done(a.start().Send(t.Context(), Join{})))
	})

	t.Run("is false of a handler that returns the error of another request", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		joinRecords(a, joined(1)...)
		on[first](a, func(context.Context, *self[nothing], Joined) error { return errHandler }, cqrs.AfterScope())
		var m *cqrs.Mediator
		command(a, func(ctx context.Context, _ *self[nothing], _ Leave) error { return m.Send(ctx, Join{}) })
		command(a, func(ctx context.Context, _ *self[*tx], _ Close) error { return m.Send(ctx, Join{}) })
		m = a.start()
		for _, c := range []cqrs.Request[cqrs.Unit]{Leave{}, Close{}} {
			err := m.Send(t.Context(), c)
			require.ErrorIs(t, err, errHandler)
			assert.False(t, cqrs.Done(err), "%T", c)
		}
		assert.Contains(t, a.notes(), "rollback 1")
	})

	t.Run("is false of a nested send that fails", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, func(context.Context, *self[cqrs.Sender], Leave) error { return errHandler })
		command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Join) error {
			assert.False(t, cqrs.Done(h.need.Send(ctx, Leave{})))
			return nil
		})
		require.NoError(t, a.start().Send(t.Context(), Join{}))
	})
}
