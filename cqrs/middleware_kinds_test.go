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

func TestOnly(t *testing.T) {
	t.Parallel()

	t.Run("checks each event if the handler takes an interface", func(t *testing.T) {
		t.Parallel()
		a := newApp(t)
		on[first](a, notingType[cqrs.Event](a, "any"))
		on[first](a, notingType[NotedEvent](a, "noted"))
		m := a.start(bootstrap.WithMiddleware(cqrs.Only[Noted](mark(a, "m"))))
		require.NoError(t, m.Publish(t.Context(), NotedJoined{}))
		assert.Equal(t, []string{"m", "any cqrs_test.NotedJoined", "m", "noted cqrs_test.NotedJoined"}, a.notes())
		require.NoError(t, m.Publish(t.Context(), Joined{}))
		assert.Equal(t, []string{"any cqrs_test.Joined"}, a.notes())
	})

	t.Run("accepts a message type, or all events", func(t *testing.T) {
		t.Parallel()
		a := orderly(t, none)
		all := sendAll(t, a, bootstrap.WithMiddleware(cqrs.Only[Join](mark(a, "join")),
			cqrs.Only[cqrs.Event](mark(a, "event"))))
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

	t.Run("wraps only its request, with typed message and result", func(t *testing.T) {
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

	t.Run("can change the context, the result and the error, and skip next", func(t *testing.T) {
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
		m := a.start(bootstrap.WithMiddleware(cqrs.For(
			func(ctx context.Context, c Count, next func(context.Context) (int, error)) (int, error) {
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

	t.Run("wraps a command without a result, and allows nil as an interface result", func(t *testing.T) {
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

	t.Run("can wrap the scope, where it receives a result with after-scope errors", func(t *testing.T) {
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

func TestPerBinding(t *testing.T) {
	t.Parallel()

	t.Run("is called once for each binding, in order, at start-up", func(t *testing.T) {
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
				"command cqrs_test.Join false", "command cqrs_test.NotedJoin false", "command cqrs_test.Count false",
				"stream cqrs_test.Export false",
				"event cqrs_test.Joined false", "event cqrs_test.Left true", "event cqrs_test.NotedJoined false",
			}, seen)
			seen = nil // another mediator asks again
		}
	})

	t.Run("is called only for the bindings that it is selected for", func(t *testing.T) {
		t.Parallel()
		a := orderly(t, none)
		var seen []reflect.Type
		_, err := a.tryStart(bootstrap.WithMiddleware(cqrs.AroundScope(
			cqrs.Only[Noted](cqrs.Checked(func([]*cqrs.Binding) []error { return nil },
				cqrs.PerBinding(func(b *cqrs.Binding) cqrs.Middleware { seen = append(seen, b.Message()); return nil }))))))
		require.NoError(t, err)
		assert.Equal(t, []reflect.Type{reflect.TypeFor[NotedJoin](), reflect.TypeFor[NotedJoined]()}, seen)
	})

	t.Run("is called only for the binding whose option it is", func(t *testing.T) {
		t.Parallel()
		var seen []reflect.Type
		m := cqrs.PerBinding(func(b *cqrs.Binding) cqrs.Middleware { seen = append(seen, b.Message()); return nil })
		a := newApp(t)
		joinRecords(a)
		bindTarget(a, cqrs.Chain(passes[first](a, "1"), passes[second](a, "2")), cqrs.WithMiddleware(m))
		a.start()
		assert.Equal(t, []reflect.Type{reflect.TypeFor[Count]()}, seen, "a target is one binding")
	})

	t.Run("can keep separate state for each binding", func(t *testing.T) {
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

func TestChecked(t *testing.T) {
	t.Parallel()

	t.Run("is called once, with the bindings whose handlers it may wrap", func(t *testing.T) {
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
		bindTarget(a, commandTo[first](a, func(context.Context, *self[nothing], Leave) error { return nil }),
			cqrs.WithMiddleware(cqrs.Checked(check)))
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

	t.Run("reports all its errors, with all other problems", func(t *testing.T) {
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
