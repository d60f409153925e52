package cqrs_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func TestBuilt_Singleton(t *testing.T) {
	t.Parallel()

	t.Run("is one instance for all messages, built at start-up", func(t *testing.T) {
		t.Parallel()
		a := orderly(t, none)
		withKeeper[nothing](a, nil)
		for kind, notes := range sendAll(t, a, bootstrap.WithMiddleware(mark(a, "1"), cqrs.Built[*keeper[nothing]](),
			mark(a, "2"))) {
			require.Len(t, notes, 4, kind)
			assert.Equal(t, "1", notes[0], kind)
			assert.Regexp(t, `^keeper 1 of cqrs_test\.`, notes[1], kind)
			assert.Equal(t, []string{"2", handlers[kind]}, notes[2:], kind)
		}
	})

	t.Run("is the instance that the container provides to others", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		withKeeper[nothing](a, nil)
		joinRecords(a)
		m := a.start(bootstrap.WithMiddleware(cqrs.Built[*keeper[nothing]](), cqrs.Built[*keeper[nothing]]()))
		require.NoError(t, a.container.Invoke(func(k *keeper[nothing]) { k.id = 7 }))
		require.NoError(t, m.Send(t.Context(), Join{}))
		assert.Equal(t, []string{"keeper 7 of cqrs_test.Join", "keeper 7 of cqrs_test.Join", "join"}, a.notes())
	})

	t.Run("can wrap the scope", func(t *testing.T) {
		t.Parallel()
		a := orderly(t, none)
		withKeeper[nothing](a, nil)
		for kind, notes := range sendAll(t, a, bootstrap.WithMiddleware(mark(a, "2"),
			cqrs.AroundScope(cqrs.Built[*keeper[nothing]]()))) {
			require.Len(t, notes, 3, kind)
			assert.Regexp(t, `^keeper 1 of`, notes[0], kind)
			assert.Equal(t, []string{"2", handlers[kind]}, notes[1:], kind)
		}
	})

	t.Run("can belong to one binding, and be selected by Only", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		withKeeper[nothing](a, nil)
		bindTarget(a, commandTo[first](a, func(context.Context, *self[nothing], Join) error { return nil }),
			cqrs.WithMiddleware(cqrs.Built[*keeper[nothing]]()))
		bindTarget(a, commandTo[first](a, func(context.Context, *self[nothing], NotedJoin) error { return nil }))
		bindTarget(a, commandTo[first](a, func(context.Context, *self[nothing], Leave) error { return nil }))
		m := a.start(bootstrap.WithMiddleware(cqrs.Only[Noted](cqrs.Built[*keeper[nothing]]())))
		require.NoError(t, m.Send(t.Context(), Join{}))
		require.NoError(t, m.Send(t.Context(), NotedJoin{}))
		require.NoError(t, m.Send(t.Context(), Leave{}))
		assert.Equal(t, []string{"keeper 1 of cqrs_test.Join", "keeper 1 of cqrs_test.NotedJoin"}, a.notes())
	})
}

func TestBuilt_Scoped(t *testing.T) {
	t.Parallel()

	inScope := func(k *keeper[*tx], in *cqrs.Invocation) {
		k.a.note("keeper %d in %d of %T", k.id, k.need.id, in.Message())
	}

	t.Run("is one instance per request, and shares its scoped values", func(t *testing.T) {
		t.Parallel()
		a := nesting(t)
		withKeeper(a, inScope, container.Scoped())
		on[second](a, func(_ context.Context, h *self[*tx], _ Joined) error { a.note("mail in %d", h.need.id); return nil },
			cqrs.AfterScope())
		m := a.start(bootstrap.WithMiddleware(cqrs.Built[*keeper[*tx]]()))
		for request := 1; request <= 2; request++ {
			require.NoError(t, m.Send(t.Context(), Leave{}))
			one := fmt.Sprint(2*request - 1) // the scope of the request, and the keeper in it
			two := fmt.Sprint(2 * request)   // those of what comes after it
			assert.Equal(t, []string{
				"keeper " + one + " in " + one + " of cqrs_test.Leave", "leave in " + one,
				"keeper " + one + " in " + one + " of cqrs_test.Join", "join in " + one,
				"keeper " + one + " in " + one + " of cqrs_test.Joined", fmt.Sprintf("joined %d", request), "commit " + one,
				"keeper " + two + " in " + two + " of cqrs_test.Joined", "mail in " + two, "commit " + two,
			}, a.notes())
		}
	})

	t.Run("is one instance per request even if it needs nothing", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		withKeeper[nothing](a, nil, container.Scoped())
		joinRecords(a, joined(1, 2)...)
		on[first](a, noting[Joined](a, "joined"))
		m := a.start(bootstrap.WithMiddleware(cqrs.Built[*keeper[nothing]]()))
		for _, keeper := range []string{"keeper 1", "keeper 2"} {
			require.NoError(t, m.Send(t.Context(), Join{}))
			assert.Equal(t, []string{
				keeper + " of cqrs_test.Join", "join", keeper + " of cqrs_test.Joined", "joined 1", keeper + " of cqrs_test.Joined",
				"joined 2",
			}, a.notes())
		}
	})

	t.Run("is built when a message reaches it", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		withPart[first](a, "keeper")
		withKeeper[*part[first]](a, nil, container.Scoped())
		withPart[second](a, "handler")
		command(a, func(context.Context, *self[*part[second]], Join) error { a.note("join"); return nil })
		stop := false
		m := a.start(bootstrap.WithMiddleware(cqrs.MiddlewareFunc(
			func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				a.note("before")
				if stop {
					return nil, errOther
				}
				return next(ctx, in)
			}), cqrs.Built[*keeper[*part[first]]]()))
		require.NoError(t, m.Send(t.Context(), Join{}))
		assert.Equal(t, []string{"before", "build keeper", "keeper 1 of cqrs_test.Join", "build handler", "join"}, a.notes())
		stop = true
		require.Error(t, m.Send(t.Context(), Join{}))
		assert.Equal(t, []string{"before"}, a.notes())
	})

	t.Run("is reused by retries in the scope, and rebuilt by retries around it", func(t *testing.T) {
		t.Parallel()
		for again, want := range map[bool][]string{
			false: {"keeper 1 in 1 of cqrs_test.Join", "keeper 1 in 1 of cqrs_test.Join", "commit 1"},
			true:  {"keeper 1 in 1 of cqrs_test.Join", "rollback 1", "keeper 2 in 2 of cqrs_test.Join", "commit 2"},
		} {
			a := newApp(t).withTx()
			withKeeper(a, inScope, container.Scoped())
			attempt := 0
			command(a, func(context.Context, *self[nothing], Join) error {
				if attempt++; attempt == 1 {
					return errHandler
				}
				return nil
			})
			retry := with(twice)
			if again {
				retry = aroundScope(twice)
			}
			require.NoError(t, a.start(retry, bootstrap.WithMiddleware(cqrs.Built[*keeper[*tx]]())).Send(t.Context(), Join{}))
			assert.Equal(t, want, a.notes())
		}
	})

	t.Run("can depend on the context and the Sender of the request", func(t *testing.T) {
		t.Parallel()
		type key struct{}
		a := newApp(t)
		type needs = txAndSender
		a.withTx()
		withKeeper(a, func(k *keeper[needs], in *cqrs.Invocation) {
			if in.Kind() == cqrs.KindCommand {
				require.NoError(t, k.need.Sender.Publish(context.WithValue(t.Context(), key{}, "value"), Joined{N: 1}))
			}
		}, container.Scoped())
		joinRecords(a, joined(2)...)
		on[first](a, noting[Joined](a, "joined"))
		require.NoError(t, a.start(bootstrap.WithMiddleware(cqrs.Built[*keeper[needs]]())).Send(t.Context(), Join{}))
		assert.Equal(t, []string{"join", "joined 1", "joined 2", "commit 1"}, a.notes())
	})

	t.Run("can have a finalizer", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		joinRecords(a)
		a.provide(func() (*keeper[nothing], container.Finalizer) {
			return &keeper[nothing]{a: a},
				func(_ context.Context, outcome error) error { a.note("end: %v", outcome); return nil }
		}, container.Scoped())
		require.NoError(t, a.start(bootstrap.WithMiddleware(cqrs.Built[*keeper[nothing]]())).Send(t.Context(), Join{}))
		assert.Equal(t, []string{"keeper 0 of cqrs_test.Join", "join", "end: <nil>"}, a.notes())
	})

	for name, bang := range map[string]bool{"error": false, "panic": true} {
		t.Run("fails what it wraps if its constructor ends in an "+name+", which outer middleware sees", func(t *testing.T) {
			t.Parallel()
			a := orderly(t, none)
			a.provide(func() (*keeper[nothing], error) {
				if bang {
					panic(errPanic)
				}
				return nil, errPanic
			}, container.Scoped())
			m := a.start(bootstrap.WithMiddleware(cqrs.AroundScope(around(a, "outer")), cqrs.Built[*keeper[nothing]]()))
			check := func(err error, message string) {
				require.ErrorIs(t, err, errPanic)
				_, is := errors.AsType[*cqrs.PanicError](err)
				assert.Equal(t, bang, is)
				notes := a.notes()
				require.Len(t, notes, 2)
				assert.Contains(t, notes[0], message)
				assert.Equal(t, "outer: end", notes[1])
			}
			check(m.Send(t.Context(), Join{}), "Join")
			_, err := cqrs.Send(t.Context(), m, Count{})
			check(err, "Count")
			_, err = testkit.Drain(cqrs.Stream(t.Context(), m, Export{}))
			check(err, "Export")
			check(m.Publish(t.Context(), Joined{}), "Joined")
			check(m.Publish(t.Context(), Left{}), "Left")
		})
	}

	t.Run("wraps a chain and a stream once", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		withKeeper(a, inScope, container.Scoped())
		bindTarget(a, cqrs.Chain(passes[first](a, "1"), counts[second](a, "2", 22, nil)))
		bindTarget(a, cqrs.Fallback(exports[first](a, 1, errPrimary), exports[second](a, 2, nil, 21), nil))
		m := a.start(bootstrap.WithMiddleware(cqrs.Built[*keeper[*tx]]()))
		_, err := cqrs.Send(t.Context(), m, Count{})
		require.NoError(t, err)
		assert.Equal(t, []string{"keeper 1 in 1 of cqrs_test.Count", "build 1", "run 1", "build 2", "run 2", "commit 1"},
			a.notes())
		items, err := testkit.Drain(cqrs.Stream(t.Context(), m, Export{}))
		require.NoError(t, err)
		assert.Equal(t, []int{21}, items)
		assert.Equal(t, []string{"keeper 2 in 2 of cqrs_test.Export", "run 1 in 2", "run 2 in 2", "commit 2"}, a.notes())
	})

	t.Run("opens a request for handlers that need none", func(t *testing.T) {
		t.Parallel()
		a := newApp(t).withTx()
		withKeeper(a, inScope, container.Scoped())
		a.provide(func() *watcher { return &watcher{a} }, container.Singleton())
		a.provide(func() *stoicHandler { return &stoicHandler{a} }, container.Singleton())
		a.requests = append(a.requests, func(m *cqrs.RequestMap) { cqrs.BindCommand[*stoicHandler](m) })
		a.events = append(a.events, func(m *cqrs.EventMap) { cqrs.BindEvent[*watcher](m) })
		m := a.start(bootstrap.WithMiddleware(cqrs.Built[*keeper[*tx]]()))
		require.NoError(t, m.Send(t.Context(), Join{}))
		require.NoError(t, m.Publish(t.Context(), Joined{}, Left{}))
		assert.Equal(t, []string{
			"keeper 1 in 1 of cqrs_test.Join", "stoic 0", "commit 1",
			"keeper 2 in 2 of cqrs_test.Joined", "watcher cqrs_test.Joined", "keeper 2 in 2 of cqrs_test.Left",
			"watcher cqrs_test.Left", "commit 2",
		}, a.notes())
	})
}
