package container_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// holder is a handler that exposes what it was built with.
type holder[T any] struct{ got T }

func hold[T any](v T) *holder[T] { return &holder[T]{v} }

// supplier gives a request its own values.
type supplier map[reflect.Type]any

func (s supplier) Supply(t reflect.Type, _ bool) any { return s[t] }

func requestWith(ctx context.Context) supplier {
	return supplier{reflect.TypeFor[context.Context](): ctx}
}

func rootOf[T any]() wiring.Root {
	return wiring.Root{Type: reflect.TypeFor[T](), Bound: "bound at main.go:7"}
}

// provided is a constructor with its options.
type provided struct {
	ctor any
	opts []dig.ProvideOption
}

func ctor(fn any, opts ...dig.ProvideOption) provided { return provided{fn, opts} }

func scoped(fn any, opts ...dig.ProvideOption) provided {
	return provided{fn, append(opts, container.Scoped())}
}

// containerOf returns a container with the given constructors.
func containerOf(t *testing.T, all ...provided) *container.Container {
	t.Helper()
	c := container.New()
	provideTo(t, c, all...)
	return c
}

func provideTo(t *testing.T, c *container.Container, all ...provided) {
	t.Helper()
	for _, p := range all {
		require.NoError(t, c.Provide(p.ctor, p.opts...))
	}
}

func compiled(t *testing.T, c *container.Container, roots ...wiring.Root) *wiring.Plan {
	t.Helper()
	plan, err := c.Compile(roots, wiring.Supplied[context.Context]())
	require.NoError(t, err)
	return plan
}

// planFor compiles a plan whose only handler holds a T.
func planFor[T any](t *testing.T, c *container.Container) *wiring.Plan {
	t.Helper()
	require.NoError(t, c.Provide(hold[T]))
	return compiled(t, c, rootOf[*holder[T]]())
}

// instanceOf returns the only instance of a singleton root.
func instanceOf(plan *wiring.Plan, root int) (instance any, ok bool) {
	f := plan.Factories[root]
	return f.Instance, f.Singleton
}

func newScope(t *testing.T, plan *wiring.Plan) wiring.Scope {
	return plan.NewScope(requestWith(t.Context()))
}

func built[T any](t *testing.T, s wiring.Scope, root int) T {
	t.Helper()
	v, err := s.Build(root)
	require.NoError(t, err)
	got, ok := v.(T)
	require.True(t, ok, "%T", v)
	return got
}

// inRequest returns the T that a handler gets in a request.
func inRequest[T any](t *testing.T, c *container.Container) T {
	t.Helper()
	return built[*holder[T]](t, newScope(t, planFor[T](t, c)), 0).got
}

// inRequestError returns the error of building a handler that needs a T in a request,
// or else the error of compiling its plan.
func inRequestError[T any](t *testing.T, c *container.Container) error {
	t.Helper()
	require.NoError(t, c.Provide(hold[T]))
	plan, err := c.Compile([]wiring.Root{rootOf[*holder[T]]()})
	if err == nil {
		_, err = newScope(t, plan).Build(0)
	}
	require.Error(t, err)
	return err
}

// graph provides constructors to dig or to a container.
type graph func(provide func(ctor any, opts ...dig.ProvideOption), decorate func(decorator any))

// sameAsDig resolves a T in dig, in a request where everything is scoped, and in one
// where everything is a singleton. It requires that view shows the same in all of them,
// and returns that.
func sameAsDig[T, V any](t *testing.T, g graph, view func(T) V) V {
	t.Helper()
	reference := dig.New()
	g(
		func(ctor any, opts ...dig.ProvideOption) { require.NoError(t, reference.Provide(ctor, opts...)) },
		func(decorator any) { require.NoError(t, reference.Decorate(decorator)) },
	)
	var want V
	require.NoError(t, reference.Invoke(func(v T) { want = view(v) }))

	c := container.New()
	g(
		func(ctor any, opts ...dig.ProvideOption) {
			require.NoError(t, c.Provide(ctor, append(opts, container.Scoped())...))
		},
		func(decorator any) { require.NoError(t, c.Decorate(decorator)) },
	)
	assert.Equal(t, want, view(inRequest[T](t, c)), "all scoped")

	c = container.New()
	g(
		func(ctor any, opts ...dig.ProvideOption) { require.NoError(t, c.Provide(ctor, opts...)) },
		func(decorator any) { require.NoError(t, c.Decorate(decorator)) },
	)
	assert.Equal(t, want, view(inRequest[T](t, c)), "all singletons")
	return want
}

// faults returns the errors that Compile joined, each of which must be an
// *container.Error.
func faults(t *testing.T, err error) []*container.Error {
	t.Helper()
	require.Error(t, err)
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "%T joins nothing: %v", err, err)
	var all []*container.Error
	for _, e := range joined.Unwrap() {
		require.IsType(t, (*container.Error)(nil), e)
		all = append(all, e.(*container.Error))
	}
	return all
}

func compileError(t *testing.T, c *container.Container, roots ...wiring.Root) []*container.Error {
	t.Helper()
	_, err := c.Compile(roots)
	return faults(t, err)
}

// soleFault requires that Compile reports one fault, and returns it.
func soleFault(t *testing.T, c *container.Container, roots ...wiring.Root) *container.Error {
	t.Helper()
	all := compileError(t, c, roots...)
	require.Len(t, all, 1, "%v", all)
	return all[0]
}
