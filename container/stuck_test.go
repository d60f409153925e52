package container_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

func TestContainer_stuck_decorators(t *testing.T) {
	t.Parallel()
	errOnce := errors.New("not now")
	type inner struct{ text string }
	type outer struct{ inner *inner }
	// graph has a decorator of inner that fails once, and an outer around inner.
	graph := func(t *testing.T, fail func() error) *container.Container {
		c := container.New()
		require.NoError(t, c.ProvideAll(
			func() *inner { return &inner{"plain"} },
			func(i *inner) *outer { return &outer{i} },
			hold[*outer],
		))
		failed := false
		require.NoError(t, c.Decorate(func(i *inner) (*inner, error) {
			if !failed {
				failed = true
				return nil, fail()
			}
			return &inner{"decorated"}, nil
		}))
		return c
	}

	for name, fail := range map[string]func() error{
		"fails":  func() error { return errOnce },
		"panics": func() error { panic(errOnce) },
	} {
		t.Run("one that "+name+" under a dependant is reported by each Compile", func(t *testing.T) {
			t.Parallel()
			c := graph(t, fail)
			for range 3 {
				_, err := c.Compile([]wiring.Root{rootOf[*holder[*outer]]()})
				require.ErrorIs(t, err, errOnce)
			}
			require.ErrorIs(t, c.Invoke(func(*inner) {}), errOnce)
		})
		t.Run("one that "+name+" in Invoke is reported by Compile and by Invoke", func(t *testing.T) {
			t.Parallel()
			c := graph(t, fail)
			func() {
				defer func() { _ = recover() }()
				_ = c.Invoke(func(*outer) {})
			}()
			_, err := c.Compile([]wiring.Root{rootOf[*holder[*outer]]()})
			require.ErrorIs(t, err, container.ErrDecorator)
			require.ErrorIs(t, c.Invoke(func(*outer) {}), container.ErrDecorator)
			assert.NoError(t, c.Invoke(func() {}), "what does not need it works")
		})
	}

	t.Run("a value whose constructor fails under a decorator is never built without the decorator", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		tries := 0
		require.NoError(t, c.Provide(func() (*inner, error) {
			if tries++; tries == 1 {
				return nil, errOnce
			}
			return &inner{"plain"}, nil
		}))
		require.NoError(t, c.Decorate(func(*inner) *inner { return &inner{"decorated"} }))
		require.ErrorIs(t, c.Invoke(func(*inner) {}), errOnce)
		require.ErrorIs(t, c.Invoke(func(*inner) {}), errOnce)
	})

	t.Run("one that has run stays usable after another failure", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, c.ProvideAll(
			func() *inner { return &inner{"plain"} },
			func(*inner) (*outer, error) { return nil, errOnce },
		))
		require.NoError(t, c.Decorate(func(*inner) *inner { return &inner{"decorated"} }))
		require.ErrorIs(t, c.Invoke(func(*outer) {}), errOnce)
		require.NoError(t, c.Invoke(func(i *inner) { assert.Equal(t, "decorated", i.text) }))
	})
}

func TestContainer_Compile_like_dig_at_the_edges(t *testing.T) {
	t.Parallel()

	t.Run("decorates an optional value that nothing provides", func(t *testing.T) {
		t.Parallel()
		type optional struct {
			dig.In
			Text string `optional:"true"`
		}
		reference := dig.New()
		require.NoError(t, reference.Decorate(func() string { return "made" }))
		require.NoError(t, reference.Invoke(func(o optional) { assert.Equal(t, "made", o.Text) }))
		c := container.New()
		require.NoError(t, c.Decorate(func() string { return "made" }))
		require.NoError(t, c.Provide(func(o optional) *holder[string] { return hold(o.Text) }))
		plan := compiled(t, c, rootOf[*holder[string]]())
		assert.Equal(t, "made", built[*holder[string]](t, newScope(t, plan), 0).got)
	})

	t.Run("treats a type that As names twice as two members", func(t *testing.T) {
		t.Parallel()
		type group struct {
			dig.In
			All []fmt.Stringer `group:"g"`
		}
		twice := dig.As(new(fmt.Stringer), new(fmt.Stringer))
		reference := dig.New()
		require.NoError(t, reference.Provide(func() tag { return "a" }, dig.Group("g"), twice))
		require.NoError(t, reference.Invoke(func(g group) { assert.Len(t, g.All, 2) }))
		c := containerOf(t, scoped(func() tag { return "a" }, dig.Group("g"), twice))
		require.NoError(t, c.Provide(func(g group) *holder[int] { return hold(len(g.All)) }))
		plan := compiled(t, c, rootOf[*holder[int]]())
		assert.Equal(t, 2, built[*holder[int]](t, newScope(t, plan), 0).got)
	})

	t.Run("does not mistake an application's error for something missing", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, scoped(func() (int, error) { return 0, fmt.Errorf("plugin: %w", container.ErrMissing) }))
		type optional struct {
			dig.In
			N int `optional:"true"`
		}
		require.NoError(t, c.Provide(func(o optional) *holder[int] { return hold(o.N) }))
		_, err := newScope(t, compiled(t, c, rootOf[*holder[int]]())).Build(0)
		require.ErrorIs(t, err, container.ErrBuild)
	})

	t.Run("gives singletons the context that is provided, and requests their own", func(t *testing.T) {
		t.Parallel()
		type app struct{ ctx context.Context }
		type key struct{}
		ctx := context.WithValue(t.Context(), key{}, "of the application")
		c := container.New()
		require.NoError(t, c.ProvideAll(
			func() context.Context { return ctx },
			func(ctx context.Context) *app { return &app{ctx} },
			func(a *app, ctx context.Context) *holder[[]any] {
				return hold([]any{a.ctx.Value(key{}), ctx.Value(key{})})
			},
		))
		plan := compiled(t, c, rootOf[*holder[[]any]]())
		got := built[*holder[[]any]](t, newScope(t, plan), 0).got
		assert.Equal(t, []any{"of the application", nil}, got)
	})

	t.Run("rejects a fake container", func(t *testing.T) {
		t.Parallel()
		_, err := container.New(dig.DryRun(true)).Compile(nil)
		require.ErrorIs(t, err, container.ErrRefused)
	})
}

type tag string

func (l tag) String() string { return string(l) }
