package container_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

type optionalInt struct {
	dig.In
	Value int `optional:"true"`
}

func optionalValue(in optionalInt) int { return in.Value }

func TestScope_Build_Parameters(t *testing.T) {
	t.Parallel()

	t.Run("fills positional parameters", func(t *testing.T) {
		t.Parallel()
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
			provide(func(n int, s string) []any { return []any{n, s} })
			provide(func() int { return 4 })
			provide(func(n int) string { return "text" })
		}, func(v []any) []any { return v })
		assert.Equal(t, []any{4, "text"}, got)
	})

	t.Run("fills the named fields of a dig.In struct", func(t *testing.T) {
		t.Parallel()
		type in struct {
			dig.In
			Plain int
			Read  int `name:"read"`
			Write int `name:"write"`
		}
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
			provide(func() int { return 1 })
			provide(func() int { return 2 }, container.Name("read"))
			provide(func() int { return 3 }, dig.Name("write"))
		}, func(v in) []int { return []int{v.Plain, v.Read, v.Write} })
		assert.Equal(t, []int{1, 2, 3}, got)
	})

	t.Run("fills nested dig.In structs beside positional parameters", func(t *testing.T) {
		t.Parallel()
		type inner struct {
			dig.In
			Read int `name:"read"`
		}
		type outer struct {
			dig.In
			Inner inner
			Text  string
		}
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
			provide(func(f float64, o outer, n int) []any { return []any{f, o.Inner.Read, o.Text, n} })
			provide(func() float64 { return 0.5 })
			provide(func() int { return 1 })
			provide(func() int { return 2 }, dig.Name("read"))
			provide(func() string { return "text" })
		}, func(v []any) []any { return v })
		assert.Equal(t, []any{0.5, 2, "text", 1}, got)
	})

	t.Run("fills an embedded dig.In struct", func(t *testing.T) {
		t.Parallel()
		type Base struct {
			dig.In
			Text string
		}
		type in struct {
			dig.In
			Base
			Number int
		}
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
			provide(func() int { return 1 })
			provide(func() string { return "text" })
		}, func(v in) []any { return []any{v.Text, v.Number} })
		assert.Equal(t, []any{"text", 1}, got)
	})

	t.Run("leaves ignored unexported fields alone", func(t *testing.T) {
		t.Parallel()
		type in struct {
			dig.In `ignore-unexported:"true"`
			Number int
			hidden string
		}
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
			provide(func() int { return 1 })
			provide(func() string { return "text" })
		}, func(v in) []any { return []any{v.Number, v.hidden} })
		assert.Equal(t, []any{1, ""}, got)
	})

	t.Run("leaves variadic parameters empty", func(t *testing.T) {
		t.Parallel()
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
			provide(func(s string, more ...int) []any { return []any{s, len(more)} })
			provide(func() int { return 1 })
			provide(func() []int { return []int{1, 2} })
			provide(func() string { return "text" })
		}, func(v []any) []any { return v })
		assert.Equal(t, []any{"text", 0}, got)
	})

	t.Run("leaves the variadic parameter of a constructor with a finalizer empty", func(t *testing.T) {
		t.Parallel()
		for _, opts := range [][]dig.ProvideOption{nil, {container.Scoped()}} {
			c := containerOf(t, ctor(func(more ...int) (string, container.Finalizer) {
				return "text", func(context.Context, error) error { return nil }
			}, opts...))
			assert.Equal(t, "text", inRequest[string](t, c))
		}
	})
}

func TestScope_Build_Optional(t *testing.T) {
	t.Parallel()

	t.Run("gives the value that there is", func(t *testing.T) {
		t.Parallel()
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
			provide(func() int { return 1 })
		}, optionalValue)
		assert.Equal(t, 1, got)
	})

	t.Run("gives the zero value of a type that nothing provides", func(t *testing.T) {
		t.Parallel()
		got := sameAsDig(t, func(func(any, ...dig.ProvideOption), func(any)) {}, optionalValue)
		assert.Zero(t, got)
	})

	t.Run("gives the zero value if the constructor lacks something", func(t *testing.T) {
		t.Parallel()
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
			provide(func(string) int { return 1 })
		}, optionalValue)
		assert.Zero(t, got)
	})

	t.Run("gives the zero value if something lacks something further down", func(t *testing.T) {
		t.Parallel()
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
			provide(func(string) int { return 1 })
			provide(func(float64) string { return "" })
			provide(func(uint) float64 { return 0 })
		}, optionalValue)
		assert.Zero(t, got)
	})

	t.Run("finds the named one", func(t *testing.T) {
		t.Parallel()
		type in struct {
			dig.In
			Here  int `name:"here" optional:"true"`
			There int `name:"there" optional:"true"`
		}
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
			provide(func() int { return 1 }, dig.Name("here"))
		}, func(v in) []int { return []int{v.Here, v.There} })
		assert.Equal(t, []int{1, 0}, got)
	})

	t.Run("does not hide a constructor that fails", func(t *testing.T) {
		t.Parallel()
		cause := errors.New("no connection")
		fail := func() (int, error) { return 0, cause }

		reference := dig.New()
		require.NoError(t, reference.Provide(fail))
		require.ErrorIs(t, reference.Invoke(func(optionalInt) {}), cause)

		assert.ErrorIs(t, inRequestError[optionalInt](t, containerOf(t, scoped(fail))), cause)
		assert.ErrorIs(t, inRequestError[optionalInt](t, containerOf(t, ctor(fail))), cause)
	})

	t.Run("does not excuse a scoped dependency of a singleton", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t,
			scoped(func() int { return 1 }),
			ctor(func(optionalInt) string { return "" }),
			ctor(hold[string]),
		)
		assert.ErrorIs(t, soleFault(t, c, rootOf[*holder[string]]()), container.ErrCaptive)
	})
}

func TestScope_Build_Supplied(t *testing.T) {
	t.Parallel()
	type contextKey struct{}
	type identity struct{ name string }

	t.Run("gives the context of the request", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, scoped(func(ctx context.Context) string { return ctx.Value(contextKey{}).(string) }))
		plan := planFor[string](t, c)
		for _, name := range []string{"first", "second"} {
			s := plan.NewScope(requestWith(context.WithValue(t.Context(), contextKey{}, name)))
			assert.Equal(t, name, built[*holder[string]](t, s, 0).got)
		}
	})

	t.Run("gives the context of the request even if Compile does not know the type", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(hold[context.Context]))
		plan, err := c.Compile([]wiring.Root{rootOf[*holder[context.Context]]()})
		require.NoError(t, err)
		assert.Equal(t, t.Context(), built[*holder[context.Context]](t, newScope(t, plan), 0).got)
	})

	t.Run("gives any other type that the request supplies", func(t *testing.T) {
		t.Parallel()
		type in struct {
			dig.In
			Ctx  context.Context
			Who  *identity
			None *identity `name:"other" optional:"true"`
		}
		c := containerOf(t, ctor(hold[in]))
		plan, err := c.Compile([]wiring.Root{rootOf[*holder[in]]()}, wiring.Supplied[*identity]())
		require.NoError(t, err)
		ann := &identity{"ann"}
		request := requestWith(t.Context())
		request[reflect.TypeFor[*identity]()] = ann
		got := built[*holder[in]](t, plan.NewScope(request), 0).got
		assert.Equal(t, t.Context(), got.Ctx)
		assert.Same(t, ann, got.Who)
		assert.Nil(t, got.None)
	})

	t.Run("is missing without the declaration", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(hold[*identity]))
		assert.ErrorIs(t, soleFault(t, c, rootOf[*holder[*identity]]()), container.ErrMissing)
	})

	t.Run("is nothing for a singleton", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(func(context.Context) string { return "" }), ctor(hold[string]))
		assert.ErrorIs(t, soleFault(t, c, rootOf[*holder[string]]()), container.ErrCaptive)
	})

	t.Run("cannot be provided as a scoped value too", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, scoped(context.Background))
		assert.ErrorIs(t, soleFault(t, c), container.ErrRefused)
	})

	t.Run("may be nil", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(hold[fmt.Stringer]))
		plan, err := c.Compile([]wiring.Root{rootOf[*holder[fmt.Stringer]]()}, wiring.Supplied[fmt.Stringer]())
		require.NoError(t, err)
		require.NotPanics(t, func() { assert.Nil(t, built[*holder[fmt.Stringer]](t, newScope(t, plan), 0).got) })
	})
}
