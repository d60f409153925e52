package cqrs_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type fourth struct{}

// counts is a handler of Count. It notes when it is built and when it runs,
// records the events, and returns result and error.
func counts[Name any](a *app, name string, result int, err error, events ...cqrs.Event) cqrs.Target[Count, int] {
	a.t.Helper()
	withPart[Name](a, name)
	return requestTo[Name](a, func(_ context.Context, h *self[*part[Name]], _ Count) (int, error) {
		a.note("run %s", name)
		h.Record(events...)
		return result, err
	})
}

// passes is one that passes on.
func passes[Name any](a *app, name string, events ...cqrs.Event) cqrs.Target[Count, int] {
	a.t.Helper()
	return counts[Name](a, name, 0, cqrs.ErrNotHandled, events...)
}

// sendCount binds a target, with handlers that note Joined, and sends Count.
func sendCount(t *testing.T, a *app, target cqrs.Target[Count, int], opts ...cqrs.BindOption) (int, error) {
	t.Helper()
	bindTarget(a, target, opts...)
	on[first](a, noting[Joined](a, "joined"))
	return cqrs.Send(t.Context(), a.start(), Count{})
}

func TestChain(t *testing.T) {
	t.Parallel()

	t.Run("builds a link when the message reaches it", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		got, err := sendCount(t, a, cqrs.Chain(passes[first](a, "1"), counts[second](a, "2", 22, nil), counts[third](a, "3", 33, nil)))
		require.NoError(t, err)
		assert.Equal(t, 22, got)
		assert.Equal(t, []string{"build 1", "run 1", "build 2", "run 2"}, a.notes())
	})

	t.Run("dispatches the events of all links that ran, in their order", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		_, err := sendCount(t, a, cqrs.Chain(
			passes[first](a, "1", joined(1, 2)...), passes[second](a, "2"),
			counts[third](a, "3", 33, nil, joined(3)...), counts[fourth](a, "4", 44, nil, joined(4)...)))
		require.NoError(t, err)
		assert.Equal(t, []string{
			"build 1", "run 1", "build 2", "run 2", "build 3", "run 3", "joined 1", "joined 2", "joined 3",
		}, a.notes())
	})

	t.Run("may have one link", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		got, err := sendCount(t, a, cqrs.Chain(counts[first](a, "1", 11, nil, joined(1)...)))
		require.NoError(t, err)
		assert.Equal(t, 11, got)
		assert.Equal(t, []string{"build 1", "run 1", "joined 1"}, a.notes())
	})

	t.Run("that nobody answers is an error with all the handlers, and drops the events", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		got, err := sendCount(t, a, cqrs.Chain(counts[first](a, "1", 11, cqrs.ErrNotHandled, joined(1)...), passes[second](a, "2")))
		assert.Zero(t, got)
		require.ErrorIs(t, err, cqrs.ErrNotHandled)
		e, is := errors.AsType[*cqrs.NotHandledError](err)
		require.True(t, is)
		assert.Equal(t, reflect.TypeFor[Count](), e.Message)
		assert.Equal(t, []reflect.Type{
			reflect.TypeFor[*requestLink[first, Count, int, *part[first]]](), reflect.TypeFor[*requestLink[second, Count, int, *part[second]]](),
		}, e.Handlers)
		assert.Equal(t, []string{"build 1", "run 1", "build 2", "run 2"}, a.notes())
	})

	for name, failure := range map[string]error{
		"an error":                       errHandler,
		"an error that wraps the pass":   fmt.Errorf("not mine: %w", cqrs.ErrNotHandled),
		"an error that joins the pass":   errors.Join(cqrs.ErrNotHandled),
		"an error that is like the pass": errors.New(cqrs.ErrNotHandled.Error()),
		"an error without comparison":    incomparable{[]string{"a"}},
	} {
		t.Run("ends with "+name+", which comes back as it is", func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			got, err := sendCount(t, a, cqrs.Chain(passes[first](a, "1", joined(1)...), counts[second](a, "2", 22, failure, joined(2)...), counts[third](a, "3", 33, nil)))
			assert.Zero(t, got)
			assert.Equal(t, failure, err)
			assert.Equal(t, []string{"build 1", "run 1", "build 2", "run 2"}, a.notes())
		})
	}

	t.Run("ends with a panic, which names the link", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		target := cqrs.Chain(passes[first](a, "1", joined(1)...),
			requestTo[second](a, func(context.Context, *self[nothing], Count) (int, error) { panic(errPanic) }),
			counts[third](a, "3", 33, nil))
		_, err := sendCount(t, a, target)
		p, is := errors.AsType[*cqrs.PanicError](err)
		require.True(t, is)
		require.ErrorIs(t, err, errPanic)
		assert.Equal(t, reflect.TypeFor[*requestLink[second, Count, int, nothing]](), p.Handler)
		assert.Equal(t, reflect.TypeFor[Count](), p.Message)
		assert.Equal(t, []string{"build 1", "run 1"}, a.notes())
	})

	t.Run("ends with the error or the panic of a constructor", func(t *testing.T) {
		t.Parallel()
		for _, bang := range []bool{false, true} {
			a := newApp(t)
			a.provide(func() (*inner, error) {
				if bang {
					panic(errPanic)
				}
				return nil, errPanic
			}, container.Scoped())
			target := cqrs.Chain(passes[first](a, "1", joined(1)...),
				requestTo[second](a, func(context.Context, *self[*inner], Count) (int, error) { return 22, nil }),
				counts[third](a, "3", 33, nil))
			got, err := sendCount(t, a, target)
			assert.Zero(t, got)
			require.ErrorIs(t, err, errPanic)
			_, panicked := errors.AsType[*cqrs.PanicError](err)
			assert.Equal(t, bang, panicked)
			assert.Equal(t, []string{"build 1", "run 1"}, a.notes())
		}
	})

	t.Run("shares one scope", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		link := func(name string, err error) func(context.Context, *self[*tx], Join) error {
			return func(_ context.Context, h *self[*tx], _ Join) error {
				a.note("%s in %d", name, h.need.id)
				return err
			}
		}
		bindTarget(a, cqrs.Chain(commandTo[first](a, link("1", cqrs.ErrNotHandled)), commandTo[second](a, link("2", nil))))
		require.NoError(t, a.start().Send(t.Context(), Join{}))
		assert.Equal(t, []string{"1 in 1", "2 in 1", "commit 1"}, a.notes())
	})

	t.Run("may have singletons for links, which are built once", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		built := 0
		require.NoError(t, a.container.Provide(func() *stoicHandler { built++; return &stoicHandler{a} }, container.Singleton()))
		bindTarget(a, cqrs.Chain(cqrs.CommandTarget[*stoicHandler](),
			commandTo[first](a, func(context.Context, *self[nothing], Join) error { a.note("link"); return nil })))
		m := a.start()
		for n := range 3 {
			require.NoError(t, m.Send(t.Context(), Join{N: n}))
		}
		assert.Equal(t, 1, built)
		assert.Equal(t, []string{"stoic 0", "stoic 1", "link", "stoic 2"}, a.notes())
	})

	t.Run("returns the error of another request as one of its own", func(t *testing.T) {
		t.Parallel()
		b := newApp(t)
		joinRecords(b, joined(1)...)
		on[first](b, func(context.Context, *self[nothing], Joined) error { return errOther }, cqrs.AfterScope())
		other := b.start()
		a := newApp(t)
		got, err := sendCount(t, a, cqrs.Chain(passes[first](a, "1"), requestTo[second](a, func(ctx context.Context, _ *self[nothing], _ Count) (int, error) {
			return 22, other.Send(ctx, Join{})
		})))
		require.ErrorIs(t, err, errOther)
		assert.False(t, cqrs.Done(err))
		assert.Zero(t, got)
	})
}

// A stoicHandler is a singleton. It passes on odd numbers.
type stoicHandler struct{ *app }

func (h *stoicHandler) Handle(_ context.Context, c Join) error {
	h.note("stoic %d", c.N)
	if c.N%2 == 1 {
		return cqrs.ErrNotHandled
	}
	return nil
}

func TestChain_Nested(t *testing.T) {
	t.Parallel()

	t.Run("in a chain is a part of it", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		got, err := sendCount(t, a, cqrs.Chain(
			cqrs.Chain(passes[first](a, "1", joined(1)...), passes[second](a, "2", joined(2)...)),
			cqrs.Chain(passes[third](a, "3"), counts[fourth](a, "4", 44, nil, joined(4)...))))
		require.NoError(t, err)
		assert.Equal(t, 44, got)
		assert.Equal(t, []string{
			"build 1", "run 1", "build 2", "run 2", "build 3", "run 3", "build 4", "run 4", "joined 1", "joined 2", "joined 4",
		}, a.notes())
	})

	t.Run("in a chain that nobody answers is one error with all handlers", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		_, err := sendCount(t, a, cqrs.Chain(cqrs.Chain(passes[first](a, "1"), passes[second](a, "2")), passes[third](a, "3")))
		e, is := errors.AsType[*cqrs.NotHandledError](err)
		require.True(t, is)
		assert.Len(t, e.Handlers, 3)
	})

	t.Run("in a fallback falls back if nobody answers, without its events", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		var asked error
		got, err := sendCount(t, a, cqrs.Fallback(
			cqrs.Chain(passes[first](a, "1", joined(1)...), passes[second](a, "2", joined(2)...)),
			counts[third](a, "3", 33, nil, joined(3)...),
			func(err error) bool { asked = err; return errors.Is(err, cqrs.ErrNotHandled) }))
		require.NoError(t, err)
		assert.Equal(t, 33, got)
		require.ErrorIs(t, asked, cqrs.ErrNotHandled)
		assert.Equal(t, []string{"build 1", "run 1", "build 2", "run 2", "build 3", "run 3", "joined 3"}, a.notes())
	})

	t.Run("in a fallback that is not wanted is the error of a chain", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		_, err := sendCount(t, a, cqrs.Fallback(cqrs.Chain(passes[first](a, "1", joined(1)...), passes[second](a, "2")), counts[third](a, "3", 33, nil), never))
		_, is := errors.AsType[*cqrs.NotHandledError](err)
		require.True(t, is, "%v", err)
		assert.Equal(t, []string{"build 1", "run 1", "build 2", "run 2"}, a.notes())
	})

	t.Run("in a fallback that fails too is found beside the other error", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		_, err := sendCount(t, a, cqrs.Fallback(cqrs.Chain(passes[first](a, "1"), counts[second](a, "2", 0, errPrimary)), counts[third](a, "3", 33, errHandler), nil))
		require.ErrorIs(t, err, errPrimary)
		require.ErrorIs(t, err, errHandler)
	})

	t.Run("that is the secondary target of a fallback answers as one, with the events of all its links", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		got, err := sendCount(t, a, cqrs.Fallback(counts[first](a, "1", 11, errPrimary, joined(1)...),
			cqrs.Chain(passes[second](a, "2", joined(2)...), counts[third](a, "3", 33, nil, joined(3)...)), nil))
		require.NoError(t, err)
		assert.Equal(t, 33, got)
		assert.Equal(t, []string{"build 1", "run 1", "build 2", "run 2", "build 3", "run 3", "joined 2", "joined 3"}, a.notes())
	})
}

func never(error) bool { return false }

func TestChain_OfEventsAndNestedSends(t *testing.T) {
	t.Parallel()

	eventLink := func(a *app, name string, err error) func(context.Context, *self[*tx], Joined) error {
		return func(_ context.Context, h *self[*tx], e Joined) error {
			a.note("%s in %d", name, h.need.id)
			h.Record(Left{N: len(name)})
			return err
		}
	}

	t.Run("of an event is one subscription, with the events of all links that ran", func(t *testing.T) {
		t.Parallel()
		for _, opts := range [][]cqrs.EventOption{nil, {cqrs.AfterScope()}} {
			a := newApp(t).withTx()
			bindEventTarget(a, cqrs.Chain(eventTo[first](a, eventLink(a, "a", cqrs.ErrNotHandled)), eventTo[second](a, eventLink(a, "bb", nil)),
				eventTo[third](a, eventLink(a, "ccc", nil))), opts...)
			on[first](a, noting[Left](a, "left"))
			require.NoError(t, a.start().Publish(t.Context(), Joined{}))
			assert.Equal(t, []string{"a in 1", "bb in 1", "left 1", "left 2", "commit 1"}, a.notes())
		}
	})

	t.Run("of an event that nobody answers fails the request", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		bindEventTarget(a, cqrs.Chain(eventTo[first](a, eventLink(a, "a", cqrs.ErrNotHandled)), eventTo[second](a, eventLink(a, "bb", cqrs.ErrNotHandled))))
		err := a.start().Publish(t.Context(), Joined{})
		event, is := errors.AsType[*cqrs.EventError](err)
		require.True(t, is)
		assert.Equal(t, reflect.TypeFor[*eventHandler[first, Joined, *tx]](), event.Handler)
		e, is := errors.AsType[*cqrs.NotHandledError](err)
		require.True(t, is)
		assert.Equal(t, reflect.TypeFor[Joined](), e.Message)
		assert.Len(t, e.Handlers, 2)
		assert.Equal(t, []string{"a in 1", "bb in 1", "rollback 1"}, a.notes())
	})

	t.Run("takes nested sends, whose events join the queue", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		link := func(name string, err error) func(context.Context, *self[*tx], Join) error {
			return func(_ context.Context, h *self[*tx], c Join) error {
				a.note("%s in %d", name, h.need.id)
				h.Record(Joined{N: len(name)})
				return err
			}
		}
		bindTarget(a, cqrs.Chain(commandTo[first](a, link("a", cqrs.ErrNotHandled)), commandTo[second](a, link("bb", nil))),
			cqrs.WithMiddleware(cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				assert.True(t, in.Nested())
				return next(ctx, in)
			})))
		command(a, func(ctx context.Context, h *self[txAndSender], _ Leave) error {
			h.Record(Joined{N: 9})
			err := h.need.Sender.Send(ctx, Join{})
			a.note("leave goes on")
			return err
		})
		on[first](a, noting[Joined](a, "joined"))
		require.NoError(t, a.start().Send(t.Context(), Leave{}))
		assert.Equal(t, []string{"a in 1", "bb in 1", "leave goes on", "joined 1", "joined 2", "joined 9", "commit 1"}, a.notes())
	})

	t.Run("that nobody answers drops its events, and not those of the request that sent to it", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		bindTarget(a, cqrs.Chain(passes[first](a, "1", joined(1)...)))
		command(a, func(ctx context.Context, h *self[cqrs.Sender], _ Leave) error {
			h.Record(Joined{N: 9})
			_, err := cqrs.Send(ctx, h.need, Count{})
			require.ErrorIs(t, err, cqrs.ErrNotHandled)
			return nil
		})
		on[first](a, noting[Joined](a, "joined"))
		require.NoError(t, a.start().Send(t.Context(), Leave{}))
		assert.Equal(t, []string{"build 1", "run 1", "joined 9"}, a.notes())
	})

	t.Run("is no pass of the request that sent to it", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		bindTarget(a, cqrs.Chain(passes[first](a, "inner")))
		bindTarget(a, cqrs.Chain(
			commandTo[first](a, func(ctx context.Context, h *self[cqrs.Sender], _ Leave) error {
				_, err := cqrs.Send(ctx, h.need, Count{})
				return err
			}),
			commandTo[second](a, func(context.Context, *self[nothing], Leave) error { a.note("second"); return nil })))
		err := a.start().Send(t.Context(), Leave{})
		e, is := errors.AsType[*cqrs.NotHandledError](err)
		require.True(t, is)
		assert.Equal(t, reflect.TypeFor[Count](), e.Message, "it is the inner one that nobody has answered")
		assert.Equal(t, []string{"build inner", "run inner"}, a.notes())
	})
}
