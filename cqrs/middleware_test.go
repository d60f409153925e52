package cqrs_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// around notes its name before and after what is inside.
func around(a *app, name string) cqrs.Middleware {
	return cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
		a.note("%s: %v %T", name, in.Kind(), in.Message())
		result, err := next(ctx, in)
		a.note("%s: end", name)
		return result, err
	})
}

// instead does not go on but returns the result and the error.
func instead(result any, err error) bootstrap.Option {
	return bootstrap.WithMiddleware(cqrs.MiddlewareFunc(func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { return result, err }))
}

// twice calls next again after an error.
func twice(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	if result, err := next(ctx, in); err == nil {
		return result, nil
	}
	return next(ctx, in)
}

func TestMiddleware(t *testing.T) {
	t.Parallel()

	t.Run("the first is outermost, around requests and events in the scope and after it", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a, Joined{N: 1}, Greeted{N: 2})
		on[first](a, noting[Joined](a, "joined"))
		on[first](a, noting[Greeted](a, "mail"), cqrs.AfterScope())
		m := a.start(bootstrap.WithMiddleware(around(a, "outer"), around(a, "inner")))
		require.NoError(t, m.Send(t.Context(), Join{}))
		assert.Equal(t, []string{
			"outer: command cqrs_test.Join", "inner: command cqrs_test.Join", "join", "inner: end", "outer: end",
			"outer: event cqrs_test.Joined", "inner: event cqrs_test.Joined", "joined 1", "inner: end", "outer: end",
			"outer: event cqrs_test.Greeted", "inner: event cqrs_test.Greeted", "mail 2", "inner: end", "outer: end",
		}, a.notes())
	})

	t.Run("stands around nested sends and Publish", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a)
		command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Leave) error { return h.need.Send(ctx, Join{}) })
		on[first](a, noting[Joined](a, "joined"))
		m := a.start(bootstrap.WithMiddleware(around(a, "m")))
		require.NoError(t, m.Send(t.Context(), Leave{}))
		require.NoError(t, m.Publish(t.Context(), Joined{N: 3}))
		assert.Equal(t, []string{
			"m: command cqrs_test.Leave", "m: command cqrs_test.Join", "join", "m: end", "m: end",
			"m: event cqrs_test.Joined", "joined 3", "m: end",
		}, a.notes())
	})

	t.Run("stands around a stream from the first item to the last", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		stream(a, itemsOf(1, 2))
		var result any = "unset"
		m := a.start(bootstrap.WithMiddleware(around(a, "m"), cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (_ any, err error) {
			result, err = next(ctx, in)
			return result, err
		})))
		for n, err := range cqrs.Stream(t.Context(), m, Export{}) {
			require.NoError(t, err)
			a.note("item %d", n)
		}
		assert.Equal(t, []string{"m: stream cqrs_test.Export", "item 1", "item 2", "m: end", "commit 1"}, a.notes())
		assert.Nil(t, result)
	})

	t.Run("sees kind, message, handler and binding", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		request(a, func(context.Context, *self[nothing], Read) (string, error) { return "read", nil })
		m := a.start(bootstrap.WithMiddleware(cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			assert.Equal(t, cqrs.KindQuery, in.Kind())
			assert.Equal(t, Read{N: 3}, in.Message())
			assert.Equal(t, reflect.TypeFor[*requestHandler[Read, string, nothing]]().String(), in.Handler())
			assert.Equal(t, reflect.TypeFor[Read](), in.Binding().Message())
			assert.Equal(t, reflect.TypeFor[string](), in.Binding().Result())
			assert.Contains(t, in.Binding().Where(), "fixture_test.go:")
			result, err := next(ctx, in)
			assert.Equal(t, "read", result)
			return result, err
		})))
		_, err := cqrs.Send(t.Context(), m, Read{N: 3})
		require.NoError(t, err)
	})

	t.Run("has the handler built inside of next", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.provide(func() *tx { a.note("built"); return new(tx) }, container.Scoped())
		command(a, func(context.Context, *self[*tx], Join) error { return nil })
		require.NoError(t, a.start(bootstrap.WithMiddleware(around(a, "m"))).Send(t.Context(), Join{}))
		assert.Equal(t, []string{"m: command cqrs_test.Join", "built", "m: end"}, a.notes())
	})

	t.Run("may change the context", func(t *testing.T) {
		t.Parallel()
		type key struct{}
		a := newApp(t)
		command(a, func(ctx context.Context, _ *self[nothing], _ Join) error {
			assert.Equal(t, "value", ctx.Value(key{}))
			return nil
		})
		m := a.start(bootstrap.WithMiddleware(cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			return next(context.WithValue(ctx, key{}, "value"), in)
		})))
		require.NoError(t, m.Send(t.Context(), Join{}))
	})
}

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

	t.Run("are replaced", func(t *testing.T) {
		t.Parallel()
		m := reading(t, nil).start(bootstrap.WithMiddleware(cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			result, err := next(ctx, in)
			if text, ok := result.(string); ok {
				result = text + "!"
			}
			return result, err
		})))
		got, err := cqrs.Send(t.Context(), m, Read{})
		require.NoError(t, err)
		assert.Equal(t, "read!", got)
	})

	t.Run("give way to an error, which drops the events", func(t *testing.T) {
		t.Parallel()
		a := reading(t, nil)
		m := a.start(bootstrap.WithMiddleware(cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			if in.Kind() == cqrs.KindEvent {
				return next(ctx, in)
			}
			result, _ := next(ctx, in)
			return result, errOther
		})))
		got, err := cqrs.Send(t.Context(), m, Read{})
		assert.Same(t, errOther, err)
		assert.Empty(t, got)
		assert.Equal(t, []string{"read"}, a.notes())
	})

	t.Run("come instead of an error, whose handler's events stay dropped", func(t *testing.T) {
		t.Parallel()
		a := reading(t, errHandler)
		m := a.start(bootstrap.WithMiddleware(cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			_, err := next(ctx, in)
			require.ErrorIs(t, err, errHandler)
			return "cached", nil
		})))
		got, err := cqrs.Send(t.Context(), m, Read{})
		require.NoError(t, err)
		assert.Equal(t, "cached", got)
		assert.Equal(t, []string{"read"}, a.notes())
	})

	t.Run("come from a middleware that leaves next out", func(t *testing.T) {
		t.Parallel()
		a := reading(t, nil)
		got, err := cqrs.Send(t.Context(), a.start(instead("cached", nil)), Read{})
		require.NoError(t, err)
		assert.Equal(t, "cached", got)
		assert.Empty(t, a.notes())
	})

	t.Run("of a command without one are Unit", func(t *testing.T) {
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

	t.Run("that are nil fit a message that is answered by an interface", func(t *testing.T) {
		t.Parallel()
		type find struct{ cqrs.Query[error] }
		a := newApp(t)
		request(a, func(context.Context, *self[nothing], find) (error, error) { return errOther, nil })
		got, err := cqrs.Send(t.Context(), a.start(instead(nil, nil)), find{})
		require.NoError(t, err)
		assert.NoError(t, got)
	})

	t.Run("of a retry are those of the last attempt, with a new handler and its events alone", func(t *testing.T) {
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
		got, err := cqrs.Send(t.Context(), a.start(bootstrap.WithMiddleware(cqrs.MiddlewareFunc(twice))), Count{})
		require.NoError(t, err)
		assert.Equal(t, 2, got)
		assert.NotSame(t, seen[0], seen[1])
		assert.Equal(t, []string{"joined 2"}, a.notes())
	})

	t.Run("of a last attempt that failed come without events, even if one before succeeded", func(t *testing.T) {
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
		m := a.start(bootstrap.WithMiddleware(cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			result, err := next(ctx, in)
			require.NoError(t, err)
			_, err = next(ctx, in)
			require.ErrorIs(t, err, errHandler)
			return result, nil
		})))
		require.NoError(t, m.Send(t.Context(), Join{}))
		require.NoError(t, m.Publish(t.Context(), Greeted{}))
		assert.Empty(t, a.notes())
	})

	t.Run("of calling next twice with success are the events of the second call", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		calls := 0
		command(a, func(_ context.Context, h *self[nothing], _ Join) error {
			calls++
			h.Record(Joined{N: calls})
			return nil
		})
		on[first](a, noting[Joined](a, "joined"))
		m := a.start(bootstrap.WithMiddleware(cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			if in.Kind() == cqrs.KindCommand {
				_, _ = next(ctx, in)
			}
			return next(ctx, in)
		})))
		require.NoError(t, m.Send(t.Context(), Join{}))
		assert.Equal(t, []string{"joined 2"}, a.notes())
	})
}
