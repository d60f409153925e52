package container_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
)

func plus(suffix string) func(string) string { return func(s string) string { return s + suffix } }

func decorated(t *testing.T, c *container.Container, decorator any, opts ...dig.DecorateOption) {
	t.Helper()
	require.NoError(t, c.Decorate(decorator, opts...))
}

func TestContainer_Decorate_Values(t *testing.T) {
	t.Parallel()

	t.Run("decorates for everything that asks", func(t *testing.T) {
		t.Parallel()
		type in struct {
			dig.In
			Number int
			Text   string
		}
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), decorate func(any)) {
			decorate(func(n int, f float64) int { return n + int(f) })
			provide(func() int { return 1 })
			provide(func() float64 { return 10 })
			provide(func(n int) string { return strings.Repeat("x", n) })
		}, func(v in) []int { return []int{v.Number, len(v.Text)} })
		assert.Equal(t, []int{11, 11}, got)
	})

	t.Run("decorates only a named value", func(t *testing.T) {
		t.Parallel()
		type named struct {
			dig.In
			Text string `name:"one"`
		}
		type namedOut struct {
			dig.Out
			Text string `name:"one"`
		}
		type both struct {
			dig.In
			One   string `name:"one"`
			Plain string
		}
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), decorate func(any)) {
			provide(text("a"), dig.Name("one"))
			provide(text("b"))
			decorate(func(in named) namedOut { return namedOut{Text: in.Text + "!"} })
		}, func(v both) string { return v.One + v.Plain })
		assert.Equal(t, "a!b", got)
	})

	t.Run("does not build a value that it replaces without asking for it", func(t *testing.T) {
		t.Parallel()
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), decorate func(any)) {
			provide(func() string { panic("replaced") })
			decorate(func() string { return "instead" })
		}, func(s string) string { return s })
		assert.Equal(t, "instead", got)
	})

	t.Run("needs a value to decorate", func(t *testing.T) {
		t.Parallel()
		reference := dig.New()
		require.NoError(t, reference.Decorate(plus("!")))
		require.Error(t, reference.Invoke(func(string) {}))
		for _, opts := range [][]dig.DecorateOption{nil, {container.Scoped()}} {
			c := container.New()
			decorated(t, c, plus("!"), opts...)
			assert.ErrorIs(t, inRequestError[string](t, c), container.ErrMissing)
		}
	})

	t.Run("runs once in each request on a scoped value", func(t *testing.T) {
		t.Parallel()
		type pair struct{ left, right *counted }
		var values, decorators counter
		c := containerOf(t,
			scoped(values.make),
			scoped(func(left, right *counted) pair { return pair{left, right} }),
		)
		decorated(t, c, func(*counted) *counted { return decorators.make() })
		plan := planFor[pair](t, c)
		for range 2 {
			s := newScope(t, plan)
			got := built[*holder[pair]](t, s, 0).got
			assert.Same(t, got.left, got.right)
			assert.Same(t, got.left, built[*holder[pair]](t, s, 0).got.left)
		}
		assert.Equal(t, 2, values.made)
		assert.Equal(t, 2, decorators.made)
	})

	t.Run("runs once on a singleton", func(t *testing.T) {
		t.Parallel()
		var decorators counter
		c := containerOf(t, ctor(func() *counted { return nil }))
		decorated(t, c, func(*counted) *counted { return decorators.make() })
		plan := planFor[*counted](t, c)
		first := built[*holder[*counted]](t, newScope(t, plan), 0).got
		assert.Same(t, first, built[*holder[*counted]](t, newScope(t, plan), 0).got)
		assert.Equal(t, 1, decorators.made)
		require.NoError(t, c.Invoke(func(v *counted) { assert.Same(t, first, v) }))
	})

	t.Run("runs in each request on a singleton if it is scoped, on top of another", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t,
			ctor(text("value")),
			ctor(func(s string) []byte { return []byte(s) }),
			scoped(func(s string) []rune { return []rune(s) }),
		)
		type in struct {
			dig.In
			Text      string
			Singleton []byte
			Scoped    []rune
		}
		var number int
		decorated(t, c, func(s string) string { number++; return s + "+scoped" }, container.Scoped())
		decorated(t, c, plus("+once"))
		plan := planFor[in](t, c)
		for range 2 {
			got := built[*holder[in]](t, newScope(t, plan), 0).got
			assert.Equal(t, "value+once+scoped", got.Text)
			assert.Equal(t, "value+once+scoped", string(got.Scoped))
			assert.Equal(t, "value+once", string(got.Singleton))
		}
		assert.Equal(t, 2, number)
		require.NoError(t, c.Invoke(func(s string) { assert.Equal(t, "value+once", s) }))
	})

	t.Run("puts a scoped decorator of a scoped value on top of another", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, scoped(text("value")))
		decorated(t, c, plus("+second"), container.Scoped())
		decorated(t, c, plus("+first"))
		assert.Equal(t, "value+first+second", inRequest[string](t, c))
	})

	t.Run("decorates the context of the request", func(t *testing.T) {
		t.Parallel()
		type contextKey struct{}
		for _, opts := range [][]dig.DecorateOption{nil, {container.Scoped()}} {
			c := containerOf(t, scoped(func(ctx context.Context) string { return ctx.Value(contextKey{}).(string) }))
			decorated(t, c, func(ctx context.Context) context.Context {
				return context.WithValue(ctx, contextKey{}, "decorated")
			}, opts...)
			assert.Equal(t, "decorated", inRequest[string](t, c))
		}
	})

	t.Run("gives a scoped decorator of a singleton the values of the request", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(text("value")), scoped(func() int { return 3 }))
		decorated(t, c, func(s string, n int, _ context.Context) string { return strings.Repeat(s, n) }, container.Scoped())
		assert.Equal(t, "valuevaluevalue", inRequest[string](t, c))
	})

	t.Run("decorates two keys at once", func(t *testing.T) {
		t.Parallel()
		type in struct {
			dig.In
			Text   string
			Number int
		}
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), decorate func(any)) {
			provide(text("value"))
			provide(func() int { return 1 })
			decorate(func(s string, n int) (string, int, error) { return s + "!", n + 10, nil })
		}, func(v in) []any { return []any{v.Text, v.Number} })
		assert.Equal(t, []any{"value!", 11}, got)
	})

	t.Run("decorates a singleton and a scoped value at once in each request", func(t *testing.T) {
		t.Parallel()
		type in struct {
			dig.In
			Text   string
			Number int
		}
		var calls int
		c := containerOf(t, ctor(text("value")), scoped(func() int { return 1 }))
		decorated(t, c, func(s string, n int) (string, int) { calls++; return s + "!", n + 10 })
		plan := planFor[in](t, c)
		for range 2 {
			got := built[*holder[in]](t, newScope(t, plan), 0).got
			assert.Equal(t, "value!", got.Text)
			assert.Equal(t, 11, got.Number)
		}
		assert.Equal(t, 2, calls)
	})
}

func TestContainer_Decorate_Groups(t *testing.T) {
	t.Parallel()
	exclaim := func(in texts) textsOut {
		all := sorted(in.All)
		for i := range all {
			all[i] += "!"
		}
		return textsOut{All: all}
	}

	t.Run("decorates all members at once", func(t *testing.T) {
		t.Parallel()
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), decorate func(any)) {
			decorate(exclaim)
			provide(text("a"), dig.Group("texts"))
			provide(func() []string { return []string{"b", "c"} }, dig.Group("texts,flatten"))
		}, sortedTexts)
		assert.Equal(t, []string{"a!", "b!", "c!"}, got)
	})

	t.Run("may add and omit members", func(t *testing.T) {
		t.Parallel()
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), decorate func(any)) {
			provide(text("a"), dig.Group("texts"))
			decorate(func(in texts) textsOut { return textsOut{All: []string{"x", "y"}} })
		}, sortedTexts)
		assert.Equal(t, []string{"x", "y"}, got)
	})

	t.Run("receives singletons and scoped members of a group that has both", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(text("singleton"), dig.Group("texts")), scoped(text("scoped"), dig.Group("texts")))
		decorated(t, c, exclaim)
		assert.Equal(t, []string{"scoped!", "singleton!"}, inRequest[texts](t, c).All)
	})

	t.Run("runs on top of a singleton's decorator if it is scoped", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(text("a"), dig.Group("texts")))
		decorated(t, c, exclaim, container.Scoped())
		decorated(t, c, exclaim)
		assert.Equal(t, []string{"a!!"}, inRequest[texts](t, c).All)
	})

	t.Run("shows a decorated soft group, as dig does", func(t *testing.T) {
		t.Parallel()
		type soft struct {
			dig.In
			All []string `group:"texts,soft"`
		}
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), decorate func(any)) {
			provide(text("a"), dig.Group("texts"))
			decorate(exclaim)
		}, func(in soft) []string { return in.All })
		assert.Equal(t, []string{"a!"}, got)
	})
}
