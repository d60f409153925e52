package cqrs_test

import (
	"context"
	"fmt"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestInvocation_Attempt(t *testing.T) {
	t.Parallel()

	// numbering notes the attempt before and after next.
	numbering := func(a *app, name string) cqrs.Middleware {
		return cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			before := in.Attempt()
			result, err := next(ctx, in)
			a.note("%s %d-%d", name, before, in.Attempt())
			return result, err
		})
	}
	twice := cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
		if result, err := next(ctx, in); err == nil {
			return result, nil
		}
		return next(ctx, in)
	})
	failing := func(context.Context, *self[nothing], Join) error { return errHandler }

	t.Run("is that of the latest call of next, inside and outside of a retry", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, failing)
		m := a.start(bootstrap.WithMiddleware(numbering(a, "handler"), cqrs.AroundScope(
			numbering(a, "outside"), twice, numbering(a, "inside"))))
		require.ErrorIs(t, m.Send(t.Context(), Join{}), errHandler)
		assert.Equal(t, []string{"handler 1-1", "inside 1-1", "handler 2-2", "inside 2-2", "outside 1-2"}, a.notes())
	})

	t.Run("counts the calls of the innermost middleware too", func(t *testing.T) {
		t.Parallel()
		for _, wrap := range []func(...cqrs.Middleware) cqrs.Middleware{cqrs.AroundScope, cqrs.Only[Join]} {
			a := newApp(t)
			command(a, failing)
			m := a.start(bootstrap.WithMiddleware(wrap(numbering(a, "outside"), twice)))
			require.ErrorIs(t, m.Send(t.Context(), Join{}), errHandler)
			assert.Equal(t, []string{"outside 1-2"}, a.notes())
		}
	})

	t.Run("counts on if retries are nested", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, failing)
		m := a.start(bootstrap.WithMiddleware(cqrs.AroundScope(
			numbering(a, "outside"), twice, numbering(a, "between"), twice, numbering(a, "inside"))))
		require.ErrorIs(t, m.Send(t.Context(), Join{}), errHandler)
		assert.Equal(t, []string{
			"inside 1-1", "inside 2-2", "between 1-2", "inside 3-3", "inside 4-4", "between 3-4", "outside 1-4",
		}, a.notes())
	})

	t.Run("is the same for streams and events after the scope, and starts at 1 for nested messages", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		stream(a, func(_ context.Context, h *self[nothing], _ Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) { yield(0, errHandler) }
		})
		on[first](a, func(ctx context.Context, h *self[cqrs.Sender], _ Joined) error { return h.need.Send(ctx, Join{}) },
			cqrs.AfterScope())
		command(a, failing)
		name := func(b *cqrs.Binding) cqrs.Middleware { return numbering(a, fmt.Sprint(b.Kind())) }
		around := cqrs.PerBinding(func(b *cqrs.Binding) cqrs.Middleware {
			if b.Kind() == cqrs.KindCommand {
				return nil
			}
			return cqrs.AroundScope(twice)
		})
		m := a.start(bootstrap.WithMiddleware(around, cqrs.PerBinding(name)))
		_, err := testkit.Drain(cqrs.Stream(t.Context(), m, Export{}))
		require.ErrorIs(t, err, errHandler)
		require.ErrorIs(t, m.Publish(t.Context(), Joined{}), errHandler)
		assert.Equal(t, []string{
			"stream 1-1", "stream 2-2", "command 1-1", "event 1-1", "command 1-1", "event 2-2",
		}, a.notes())
	})
}

func TestInvocation_Settled(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	command(a, func(context.Context, *self[nothing], Join) error { return errHandler })
	settling := cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
		result, err := next(ctx, in)
		n := in.Attempt()
		in.Settled(func(last bool) { a.note("attempt %d, last %t", n, last) })
		in.Settled(func(bool) { panic("no") })
		a.note("attempt %d returns", n)
		return result, err
	})
	twice := cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
		_, _ = next(ctx, in)
		return next(ctx, in)
	})

	m := a.start(bootstrap.WithMiddleware(cqrs.AroundScope(twice, settling)))
	require.ErrorIs(t, m.Send(t.Context(), Join{}), errHandler)
	assert.Equal(t, []string{
		"attempt 1 returns", "attempt 1, last false", "attempt 2 returns", "attempt 2, last true",
	}, a.notes())

	require.ErrorIs(t, a.start(bootstrap.WithMiddleware(settling)).Send(t.Context(), Join{}), errHandler)
	assert.Equal(t, []string{"attempt 1, last true", "attempt 1 returns"}, a.notes(), "at once within the scope")
}

func TestOnRetry(t *testing.T) {
	t.Parallel()

	// watching notes each attempt that is repeated.
	watching := func(a *app, name string, inside ...cqrs.Middleware) cqrs.Middleware {
		return cqrs.OnRetry(func(_ context.Context, in *cqrs.Invocation, err error) {
			a.note("%s: attempt %d of %v failed: %v", name, in.Attempt(), in.Kind(), err)
		}, append([]cqrs.Middleware{cqrs.MiddlewareFunc(passOn)}, inside...)...)
	}
	retry := cqrs.AroundScope(cqrs.MiddlewareFunc(twice))
	failing := func(context.Context, *self[nothing], Join) error { return errHandler }
	wrapping := cqrs.AroundScope(cqrs.MiddlewareFunc(
		func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			_, err := next(ctx, in)
			return nil, fmt.Errorf("attempt %d: %w", in.Attempt(), err)
		}))

	t.Run("reports a failed attempt that is repeated, with the error that the middleware saw", func(t *testing.T) {
		t.Parallel()
		between := cqrs.AroundScope(cqrs.MiddlewareFunc(passOn))
		for name, put := range map[string]func(log cqrs.Middleware) cqrs.Middleware{
			"outside of the retry":         func(log cqrs.Middleware) cqrs.Middleware { return log },
			"with a middleware in between": func(log cqrs.Middleware) cqrs.Middleware { return cqrs.AroundScope(log, between) },
			"in Only":                      func(log cqrs.Middleware) cqrs.Middleware { return cqrs.Only[Join](log) },
		} {
			a := newApp(t)
			command(a, failing)
			require.ErrorIs(t, a.start(bootstrap.WithMiddleware(put(watching(a, "log")), retry, wrapping)).
				Send(t.Context(), Join{}), errHandler)
			assert.Equal(t, []string{"log: attempt 1 of command failed: attempt 1: " + errHandler.Error()}, a.notes(), name)
		}
	})

	t.Run("reports what the given middleware repeats, too", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, failing)
		require.Error(t, a.start(bootstrap.WithMiddleware(watching(a, "log", retry))).Send(t.Context(), Join{}))
		assert.Len(t, a.notes(), 1)
	})

	t.Run("reports nothing about an attempt that is the last, or that succeeded", func(t *testing.T) {
		t.Parallel()
		always := cqrs.AroundScope(cqrs.MiddlewareFunc(
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				for range 3 {
					if _, err := next(ctx, in); err != nil {
						return nil, err
					}
				}
				return next(ctx, in)
			}))
		hiding := cqrs.AroundScope(cqrs.MiddlewareFunc(
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				_, _ = next(ctx, in)
				return cqrs.Unit{}, nil
			}))
		for _, inside := range [][]cqrs.Middleware{nil, {retry, hiding}, {always, hiding}} {
			a := newApp(t)
			command(a, failing)
			_ = a.start(bootstrap.WithMiddleware(append([]cqrs.Middleware{watching(a, "log")}, inside...)...)).
				Send(t.Context(), Join{})
			assert.Empty(t, a.notes())
		}
	})

	t.Run("reports to those outside of the middleware that repeats, and only to them", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		command(a, failing)
		m := a.start(bootstrap.WithMiddleware(watching(a, "outer"), retry, watching(a, "middle", cqrs.OnRetry(
			func(context.Context, *cqrs.Invocation, error) { panic("no") }, retry)), watching(a, "inner")))
		require.ErrorIs(t, m.Send(t.Context(), Join{}), errHandler)
		line := func(name string, attempt int) string {
			return fmt.Sprintf("%s: attempt %d of command failed: %v", name, attempt, errHandler)
		}
		assert.Equal(t, []string{
			line("outer", 1), line("middle", 1), line("outer", 2), line("outer", 3), line("middle", 3),
		}, a.notes())
	})

	t.Run("reports those of streams, and of events after the scope", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		stream(a, func(context.Context, *self[nothing], Export) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) { yield(0, errHandler) }
		})
		on[first](a, func(context.Context, *self[nothing], Joined) error { return errOther }, cqrs.AfterScope())
		m := a.start(bootstrap.WithMiddleware(watching(a, "log"), retry))
		_, err := testkit.Drain(cqrs.Stream(t.Context(), m, Export{}))
		require.ErrorIs(t, err, errHandler)
		require.ErrorIs(t, m.Publish(t.Context(), Joined{}), errOther)
		assert.Equal(t, []string{
			"log: attempt 1 of stream failed: " + errHandler.Error(), "log: attempt 1 of event failed: " + errOther.Error(),
		}, a.notes())
	})

	t.Run("is not asked about a message that its Only leaves out", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on[first](a, func(context.Context, *self[nothing], cqrs.Event) error { return errHandler }, cqrs.AfterScope())
		m := a.start(bootstrap.WithMiddleware(cqrs.Only[Joined](watching(a, "log")), retry))
		require.Error(t, m.Publish(t.Context(), Left{}))
		assert.Empty(t, a.notes())
		require.Error(t, m.Publish(t.Context(), Joined{}))
		assert.Len(t, a.notes(), 1)
	})
}
