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

func TestTarget(t *testing.T) {
	t.Parallel()

	t.Run("reports each link without a constructor", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		bindTarget(a, cqrs.Chain(
			commandTo[first](a, func(context.Context, *self[nothing], Join) error { return nil }),
			cqrs.Fallback(cqrs.CommandTarget[*joinHandler](), cqrs.CommandTarget[*otherJoinHandler](), nil)))
		all := problems(t, a)
		require.Len(t, all, 2)
		for i, name := range []string{"*cqrs_test.joinHandler", "*cqrs_test.otherJoinHandler"} {
			require.ErrorIs(t, all[i], container.ErrMissing)
			require.ErrorContains(t, all[i], name)
			require.ErrorContains(t, all[i], "fixture_target_test.go:", "where it is bound")
		}
	})

	t.Run("reports missing dependencies of all links", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		a.provide(func(*middle) *outer { return new(outer) }, container.Scoped())
		bindTarget(a, cqrs.Fallback(
			commandTo[first](a, func(context.Context, *self[*inner], Join) error { return nil }),
			commandTo[second](a, func(context.Context, *self[*outer], Join) error { return nil }), nil))
		bindEventTarget(a, cqrs.Chain(
			eventTo[first](a, func(context.Context, *self[nothing], Joined) error { return nil }),
			eventTo[second](a, func(context.Context, *self[*tx], Joined) error { return nil })))
		_, err := a.tryStart()
		require.ErrorIs(t, err, container.ErrMissing)
		for _, missing := range []string{"*cqrs_test.inner", "*cqrs_test.middle", "*cqrs_test.tx"} {
			require.ErrorContains(t, err, missing)
		}
	})

	t.Run("rejects a singleton that records events, in any position", func(t *testing.T) {
		t.Parallel()
		link := func(a *app) cqrs.Target[Join, cqrs.Unit] {
			return commandTo[first](a, func(context.Context, *self[nothing], Join) error { return nil })
		}
		shared := cqrs.CommandTarget[*remembering]
		for name, target := range map[string]func(a *app) cqrs.Target[Join, cqrs.Unit]{
			"first link":  func(a *app) cqrs.Target[Join, cqrs.Unit] { return cqrs.Chain(shared(), link(a)) },
			"second link": func(a *app) cqrs.Target[Join, cqrs.Unit] { return cqrs.Chain(link(a), shared()) },
			"primary":     func(a *app) cqrs.Target[Join, cqrs.Unit] { return cqrs.Fallback(shared(), link(a), nil) },
			"secondary":   func(a *app) cqrs.Target[Join, cqrs.Unit] { return cqrs.Fallback(link(a), shared(), nil) },
			"deep": func(a *app) cqrs.Target[Join, cqrs.Unit] {
				return cqrs.Chain(link(a), cqrs.Chain(cqrs.Fallback(cqrs.CommandTarget[*joinHandler](), shared(), nil)))
			},
		} {
			a := newApp(t)
			a.provide(func() *joinHandler { return new(joinHandler) })
			a.provide(func() *remembering { return new(remembering) }, container.Singleton())
			bindTarget(a, target(a))
			all := problems(t, a)
			require.Len(t, all, 1, name)
			require.ErrorIs(t, all[0], bootstrap.ErrSharedSource, name)
			require.ErrorContains(t, all[0], "*cqrs_test.remembering", name)
		}
	})

	t.Run("rejects a handler that occurs twice, at any depth", func(t *testing.T) {
		t.Parallel()
		var m cqrs.RequestMap
		one, two := cqrs.CommandTarget[*joinHandler], cqrs.CommandTarget[*otherJoinHandler]
		cqrs.BindTarget(&m, cqrs.Chain(one(), cqrs.Fallback(two(), cqrs.Chain(one()), nil)))
		require.Len(t, m.Errors(), 1)
		require.ErrorIs(t, m.Errors()[0], cqrs.ErrDuplicate)
		require.ErrorContains(t, m.Errors()[0], "*cqrs_test.joinHandler")
		require.ErrorContains(t, m.Errors()[0], "target_test.go:")
		assert.Empty(t, m.Bindings())
	})

	t.Run("rejects a handler that would lose its events, in any position", func(t *testing.T) {
		t.Parallel()
		var m cqrs.RequestMap
		cqrs.BindTarget(&m, cqrs.Chain(cqrs.CommandTarget[*joinHandler](), cqrs.CommandTarget[valueRecorder]()))
		require.Len(t, m.Errors(), 1)
		require.ErrorIs(t, m.Errors()[0], cqrs.ErrLostEvents)
		require.ErrorContains(t, m.Errors()[0], "cqrs_test.valueRecorder")
	})

	t.Run("rejects an empty target, in any position", func(t *testing.T) {
		t.Parallel()
		var none cqrs.Target[Join, cqrs.Unit]
		one := cqrs.CommandTarget[*joinHandler]()
		for name, target := range map[string]cqrs.Target[Join, cqrs.Unit]{
			"itself": none, "first": cqrs.Chain(none, one), "second": cqrs.Chain(one, none),
			"primary": cqrs.Fallback(none, one, nil), "secondary": cqrs.Fallback(one, none, nil),
			"deep": cqrs.Chain(one, cqrs.Fallback(cqrs.CommandTarget[*otherJoinHandler](), cqrs.Chain(none), nil)),
		} {
			var m cqrs.RequestMap
			cqrs.BindTarget(&m, target)
			require.Len(t, m.Errors(), 1, name)
			require.ErrorIs(t, m.Errors()[0], cqrs.ErrEmptyTarget, name)
			require.ErrorContains(t, m.Errors()[0], "cqrs_test.Join", name)
		}
		var m cqrs.EventMap
		cqrs.BindEventTarget(&m, cqrs.Target[Joined, error]{})
		require.Len(t, m.Errors(), 1)
		require.ErrorIs(t, m.Errors()[0], cqrs.ErrEmptyTarget)
	})

	t.Run("counts as the one binding of a request", func(t *testing.T) {
		t.Parallel()
		var m cqrs.RequestMap
		cqrs.BindTarget(&m, cqrs.Chain(cqrs.CommandTarget[*joinHandler]()))
		cqrs.BindCommand[*otherJoinHandler](&m)
		require.Len(t, m.Errors(), 1)
		require.ErrorIs(t, m.Errors()[0], cqrs.ErrDuplicate)
	})

	t.Run("rejects a handler that is also bound to the event on its own", func(t *testing.T) {
		t.Parallel()
		type H = *eventHandler[first, Joined, nothing]
		type O = *eventHandler[second, Joined, nothing]
		for name, bind := range map[string]func(*cqrs.EventMap){
			"before": func(m *cqrs.EventMap) {
				cqrs.BindEvent[H](m)
				cqrs.BindEventTarget(m, cqrs.Chain(cqrs.EventTarget[O](), cqrs.EventTarget[H]()))
			},
			"after": func(m *cqrs.EventMap) {
				cqrs.BindEventTarget(m, cqrs.Chain(cqrs.EventTarget[O](), cqrs.EventTarget[H]()))
				cqrs.BindEvent[H](m)
			},
		} {
			var m cqrs.EventMap
			bind(&m)
			require.Len(t, m.Errors(), 1, name)
			require.ErrorIs(t, m.Errors()[0], cqrs.ErrDuplicate, name)
			assert.Len(t, m.Bindings(), 1, name)
		}
	})

	t.Run("describes what it binds", func(t *testing.T) {
		t.Parallel()
		var m cqrs.RequestMap
		cqrs.BindTarget(&m, cqrs.Fallback(cqrs.Chain(cqrs.CommandTarget[*joinHandler]()),
			cqrs.CommandTarget[*otherJoinHandler](), nil), cqrs.Attach(7))
		require.Empty(t, m.Errors())
		b := m.Bindings()[0]
		assert.Equal(t, cqrs.KindCommand, b.Kind())
		assert.Equal(t, reflect.TypeFor[Join](), b.Message())
		assert.Equal(t, reflect.TypeFor[cqrs.Unit](), b.Result())
		assert.Equal(t, reflect.TypeFor[*joinHandler](), b.Handler())
		assert.Equal(t, []reflect.Type{reflect.TypeFor[*joinHandler](), reflect.TypeFor[*otherJoinHandler]()}, b.Handlers())
		assert.Regexp(t, `target_test\.go:\d+$`, b.Where())
		attached, ok := cqrs.Attached[int](b)
		assert.True(t, ok)
		assert.Equal(t, 7, attached)
		assert.Empty(t, b.Subscription())
	})

	t.Run("can be bound several times, with different options", func(t *testing.T) {
		t.Parallel()
		target := cqrs.Chain(cqrs.CommandTarget[*joinHandler]())
		var one, two cqrs.RequestMap
		cqrs.BindTarget(&one, target, cqrs.Attach("one"))
		cqrs.BindTarget(&two, target, cqrs.Attach("two"))
		for want, m := range map[string]*cqrs.RequestMap{"one": &one, "two": &two} {
			require.Empty(t, m.Errors())
			got, _ := cqrs.Attached[string](m.Bindings()[0])
			assert.Equal(t, want, got)
		}
		assert.NotEqual(t, one.Bindings()[0].Where(), two.Bindings()[0].Where())
	})
}
