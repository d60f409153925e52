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

// sharedEvents passes a message on, and returns a slice of events that it does not own.
type sharedEvents struct{ events []cqrs.Event }

func (*sharedEvents) Handle(context.Context, Count) (int, error) { return 0, cqrs.ErrNotHandled }
func (h *sharedEvents) Events() []cqrs.Event                     { return h.events }

func TestChain(t *testing.T) {
	t.Parallel()

	t.Run("builds a link only when the message reaches it", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		got, err := sendCount(t, a, cqrs.Chain(passes[first](a, "1"), counts[second](a, "2", 22, nil),
			counts[third](a, "3", 33, nil)))
		require.NoError(t, err)
		assert.Equal(t, 22, got)
		assert.Equal(t, []string{"build 1", "run 1", "build 2", "run 2"}, a.notes())
	})

	t.Run("dispatches the events of all links that ran, in order", func(t *testing.T) {
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

	t.Run("writes nothing into the slice of events that a handler returned", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		events := append(make([]cqrs.Event, 0, 2), Joined{N: 1})
		a.provide(func() *sharedEvents { return &sharedEvents{events} })
		_, err := sendCount(t, a, cqrs.Chain(
			cqrs.RequestTarget[*sharedEvents](), counts[second](a, "2", 22, nil, joined(2)...)))
		require.NoError(t, err)
		assert.Equal(t, []string{"build 2", "run 2", "joined 1", "joined 2"}, a.notes())
		assert.Nil(t, events[:2][1])
	})

	t.Run("can have one link", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		got, err := sendCount(t, a, cqrs.Chain(counts[first](a, "1", 11, nil, joined(1)...)))
		require.NoError(t, err)
		assert.Equal(t, 11, got)
		assert.Equal(t, []string{"build 1", "run 1", "joined 1"}, a.notes())
	})

	t.Run("that no link answers is an error with all handlers, and drops the events", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		got, err := sendCount(t, a, cqrs.Chain(counts[first](a, "1", 11, cqrs.ErrNotHandled, joined(1)...),
			passes[second](a, "2")))
		assert.Zero(t, got)
		require.ErrorIs(t, err, cqrs.ErrNotHandled)
		e, is := errors.AsType[*cqrs.NotHandledError](err)
		require.True(t, is)
		assert.Equal(t, reflect.TypeFor[Count](), e.Message)
		assert.Equal(t, []reflect.Type{
			reflect.TypeFor[*requestLink[first, Count, int, *part[first]]](),
			reflect.TypeFor[*requestLink[second, Count, int, *part[second]]](),
		}, e.Handlers)
		assert.Equal(t, []string{"build 1", "run 1", "build 2", "run 2"}, a.notes())
	})

	for name, failure := range map[string]error{
		"an error":                                errHandler,
		"an error that wraps ErrNotHandled":       fmt.Errorf("not mine: %w", cqrs.ErrNotHandled),
		"an error that joins ErrNotHandled":       errors.Join(cqrs.ErrNotHandled),
		"an error with the text of ErrNotHandled": errors.New(cqrs.ErrNotHandled.Error()),
		"an error that is not comparable":         incomparable{[]string{"a"}},
	} {
		t.Run("ends with "+name+", which is returned unchanged", func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			got, err := sendCount(t, a, cqrs.Chain(passes[first](a, "1", joined(1)...),
				counts[second](a, "2", 22, failure, joined(2)...), counts[third](a, "3", 33, nil)))
			assert.Zero(t, got)
			assert.Equal(t, failure, err)
			assert.Equal(t, []string{"build 1", "run 1", "build 2", "run 2"}, a.notes())
		})
	}

	t.Run("ends at a panic, which names the link", func(t *testing.T) {
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

	t.Run("ends at the error or the panic of a constructor", func(t *testing.T) {
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

	t.Run("runs in one scope", func(t *testing.T) {
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

	t.Run("can have singletons as links, which are built once", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		built := 0
		require.NoError(t, a.container.Provide(func() *stoicHandler { built++; return &stoicHandler{a} },
			container.Singleton()))
		bindTarget(a, cqrs.Chain(cqrs.CommandTarget[*stoicHandler](),
			commandTo[first](a, func(context.Context, *self[nothing], Join) error { a.note("link"); return nil })))
		m := a.start()
		for n := range 3 {
			require.NoError(t, m.Send(t.Context(), Join{N: n}))
		}
		assert.Equal(t, 1, built)
		assert.Equal(t, []string{"stoic 0", "stoic 1", "link", "stoic 2"}, a.notes())
	})

	t.Run("is not done if a link returns the error of another request", func(t *testing.T) {
		t.Parallel()
		b := newApp(t)
		joinRecords(b, joined(1)...)
		on[first](b, func(context.Context, *self[nothing], Joined) error { return errOther }, cqrs.AfterScope())
		other := b.start()
		a := newApp(t)
		got, err := sendCount(t, a, cqrs.Chain(passes[first](a, "1"), requestTo[second](a,
			func(ctx context.Context, _ *self[nothing], _ Count) (int, error) {
				return 22, other.Send(ctx, Join{})
			})))
		require.ErrorIs(t, err, errOther)
		assert.False(t, cqrs.Done(err))
		assert.Zero(t, got)
	})
}
