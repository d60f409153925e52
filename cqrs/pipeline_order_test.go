package cqrs_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
)

// mark is a middleware that notes its name.
func mark(a *app, name string) cqrs.Middleware {
	return cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
		a.note("%s", name)
		return next(ctx, in)
	})
}

// Noted is what some messages implement.
type Noted interface{ Noted() }

type (
	NotedJoin struct {
		cqrs.Command
		N int
	}
	NotedJoined struct {
		cqrs.DomainEvent
		N int
	}
	// NotedEvent is an interface of events that is a Noted too.
	NotedEvent interface {
		cqrs.Event
		Noted
	}
)

func (NotedJoin) Noted()   {}
func (NotedJoined) Noted() {}

// An orderly application has a handler of each kind, with the same options.
func orderly(t *testing.T, options func(a *app) []cqrs.BindOption) *app {
	a := newApp(t)
	opts := options(a)
	var eventOpts []cqrs.EventOption
	for _, o := range opts {
		eventOpts = append(eventOpts, o)
	}
	bindTarget(a, commandTo[first](a, func(context.Context, *self[nothing], Join) error { a.note("join"); return nil }), opts...)
	bindTarget(a, commandTo[first](a, func(context.Context, *self[nothing], NotedJoin) error { a.note("noted join"); return nil }), opts...)
	bindTarget(a, requestTo[first](a, func(context.Context, *self[nothing], Count) (int, error) { a.note("count"); return 42, nil }), opts...)
	bindTarget(a, streamTo[first](a, func(context.Context, *self[nothing], Export) iter.Seq2[int, error] {
		a.note("export")
		return func(yield func(int, error) bool) { yield(1, nil) }
	}), opts...)
	on[first](a, noting[Joined](a, "joined"), eventOpts...)
	on[first](a, noting[Left](a, "left"), append(eventOpts, cqrs.AfterScope())...)
	on[first](a, told[NotedJoined](a, "noted"), eventOpts...)
	return a
}

func none(*app) []cqrs.BindOption { return nil }

// sendAll returns what is noted of each kind of message.
func sendAll(t *testing.T, a *app, opts ...bootstrap.Option) map[string][]string {
	t.Helper()
	m := a.start(opts...)
	all := make(map[string][]string)
	note := func(name string, err error) {
		require.NoError(t, err)
		all[name] = a.notes()
	}
	note("command", m.Send(t.Context(), Join{}))
	_, err := cqrs.Send(t.Context(), m, Count{})
	note("request", err)
	_, err = drain(cqrs.Stream(t.Context(), m, Export{}))
	note("stream", err)
	note("event", m.Publish(t.Context(), joined(1)...))
	note("after", m.Publish(t.Context(), Left{}))
	note("noted command", m.Send(t.Context(), NotedJoin{}))
	note("noted event", m.Publish(t.Context(), NotedJoined{}))
	return all
}

// handlers are what is noted without any middleware.
var handlers = map[string]string{
	"command": "join", "request": "count", "stream": "export", "event": "joined 1", "after": "left 0",
	"noted command": "noted join", "noted event": "noted cqrs_test.NotedJoined",
}

func TestMiddleware_Order(t *testing.T) {
	t.Parallel()

	t.Run("is those around the scope, then those around all, then those of the binding, then the handler", func(t *testing.T) {
		t.Parallel()
		a := orderly(t, func(a *app) []cqrs.BindOption {
			return []cqrs.BindOption{
				cqrs.WithMiddleware(mark(a, "own 1"), cqrs.AroundScope(mark(a, "scope 4")), mark(a, "own 2")),
				cqrs.Attach("something"),
				cqrs.WithMiddleware(mark(a, "own 3"), cqrs.AroundScope(mark(a, "scope 5"))),
			}
		})
		for kind, notes := range sendAll(t, a,
			bootstrap.WithMiddleware(mark(a, "all 1"), cqrs.AroundScope(mark(a, "scope 1"), mark(a, "scope 2")), mark(a, "all 2")),
			bootstrap.WithMiddleware(cqrs.AroundScope(mark(a, "scope 3")), mark(a, "all 3")),
		) {
			assert.Equal(t, []string{
				"scope 1", "scope 2", "scope 3", "scope 4", "scope 5", "all 1", "all 2", "all 3", "own 1", "own 2", "own 3", handlers[kind],
			}, notes, kind)
		}
	})

	// What is put into each other keeps its place, is chosen by all that it is
	// in, and is around the scope if any of them says so.
	m := func(a *app, name string) cqrs.Middleware { return mark(a, name) }
	perBinding := func(inner cqrs.Middleware) cqrs.Middleware {
		return cqrs.PerBinding(func(*cqrs.Binding) cqrs.Middleware { return inner })
	}
	checked := func(inner ...cqrs.Middleware) cqrs.Middleware {
		return cqrs.Checked(func([]*cqrs.Binding) []error { return nil }, inner...)
	}
	for _, test := range []struct {
		name  string
		put   func(a *app) []cqrs.Middleware
		plain []string // of messages that are no Noted
		noted []string
	}{
		{"Only", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{m(a, "1"), cqrs.Only[Noted](m(a, "2"), m(a, "3")), m(a, "4")}
		}, []string{"1", "4"}, []string{"1", "2", "3", "4"}},
		{"Only in Only", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{m(a, "1"), cqrs.Only[Noted](m(a, "2"), cqrs.Only[fmt.Stringer](m(a, "none")), cqrs.Only[Noted](m(a, "3"))), m(a, "4")}
		}, []string{"1", "4"}, []string{"1", "2", "3", "4"}},
		{"AroundScope in Only", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{m(a, "1"), cqrs.Only[Noted](m(a, "2"), cqrs.AroundScope(m(a, "0")))}
		}, []string{"1"}, []string{"0", "1", "2"}},
		{"Only in AroundScope", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{m(a, "1"), cqrs.AroundScope(cqrs.Only[Noted](m(a, "-1")), m(a, "0"))}
		}, []string{"0", "1"}, []string{"-1", "0", "1"}},
		{"AroundScope in AroundScope", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{m(a, "2"), cqrs.AroundScope(m(a, "0"), cqrs.AroundScope(m(a, "1")))}
		}, []string{"0", "1", "2"}, []string{"0", "1", "2"}},
		{"PerBinding", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{m(a, "1"), perBinding(m(a, "2")), m(a, "3"), perBinding(nil)}
		}, []string{"1", "2", "3"}, []string{"1", "2", "3"}},
		{"PerBinding of AroundScope", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{m(a, "1"), perBinding(cqrs.AroundScope(cqrs.Only[Noted](m(a, "0"))))}
		}, []string{"1"}, []string{"0", "1"}},
		{"PerBinding in AroundScope", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{m(a, "1"), cqrs.AroundScope(perBinding(m(a, "0")))}
		}, []string{"0", "1"}, []string{"0", "1"}},
		{"PerBinding of PerBinding", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{m(a, "1"), perBinding(perBinding(m(a, "2"))), m(a, "3")}
		}, []string{"1", "2", "3"}, []string{"1", "2", "3"}},
		{"Checked", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{m(a, "1"), checked(m(a, "2"), cqrs.Only[Noted](m(a, "3"))), m(a, "4")}
		}, []string{"1", "2", "4"}, []string{"1", "2", "3", "4"}},
		{"Checked in Only in AroundScope in Checked", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{m(a, "3"), checked(m(a, "4"), cqrs.AroundScope(cqrs.Only[Noted](checked(m(a, "1"))), m(a, "2")))}
		}, []string{"2", "3", "4"}, []string{"1", "2", "3", "4"}},
		{"the same one twice", func(a *app) []cqrs.Middleware {
			one := m(a, "1")
			return []cqrs.Middleware{one, cqrs.Only[Noted](one), one}
		}, []string{"1", "1"}, []string{"1", "1", "1"}},
		{"groups of nothing", func(a *app) []cqrs.Middleware {
			return []cqrs.Middleware{cqrs.AroundScope(), cqrs.Only[Noted](), checked(), m(a, "1")}
		}, []string{"1"}, []string{"1"}},
	} {
		check := func(t *testing.T, all map[string][]string) {
			for kind, notes := range all {
				want := test.plain
				if kind == "noted command" || kind == "noted event" {
					want = test.noted
				}
				assert.Equal(t, append(slices.Clone(want), handlers[kind]), notes, kind)
			}
		}
		t.Run("is kept by "+test.name+", around all", func(t *testing.T) {
			t.Parallel()
			a := orderly(t, none)
			check(t, sendAll(t, a, bootstrap.WithMiddleware(test.put(a)...)))
		})
		t.Run("is kept by "+test.name+", of a binding", func(t *testing.T) {
			t.Parallel()
			check(t, sendAll(t, orderly(t, func(a *app) []cqrs.BindOption { return []cqrs.BindOption{cqrs.WithMiddleware(test.put(a)...)} })))
		})
	}
}

func TestOnly(t *testing.T) {
	t.Parallel()

	t.Run("looks at the event itself where a handler takes an interface", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on[first](a, told[cqrs.Event](a, "any"))
		on[first](a, told[NotedEvent](a, "noted"))
		m := a.start(bootstrap.WithMiddleware(cqrs.Only[Noted](mark(a, "m"))))
		require.NoError(t, m.Publish(t.Context(), NotedJoined{}))
		assert.Equal(t, []string{"m", "any cqrs_test.NotedJoined", "m", "noted cqrs_test.NotedJoined"}, a.notes())
		require.NoError(t, m.Publish(t.Context(), Joined{}))
		assert.Equal(t, []string{"any cqrs_test.Joined"}, a.notes())
	})

	t.Run("may name the message itself, or all events", func(t *testing.T) {
		t.Parallel()
		a := orderly(t, none)
		all := sendAll(t, a, bootstrap.WithMiddleware(cqrs.Only[Join](mark(a, "join")), cqrs.Only[cqrs.Event](mark(a, "event"))))
		for kind, notes := range all {
			want := []string{handlers[kind]}
			switch kind {
			case "command":
				want = []string{"join", handlers[kind]}
			case "event", "after", "noted event":
				want = []string{"event", handlers[kind]}
			}
			assert.Equal(t, want, notes, kind)
		}
	})
}

func TestFor(t *testing.T) {
	t.Parallel()

	t.Run("is for its request alone, with the types of message and result", func(t *testing.T) {
		t.Parallel()
		a := orderly(t, none)
		typed := cqrs.For(func(ctx context.Context, c Count, next func(context.Context) (int, error)) (int, error) {
			a.note("for %T", c)
			return next(ctx)
		})
		for kind, notes := range sendAll(t, a, bootstrap.WithMiddleware(mark(a, "1"), typed, mark(a, "2"))) {
			want := []string{"1", "2", handlers[kind]}
			if kind == "request" {
				want = []string{"1", "for cqrs_test.Count", "2", handlers[kind]}
			}
			assert.Equal(t, want, notes, kind)
		}
	})

	t.Run("may change the context, the result and the error, and leave next out", func(t *testing.T) {
		t.Parallel()
		type key struct{}
		a := newApp(t)
		request(a, func(ctx context.Context, _ *self[nothing], c Count) (int, error) {
			assert.Equal(t, "value", ctx.Value(key{}))
			if c.N == 2 {
				return 0, errHandler
			}
			return c.N, nil
		})
		m := a.start(bootstrap.WithMiddleware(cqrs.For(func(ctx context.Context, c Count, next func(context.Context) (int, error)) (int, error) {
			if c.N == 3 {
				return -3, nil
			}
			n, err := next(context.WithValue(ctx, key{}, "value"))
			if err != nil {
				return 0, errors.Join(errOther, err)
			}
			return n * 100, nil
		})))
		got, err := cqrs.Send(t.Context(), m, Count{N: 1})
		require.NoError(t, err)
		assert.Equal(t, 100, got)
		got, err = cqrs.Send(t.Context(), m, Count{N: 2})
		require.ErrorIs(t, err, errHandler)
		require.ErrorIs(t, err, errOther)
		assert.Zero(t, got)
		got, err = cqrs.Send(t.Context(), m, Count{N: 3})
		require.NoError(t, err)
		assert.Equal(t, -3, got)
	})

	t.Run("takes a command without a result, and nil where the result is an interface", func(t *testing.T) {
		t.Parallel()
		type find struct{ cqrs.Query[error] }
		a := newApp(t)
		joinRecords(a)
		request(a, func(context.Context, *self[nothing], find) (error, error) { return nil, nil })
		m := a.start(bootstrap.WithMiddleware(
			cqrs.For(func(ctx context.Context, _ Join, next func(context.Context) (cqrs.Unit, error)) (cqrs.Unit, error) {
				a.note("for")
				return next(ctx)
			}),
			cqrs.For(func(ctx context.Context, _ find, next func(context.Context) (error, error)) (error, error) {
				found, err := next(ctx)
				assert.NoError(t, found)
				return found, err
			})))
		require.NoError(t, m.Send(t.Context(), Join{}))
		assert.Equal(t, []string{"for", "join"}, a.notes())
		found, err := cqrs.Send(t.Context(), m, find{})
		require.NoError(t, err)
		assert.NoError(t, found)
	})

	t.Run("may stand around the scope, and sees a result beside the errors after it", func(t *testing.T) {
		t.Parallel()
		a := counting(t, 1)
		on[third](a, func(context.Context, *self[nothing], Joined) error { return errOther }, cqrs.AfterScope())
		got, err := cqrs.Send(t.Context(), a.start(bootstrap.WithMiddleware(cqrs.AroundScope(cqrs.For(
			func(ctx context.Context, _ Count, next func(context.Context) (int, error)) (int, error) {
				n, err := next(ctx)
				assert.Equal(t, 1, n)
				assert.True(t, cqrs.Done(err))
				return n, err
			})))), Count{})
		assert.Equal(t, 1, got)
		require.ErrorIs(t, err, errOther)
		assert.True(t, cqrs.Done(err))
	})
}

// A wrongInterceptor is a middleware that the container builds.
type wrongInterceptor struct{}

func (*wrongInterceptor) Handle(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) {
	return "wrong", nil
}

func TestMiddleware_Names(t *testing.T) {
	t.Parallel()

	wrong := cqrs.MiddlewareFunc(func(context.Context, *cqrs.Invocation, cqrs.Next) (any, error) { return "wrong", nil })
	place := `the middleware at .*pipeline_order_test\.go:\d+`
	for name, test := range map[string]struct {
		put  func(a *app) cqrs.Middleware
		want string
	}{
		"a function":                {func(*app) cqrs.Middleware { return wrong }, place},
		"a function in Only":        {func(*app) cqrs.Middleware { return cqrs.Only[Count](wrong) }, place},
		"a function in AroundScope": {func(*app) cqrs.Middleware { return cqrs.AroundScope(wrong) }, place},
		"a function in PerBinding": {func(*app) cqrs.Middleware {
			return cqrs.PerBinding(func(*cqrs.Binding) cqrs.Middleware { return wrong })
		}, place},
		"a method":                  {func(*app) cqrs.Middleware { return cqrs.MiddlewareFunc(new(wrongInterceptor).Handle) }, `the middleware at .*wrongInterceptor.*Handle`},
		"what the container builds": {func(*app) cqrs.Middleware { return cqrs.Built[*wrongInterceptor]() }, `the middleware \*cqrs_test\.wrongInterceptor`},
		"what stands behind another": {func(a *app) cqrs.Middleware {
			return cqrs.Checked(func([]*cqrs.Binding) []error { return nil }, mark(a, "m"), wrong)
		}, place},
	} {
		t.Run("of "+name+" are in the error of a wrong result", func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			a.provide(func() *wrongInterceptor { return new(wrongInterceptor) })
			request(a, func(context.Context, *self[nothing], Count) (int, error) { return 42, nil })
			_, err := cqrs.Send(t.Context(), a.start(bootstrap.WithMiddleware(test.put(a))), Count{})
			e, is := errors.AsType[*cqrs.MiddlewareError](err)
			require.True(t, is, "%v", err)
			require.ErrorIs(t, err, cqrs.ErrResultType)
			assert.Regexp(t, "^"+test.want+"$", e.Middleware)
			require.ErrorContains(t, err, e.Middleware)
		})
	}

	t.Run("of groups have those of their members", func(t *testing.T) {
		t.Parallel()
		assert.Regexp(t, `^AroundScope\(Only\[cqrs_test\.Noted\]\(`+place+`\), the middleware \*cqrs_test\.wrongInterceptor, PerBinding\)$`,
			cqrs.AroundScope(cqrs.Only[Noted](wrong), cqrs.Built[*wrongInterceptor](), cqrs.PerBinding(nil)).String())
		assert.Regexp(t, `^WithMiddleware\(`+place+`\)$`, cqrs.WithMiddleware(wrong).String())
	})
}
