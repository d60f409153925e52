package cqrs_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
)

func TestMiddleware_Results(t *testing.T) {
	t.Parallel()

	reading := func(t *testing.T, err error) *app {
		a := newApp(t)
		request(a, func(_ context.Context, h *self[nothing], _ Read) (string, error) {
			a.note("read")
			h.Record(Joined{N: 1})
			return "read", err
		})
		on[first](a, noting[Joined](a, "joined"))
		return a
	}

	t.Run("can be replaced", func(t *testing.T) {
		t.Parallel()
		m := reading(t, nil).start(with(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			result, err := next(ctx, in)
			if text, ok := result.(string); ok {
				result = text + "!"
			}
			return result, err
		}))
		got, err := cqrs.Send(t.Context(), m, Read{})
		require.NoError(t, err)
		assert.Equal(t, "read!", got)
	})

	t.Run("are discarded if middleware returns an error, as are the events", func(t *testing.T) {
		t.Parallel()
		a := reading(t, nil)
		m := a.start(with(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			if in.Kind() == cqrs.KindEvent {
				return next(ctx, in)
			}
			result, _ := next(ctx, in)
			return result, errOther
		}))
		got, err := cqrs.Send(t.Context(), m, Read{})
		assert.Same(t, errOther, err)
		assert.Empty(t, got)
		assert.Equal(t, []string{"read"}, a.notes())
	})

	t.Run("can replace an error, and the failed handler's events stay dropped", func(t *testing.T) {
		t.Parallel()
		a := reading(t, errHandler)
		m := a.start(with(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			_, err := next(ctx, in)
			require.ErrorIs(t, err, errHandler)
			return "cached", nil
		}))
		got, err := cqrs.Send(t.Context(), m, Read{})
		require.NoError(t, err)
		assert.Equal(t, "cached", got)
		assert.Equal(t, []string{"read"}, a.notes())
	})

	t.Run("can come from middleware that does not call next", func(t *testing.T) {
		t.Parallel()
		a := reading(t, nil)
		got, err := cqrs.Send(t.Context(), a.start(instead("cached", nil)), Read{})
		require.NoError(t, err)
		assert.Equal(t, "cached", got)
		assert.Empty(t, a.notes())
	})

	t.Run("of a command without a result are Unit", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a)
		require.NoError(t, a.start(instead(cqrs.Unit{}, nil)).Send(t.Context(), Join{}))
		assert.Empty(t, a.notes())
	})

	for name, wrong := range map[string]any{"of a wrong type": 42, "that are nil": nil} {
		t.Run(name+" are an error", func(t *testing.T) {
			t.Parallel()
			got, err := cqrs.Send(t.Context(), reading(t, nil).start(instead(wrong, nil)), Read{})
			require.ErrorIs(t, err, cqrs.ErrResultType)
			assert.Empty(t, got)
		})
	}

	t.Run("can be nil if the result type is an interface", func(t *testing.T) {
		t.Parallel()
		type find struct{ cqrs.Query[error] }
		a := newApp(t)
		request(a, func(context.Context, *self[nothing], find) (error, error) { return errOther, nil })
		got, err := cqrs.Send(t.Context(), a.start(instead(nil, nil)), find{})
		require.NoError(t, err)
		assert.NoError(t, got)
	})

	t.Run("of a retry are those of the last attempt, by a new handler and with its events only", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		attempts := 0
		var seen []*self[nothing]
		request(a, func(_ context.Context, h *self[nothing], _ Count) (int, error) {
			attempts++
			seen = append(seen, h)
			h.Record(Joined{N: attempts})
			if attempts == 1 {
				return 0, errHandler
			}
			return attempts, nil
		})
		on[first](a, noting[Joined](a, "joined"))
		got, err := cqrs.Send(t.Context(), a.start(with(twice)), Count{})
		require.NoError(t, err)
		assert.Equal(t, 2, got)
		assert.NotSame(t, seen[0], seen[1])
		assert.Equal(t, []string{"joined 2"}, a.notes())
	})

	t.Run("that replace the error of the last attempt come without events of earlier ones", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		commands, events := 0, 0
		command(a, func(_ context.Context, h *self[nothing], _ Join) error {
			h.Record(Joined{})
			if commands++; commands == 2 {
				return errHandler
			}
			return nil
		})
		on[first](a, func(_ context.Context, h *self[nothing], _ Greeted) error {
			h.Record(Joined{})
			if events++; events == 2 {
				return errHandler
			}
			return nil
		})
		on[first](a, noting[Joined](a, "joined"))
		m := a.start(with(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			result, err := next(ctx, in)
			require.NoError(t, err)
			_, err = next(ctx, in)
			require.ErrorIs(t, err, errHandler)
			return result, nil
		}))
		require.NoError(t, m.Send(t.Context(), Join{}))
		require.NoError(t, m.Publish(t.Context(), Greeted{}))
		assert.Empty(t, a.notes())
	})

	t.Run("of two successful calls of next are those of the second, with its events", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		calls := 0
		command(a, func(_ context.Context, h *self[nothing], _ Join) error {
			calls++
			h.Record(Joined{N: calls})
			return nil
		})
		on[first](a, noting[Joined](a, "joined"))
		m := a.start(with(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			if in.Kind() == cqrs.KindCommand {
				_, _ = next(ctx, in)
			}
			return next(ctx, in)
		}))
		require.NoError(t, m.Send(t.Context(), Join{}))
		assert.Equal(t, []string{"joined 2"}, a.notes())
	})
}
