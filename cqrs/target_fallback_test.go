package cqrs_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

func TestFallback(t *testing.T) {
	t.Parallel()

	always := func(error) bool { return true }

	t.Run("does not call the condition or the secondary target if the primary succeeds", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		got, err := sendCount(t, a, cqrs.Fallback(counts[first](a, "1", 11, nil, joined(1)...),
			counts[second](a, "2", 22, nil, joined(2)...),
			func(error) bool { a.note("asked"); return true }))
		require.NoError(t, err)
		assert.Equal(t, 11, got)
		assert.Equal(t, []string{"build 1", "run 1", "joined 1"}, a.notes())
	})

	for name, when := range map[string]func(error) bool{"no condition": nil, "a condition that is true": always} {
		t.Run("with "+name+" lets the secondary target answer, without the events of the primary", func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			got, err := sendCount(t, a, cqrs.Fallback(counts[first](a, "1", 11, errPrimary, joined(1)...),
				counts[second](a, "2", 22, nil, joined(2)...), when))
			require.NoError(t, err)
			assert.Equal(t, 22, got)
			assert.Equal(t, []string{"build 1", "run 1", "build 2", "run 2", "joined 2"}, a.notes())
		})

		t.Run("with "+name+" joins both errors if both fail, and drops all events", func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			got, err := sendCount(t, a, cqrs.Fallback(counts[first](a, "1", 11, errPrimary, joined(1)...),
				counts[second](a, "2", 22, errHandler, joined(2)...), when))
			assert.Zero(t, got)
			require.ErrorIs(t, err, errPrimary)
			require.ErrorIs(t, err, errHandler)
			assert.Equal(t, []string{"build 1", "run 1", "build 2", "run 2"}, a.notes())
		})
	}

	t.Run("with a condition that is false returns the error unchanged", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		var asked []error
		_, err := sendCount(t, a, cqrs.Fallback(counts[first](a, "1", 11, errPrimary, joined(1)...),
			counts[second](a, "2", 22, nil),
			func(err error) bool { asked = append(asked, err); return false }))
		assert.Same(t, errPrimary, err)
		assert.Equal(t, []error{errPrimary}, asked, "asked once, with the error itself")
		assert.Equal(t, []string{"build 1", "run 1"}, a.notes())
	})

	t.Run("joins a panic of the condition with the error that it was called with", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		got, err := sendCount(t, a, cqrs.Fallback(counts[first](a, "1", 11, errPrimary, joined(1)...),
			counts[second](a, "2", 22, nil),
			func(error) bool { panic(errPanic) }))
		assert.Zero(t, got)
		_, is := errors.AsType[*cqrs.PanicError](err)
		assert.True(t, is)
		require.ErrorIs(t, err, errPanic)
		assert.Equal(t, []string{"build 1", "run 1"}, a.notes())
		require.ErrorIs(t, err, errPrimary, "no outcome loses an error")
	})

	t.Run("falls back from a panic of the primary target", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		got, err := sendCount(t, a, cqrs.Fallback(
			requestTo[first](a, func(_ context.Context, h *self[nothing], _ Count) (int, error) {
				h.Record(joined(1)...)
				panic(errPanic)
			}),
			counts[second](a, "2", 22, nil),
			func(err error) bool {
				p, is := errors.AsType[*cqrs.PanicError](err)
				return is && p.Handler == reflect.TypeFor[*requestLink[first, Count, int, nothing]]()
			}))
		require.NoError(t, err)
		assert.Equal(t, 22, got)
		assert.Equal(t, []string{"build 2", "run 2"}, a.notes())
	})

	t.Run("joins a panic of the secondary target, which names it, with the primary error", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		_, err := sendCount(t, a, cqrs.Fallback(counts[first](a, "1", 11, errPrimary),
			requestTo[second](a, func(context.Context, *self[nothing], Count) (int, error) { panic(errPanic) }), nil))
		require.ErrorIs(t, err, errPrimary)
		require.ErrorIs(t, err, errPanic)
		p, is := errors.AsType[*cqrs.PanicError](err)
		require.True(t, is)
		assert.Equal(t, reflect.TypeFor[*requestLink[second, Count, int, nothing]](), p.Handler)
	})

	for name, bang := range map[string]bool{"error": false, "panic": true} {
		t.Run("falls back from the "+name+" of a constructor of the primary target", func(t *testing.T) {
			t.Parallel()
			a := newApp(t).withTx()
			a.provide(func(*tx) (*inner, error) {
				if bang {
					panic(errPanic)
				}
				return nil, errPanic
			}, container.Scoped())
			bindTarget(a, cqrs.Fallback(
				commandTo[first](a, func(context.Context, *self[*inner], Join) error { return nil }),
				commandTo[second](a, func(_ context.Context, h *self[*tx], _ Join) error {
					a.note("second in %d", h.need.id)
					return nil
				}),
				func(err error) bool { return errors.Is(err, errPanic) }))
			require.NoError(t, a.start().Send(t.Context(), Join{}))
			assert.Equal(t, []string{"second in 1", "commit 1"}, a.notes())
		})
	}

	t.Run("fails with both errors if a shared dependency fails", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.provide(func() (*inner, error) { return nil, errPanic }, container.Scoped())
		bindTarget(a, cqrs.Fallback(
			commandTo[first](a, func(context.Context, *self[*inner], Join) error { return nil }),
			commandTo[second](a, func(context.Context, *self[*inner], Join) error { return nil }), nil))
		require.ErrorIs(t, a.start().Send(t.Context(), Join{}), errPanic)
	})

	t.Run("shares scoped values with the secondary target", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		link := func(name string, err error) func(context.Context, *self[*tx], Join) error {
			return func(_ context.Context, h *self[*tx], _ Join) error { a.note("%s in %d", name, h.need.id); return err }
		}
		bindTarget(a, cqrs.Fallback(commandTo[first](a, link("1", errPrimary)), commandTo[second](a, link("2", nil)), nil))
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{"1 in 1", "2 in 1", "commit 1"}, a.notes())
	})

	for name, test := range map[string]struct {
		when func(error) bool
		err  []error
		runs []string
	}{
		"does not fall back without a condition":       {nil, []error{context.Canceled}, []string{"first"}},
		"falls back if the condition is true":          {always, nil, []string{"first", "second"}},
		"does not fall back if the condition is false": {never, []error{context.Canceled}, []string{"first"}},
	} {
		t.Run("after a cancellation, "+name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			ctx, cancel := context.WithCancel(t.Context())
			bindTarget(a, cqrs.Fallback(
				commandTo[first](a, func(ctx context.Context, _ *self[nothing], _ Join) error {
					a.note("first")
					cancel()
					return ctx.Err()
				}),
				commandTo[second](a, func(context.Context, *self[nothing], Join) error { a.note("second"); return nil }),
				test.when))
			err := a.start().Send(ctx, Join{})
			for _, want := range test.err {
				require.ErrorIs(t, err, want)
			}
			assert.Equal(t, len(test.err) == 0, err == nil)
			assert.Equal(t, test.runs, a.notes())
		})
	}

	t.Run("in a fallback joins all errors", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		_, err := sendCount(t, a, cqrs.Fallback(
			cqrs.Fallback(counts[first](a, "1", 0, errPrimary, joined(1)...),
				counts[second](a, "2", 0, errHandler, joined(2)...), nil),
			cqrs.Fallback(counts[third](a, "3", 0, errOther), counts[fourth](a, "4", 0, errPanic), nil), nil))
		for _, want := range []error{errPrimary, errHandler, errOther, errPanic} {
			require.ErrorIs(t, err, want)
		}
	})

	t.Run("in a fallback goes on to the first target that answers", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		got, err := sendCount(t, a, cqrs.Fallback(
			cqrs.Fallback(counts[first](a, "1", 0, errPrimary, joined(1)...),
				counts[second](a, "2", 0, errHandler, joined(2)...), nil),
			cqrs.Fallback(counts[third](a, "3", 33, nil, joined(3)...), counts[fourth](a, "4", 44, nil), nil), nil))
		require.NoError(t, err)
		assert.Equal(t, 33, got)
		assert.Equal(t, []string{"build 1", "run 1", "build 2", "run 2", "build 3", "run 3", "joined 3"}, a.notes())
	})

	t.Run("is wrapped once by middleware, which sees an error only if both fail", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		_, err := sendCount(t, a, cqrs.Fallback(counts[first](a, "1", 0, errPrimary), counts[second](a, "2", 22, nil), nil),
			cqrs.WithMiddleware(around(a, "m"), cqrs.MiddlewareFunc(
				func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
					result, err := next(ctx, in)
					require.NoError(t, err)
					return result, err
				})))
		require.NoError(t, err)
		assert.Equal(t, []string{"m: command cqrs_test.Count", "build 1", "run 1", "build 2", "run 2", "m: end"}, a.notes())
	})

	t.Run("does not fall back from an error of middleware", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		_, err := sendCount(t, a, cqrs.Fallback(counts[first](a, "1", 11, nil), counts[second](a, "2", 22, nil), nil),
			cqrs.WithMiddleware(cqrs.MiddlewareFunc(thenFails)))
		assert.Same(t, errOther, err)
		assert.Equal(t, []string{"build 1", "run 1"}, a.notes())
	})

	t.Run("of an event is one subscription, in or after the scope", func(t *testing.T) {
		t.Parallel()
		for _, opts := range [][]cqrs.EventOption{nil, {cqrs.AfterScope()}} {
			a := newApp(t).withTx()
			bindEventTarget(a, cqrs.Fallback(
				eventTo[first](a, func(_ context.Context, h *self[*tx], _ Joined) error {
					h.Record(Left{N: 1})
					return errPrimary
				}),
				eventTo[second](a, func(_ context.Context, h *self[*tx], e Joined) error {
					h.Record(Left{N: 2})
					if e.N == 0 {
						return errHandler
					}
					return nil
				}), nil), opts...)
			on[first](a, noting[Left](a, "left"))
			m := a.start()
			require.NoError(t, m.Publish(t.Context(), Joined{N: 1}))
			assert.Equal(t, []string{"left 2", "commit 1"}, a.notes())
			err := m.Publish(t.Context(), Joined{})
			require.ErrorIs(t, err, errPrimary)
			require.ErrorIs(t, err, errHandler)
			require.Len(t, eventErrors(err), 1)
			assert.Equal(t, opts != nil, eventErrors(err)[0].Delivery == cqrs.DeliveryAfterScope)
			assert.Equal(t, []string{"rollback 2"}, a.notes())
		}
	})

	t.Run("handles nested sends, with the events of the target that answered", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		bindTarget(a, cqrs.Fallback(counts[first](a, "1", 0, errPrimary, joined(1)...),
			counts[second](a, "2", 22, nil, joined(2)...), nil))
		on[first](a, noting[Joined](a, "joined"))
		require.NoError(t, a.start().Run(t.Context(), func(ctx context.Context, s cqrs.Sender) error {
			got, err := cqrs.Send(ctx, s, Count{})
			assert.Equal(t, 22, got)
			return err
		}))
		assert.Equal(t, []string{"build 1", "run 1", "build 2", "run 2", "joined 2"}, a.notes())
	})

	t.Run("can have singletons as targets", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		require.NoError(t, a.container.Provide(func() *stoicHandler { return &stoicHandler{a} }, container.Singleton()))
		require.NoError(t, a.container.Provide(func() *otherJoinHandler { a.note("built"); return new(otherJoinHandler) },
			container.Singleton()))
		bindTarget(a, cqrs.Fallback(cqrs.CommandTarget[*stoicHandler](), cqrs.CommandTarget[*otherJoinHandler](), nil))
		m := a.start()
		for n := range 4 {
			require.NoError(t, m.Send(t.Context(), Join{N: n}))
		}
		assert.Equal(t, []string{"built", "stoic 0", "stoic 1", "stoic 2", "stoic 3"}, a.notes())
	})
}
