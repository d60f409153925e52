package cqrs_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

func TestPerBinding(t *testing.T) {
	t.Parallel()

	t.Run("is called once for each binding, at the start, in order", func(t *testing.T) {
		t.Parallel()
		a := orderly(t, none)
		var seen []string
		m := bootstrap.WithMiddleware(cqrs.PerBinding(func(b *cqrs.Binding) cqrs.Middleware {
			seen = append(seen, fmt.Sprintf("%v %v %v", b.Kind(), b.Message(), b.Delivery() == cqrs.DeliveryAfterScope))
			return mark(a, "m")
		}))
		for range 2 {
			for kind, notes := range sendAll(t, a, m) {
				assert.Equal(t, []string{"m", handlers[kind]}, notes)
			}
			assert.Equal(t, []string{
				"command cqrs_test.Join false", "command cqrs_test.NotedJoin false", "command cqrs_test.Count false", "stream cqrs_test.Export false",
				"event cqrs_test.Joined false", "event cqrs_test.Left true", "event cqrs_test.NotedJoined false",
			}, seen)
			seen = nil // another mediator asks again
		}
	})

	t.Run("is called for the bindings alone that it is chosen for", func(t *testing.T) {
		t.Parallel()
		a := orderly(t, none)
		var seen []reflect.Type
		_, err := a.tryStart(bootstrap.WithMiddleware(cqrs.AroundScope(cqrs.Only[Noted](cqrs.Checked(func([]*cqrs.Binding) []error { return nil },
			cqrs.PerBinding(func(b *cqrs.Binding) cqrs.Middleware { seen = append(seen, b.Message()); return nil }))))))
		require.NoError(t, err)
		assert.Equal(t, []reflect.Type{reflect.TypeFor[NotedJoin](), reflect.TypeFor[NotedJoined]()}, seen)
	})

	t.Run("of a binding is called for it alone", func(t *testing.T) {
		t.Parallel()
		var seen []reflect.Type
		m := cqrs.PerBinding(func(b *cqrs.Binding) cqrs.Middleware { seen = append(seen, b.Message()); return nil })
		a := newApp(t)
		joinRecords(a)
		bindTarget(a, cqrs.Chain(passes[first](a, "1"), passes[second](a, "2")), cqrs.WithMiddleware(m))
		a.start()
		assert.Equal(t, []reflect.Type{reflect.TypeFor[Count]()}, seen, "a target is one binding")
	})

	t.Run("gives each binding a state of its own", func(t *testing.T) {
		t.Parallel()
		a := orderly(t, none)
		m := a.start(bootstrap.WithMiddleware(cqrs.PerBinding(func(*cqrs.Binding) cqrs.Middleware {
			calls := 0
			return cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
				calls++
				a.note("call %d", calls)
				return next(ctx, in)
			})
		})))
		require.NoError(t, m.Send(t.Context(), Join{}))
		require.NoError(t, m.Send(t.Context(), Join{}))
		require.NoError(t, m.Send(t.Context(), NotedJoin{}))
		assert.Equal(t, []string{"call 1", "join", "call 2", "join", "call 1", "noted join"}, a.notes())
	})
}

func TestAttached(t *testing.T) {
	t.Parallel()

	type limit int

	t.Run("is the last value of the type, or of what implements it", func(t *testing.T) {
		t.Parallel()
		var m cqrs.RequestMap
		cqrs.BindCommand[*joinHandler](&m, cqrs.Attach(limit(1)), cqrs.Attach("text"), cqrs.Attach(limit(2)), cqrs.Attach(errOther), cqrs.Attach(nil))
		b := m.Bindings()[0]
		n, ok := cqrs.Attached[limit](b)
		assert.True(t, ok)
		assert.Equal(t, limit(2), n)
		text, ok := cqrs.Attached[string](b)
		assert.True(t, ok)
		assert.Equal(t, "text", text)
		err, ok := cqrs.Attached[error](b)
		assert.True(t, ok)
		assert.Same(t, errOther, err)
		i, ok := cqrs.Attached[int](b)
		assert.False(t, ok)
		assert.Zero(t, i)
	})

	t.Run("is found by the middlewares of the binding, and no other", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		see := bootstrap.WithMiddleware(cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			n, ok := cqrs.Attached[limit](in.Binding())
			a.note("%T: %d %v", in.Message(), n, ok)
			return next(ctx, in)
		}))
		bindTarget(a, commandTo[first](a, func(context.Context, *self[nothing], Join) error { return nil }), cqrs.Attach(limit(3)))
		bindTarget(a, commandTo[first](a, func(context.Context, *self[nothing], Leave) error { return nil }))
		on[first](a, func(context.Context, *self[nothing], Joined) error { return nil }, cqrs.Attach(limit(4)))
		on[second](a, func(context.Context, *self[nothing], Joined) error { return nil })
		m := a.start(see)
		require.NoError(t, m.Send(t.Context(), Join{}))
		require.NoError(t, m.Send(t.Context(), Leave{}))
		require.NoError(t, m.Publish(t.Context(), Joined{}))
		assert.Equal(t, []string{
			"cqrs_test.Join: 3 true", "cqrs_test.Leave: 0 false", "cqrs_test.Joined: 4 true", "cqrs_test.Joined: 0 false",
		}, a.notes())
	})
}

func TestChecked(t *testing.T) {
	t.Parallel()

	t.Run("is called once, with the bindings around whose handlers it may stand", func(t *testing.T) {
		t.Parallel()
		messages := func(bindings []*cqrs.Binding) []string {
			var all []string
			for _, b := range bindings {
				all = append(all, b.Message().Name())
			}
			return all
		}
		var calls [][]string
		check := func(bindings []*cqrs.Binding) []error {
			calls = append(calls, messages(bindings))
			return nil
		}
		a := orderly(t, none)
		bindTarget(a, commandTo[first](a, func(context.Context, *self[nothing], Leave) error { return nil }), cqrs.WithMiddleware(cqrs.Checked(check)))
		a.start(bootstrap.WithMiddleware(
			cqrs.Checked(check),
			cqrs.Only[Noted](cqrs.AroundScope(cqrs.Checked(check))),
			cqrs.Only[cqrs.Event](cqrs.Checked(check, cqrs.Only[Noted](cqrs.Checked(check)))),
			cqrs.Only[fmt.Stringer](cqrs.Checked(check)),
		))
		assert.ElementsMatch(t, [][]string{
			{"Join", "NotedJoin", "Count", "Export", "Leave", "Joined", "Left", "NotedJoined"},
			{"NotedJoin", "NotedJoined"},
			{"Joined", "Left", "NotedJoined"},
			{"NotedJoined"},
			nil,
			{"Leave"},
		}, calls)
	})

	t.Run("has all its errors reported, beside everything else", func(t *testing.T) {
		t.Parallel()
		faults := []error{errors.New("one"), errors.New("two"), errors.New("three"), errors.New("four"), errors.New("five")}
		check := func(errs ...error) func([]*cqrs.Binding) []error {
			return func([]*cqrs.Binding) []error { return errs }
		}
		a := newApp(t)
		joinRecords(a)
		bindTarget(a, commandTo[first](a, func(context.Context, *self[*inner], Leave) error { return nil }),
			cqrs.WithMiddleware(cqrs.Checked(check(faults[3]))))
		a.requests = append(a.requests, func(m *cqrs.RequestMap) { cqrs.BindCommand[*otherJoinHandler](m) })
		all := problems(t, a, bootstrap.WithMiddleware(
			cqrs.Checked(check(faults[0], nil, faults[1]), cqrs.Checked(check(faults[2]))),
			cqrs.PerBinding(func(b *cqrs.Binding) cqrs.Middleware {
				if b.Message() == reflect.TypeFor[Join]() {
					return cqrs.Checked(check(faults[4]))
				}
				return nil
			}),
			cqrs.Built[*keeper[nothing]](),
		))
		err := errors.Join(all...)
		for _, fault := range faults {
			require.ErrorIs(t, err, fault)
		}
		require.ErrorIs(t, err, cqrs.ErrDuplicate)
		require.ErrorIs(t, err, container.ErrMissing)
		require.ErrorContains(t, err, "*cqrs_test.inner")
		require.ErrorContains(t, err, "*cqrs_test.keeper")
		assert.Len(t, all, len(faults)+3, "%v", err)
	})
}

func TestMiddleware_AtTheStart(t *testing.T) {
	t.Parallel()

	fine := cqrs.MiddlewareFunc(goingOn)
	typedNil := cqrs.For[Join](nil)
	for name, m := range map[string]cqrs.Middleware{
		"a nil function":                 cqrs.MiddlewareFunc(nil),
		"a nil function of For":          typedNil,
		"nil in AroundScope":             cqrs.AroundScope(fine, nil),
		"a nil function in AroundScope":  cqrs.AroundScope(cqrs.MiddlewareFunc(nil)),
		"nil in Only":                    cqrs.Only[cqrs.Request[cqrs.Unit]](nil, fine),
		"nil in Checked":                 cqrs.Checked(func([]*cqrs.Binding) []error { return nil }, nil),
		"a nil check":                    cqrs.Checked(nil, fine),
		"a nil choice":                   cqrs.PerBinding(nil),
		"a nil choice, deep":             cqrs.AroundScope(cqrs.Only[cqrs.Request[cqrs.Unit]](cqrs.PerBinding(nil))),
		"a choice of a nil function":     cqrs.PerBinding(func(*cqrs.Binding) cqrs.Middleware { return cqrs.MiddlewareFunc(nil) }),
		"a choice of nil in AroundScope": cqrs.PerBinding(func(*cqrs.Binding) cqrs.Middleware { return cqrs.AroundScope(nil) }),
		"a choice of a nil choice":       cqrs.PerBinding(func(*cqrs.Binding) cqrs.Middleware { return cqrs.PerBinding(nil) }),
		"a choice of a choice of nil": cqrs.PerBinding(func(*cqrs.Binding) cqrs.Middleware {
			return cqrs.PerBinding(func(*cqrs.Binding) cqrs.Middleware { return typedNil })
		}),
		"a choice of nil in what is refused": cqrs.AroundScope(cqrs.PerBinding(func(*cqrs.Binding) cqrs.Middleware { return cqrs.Only[cqrs.Request[cqrs.Unit]](nil) })),
	} {
		t.Run("has "+name+" reported once, around all and around one", func(t *testing.T) {
			t.Parallel()
			around := newApp(t)
			joinRecords(around)
			own := newApp(t)
			bindTarget(own, commandTo[first](own, func(context.Context, *self[nothing], Join) error { return nil }), cqrs.WithMiddleware(m))
			for _, all := range [][]error{problems(t, around, bootstrap.WithMiddleware(fine, m)), problems(t, own)} {
				require.Len(t, all, 1)
				require.ErrorAs(t, all[0], new(*cqrs.MiddlewareError))
				_, is := errors.AsType[*cqrs.MiddlewareError](all[0])
				assert.True(t, is)
			}
		})
	}

	t.Run("has nil itself reported, around all and around one", func(t *testing.T) {
		t.Parallel()
		_, err := newApp(t).tryStart(bootstrap.WithMiddleware(fine, nil))
		require.ErrorIs(t, err, bootstrap.ErrOption)
		a := newApp(t)
		bindTarget(a, commandTo[first](a, func(context.Context, *self[nothing], Join) error { return nil }), cqrs.WithMiddleware(nil, fine, nil))
		on[first](a, noting[Joined](a, "joined"), cqrs.WithMiddleware(nil))
		all := problems(t, a)
		require.Len(t, all, 3)
		for _, err := range all {
			require.ErrorAs(t, err, new(*cqrs.MiddlewareError))
		}
	})

	t.Run("takes a nil option of a binding for none", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		bindTarget(a, commandTo[first](a, func(context.Context, *self[nothing], Join) error { return nil }), nil, cqrs.WithMiddleware(), nil)
		on[first](a, noting[Joined](a, "joined"), nil)
		require.NoError(t, a.start().Send(t.Context(), Join{}))
	})

	forLeave := cqrs.For(func(ctx context.Context, _ Leave, next func(context.Context) (cqrs.Unit, error)) (cqrs.Unit, error) {
		return next(ctx)
	})
	for name, bind := range map[string]func(a *app) []bootstrap.Option{
		"a request that nobody binds": func(a *app) []bootstrap.Option { return []bootstrap.Option{bootstrap.WithMiddleware(forLeave)} },
		"another request than that of the binding": func(a *app) []bootstrap.Option {
			bindTarget(a, commandTo[second](a, func(context.Context, *self[nothing], Close) error { return nil }), cqrs.WithMiddleware(forLeave))
			command(a, func(context.Context, *self[nothing], Leave) error { return nil })
			return nil
		},
		"a request that Only excludes": func(a *app) []bootstrap.Option {
			command(a, func(context.Context, *self[nothing], Leave) error { return nil })
			return []bootstrap.Option{bootstrap.WithMiddleware(cqrs.AroundScope(cqrs.Only[Noted](forLeave)))}
		},
	} {
		t.Run("has For reported, with its place, for "+name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			joinRecords(a)
			all := problems(t, a, bind(a)...)
			require.Len(t, all, 1)
			e, is := errors.AsType[*cqrs.MiddlewareError](all[0])
			require.True(t, is)
			require.ErrorAs(t, all[0], new(*cqrs.MiddlewareError))
			assert.Equal(t, reflect.TypeFor[Leave](), e.Message)
			assert.Contains(t, e.Middleware, "pipeline_order_startup_test.go:")
		})
	}

	for name, m := range map[string]cqrs.Middleware{
		"choice": cqrs.PerBinding(func(*cqrs.Binding) cqrs.Middleware { panic(errPanic) }),
		"check":  cqrs.Checked(func([]*cqrs.Binding) []error { panic(errPanic) }),
	} {
		t.Run("has a "+name+" that panics reported, as a mapper that does", func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			joinRecords(a)
			require.NotPanics(t, func() {
				_, err := a.tryStart(bootstrap.WithMiddleware(m))
				require.ErrorIs(t, err, errPanic)
			})
		})
	}
}
