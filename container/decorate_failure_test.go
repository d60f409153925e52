package container_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

func TestContainer_Decorate_Failures(t *testing.T) {
	t.Parallel()
	cause := errors.New("no licence")

	t.Run("runs a failed decorator again in the same scope", func(t *testing.T) {
		t.Parallel()
		for _, opts := range [][]dig.DecorateOption{nil, {container.Scoped()}} {
			var calls int
			c := containerOf(t, scoped(text("value")))
			decorated(t, c, func(s string) (string, error) {
				if calls++; calls == 1 {
					return "", cause
				}
				return s + "!", nil
			}, opts...)
			s := newScope(t, planFor[string](t, c))
			_, err := s.Build(0)
			require.ErrorIs(t, err, cause)
			require.ErrorIs(t, err, container.ErrBuild)
			assert.Equal(t, "value!", built[*holder[string]](t, s, 0).got)
			assert.Equal(t, "value!", built[*holder[string]](t, s, 0).got)
			assert.Equal(t, 2, calls)
		}
	})

	t.Run("runs a decorator that panicked again in the same scope", func(t *testing.T) {
		t.Parallel()
		var calls int
		c := containerOf(t, scoped(text("value")))
		decorated(t, c, func(s string) string {
			if calls++; calls == 1 {
				panic("no licence")
			}
			return s + "!"
		})
		s := newScope(t, planFor[string](t, c))
		assert.PanicsWithValue(t, "no licence", func() { _, _ = s.Build(0) })
		assert.Equal(t, "value!", built[*holder[string]](t, s, 0).got)
	})

	t.Run("runs a decorator again after the value that it decorates failed", func(t *testing.T) {
		t.Parallel()
		var calls int
		c := containerOf(t, scoped(func() (string, error) {
			if calls++; calls == 1 {
				return "", cause
			}
			return "value", nil
		}))
		decorated(t, c, plus("!"))
		s := newScope(t, planFor[string](t, c))
		_, err := s.Build(0)
		require.ErrorIs(t, err, cause)
		assert.Equal(t, "value!", built[*holder[string]](t, s, 0).got)
	})

	t.Run("reports a failed decorator of a singleton in Compile", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(text("value")), ctor(hold[string]))
		decorated(t, c, func(string) (string, error) { return "", cause })
		fault := soleFault(t, c, rootOf[*holder[string]]())
		require.ErrorIs(t, fault, cause)
		assert.ErrorIs(t, fault, container.ErrBuild)
	})

	t.Run("rejects a decorator of singletons that needs a scoped value", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(text("value")), scoped(func() int { return 1 }), ctor(hold[string]))
		decorated(t, c, func(s string, _ int) string { return s })
		assert.ErrorIs(t, soleFault(t, c, rootOf[*holder[string]]()), container.ErrCaptive)
	})

	t.Run("rejects a decorator of a handler", func(t *testing.T) {
		t.Parallel()
		for _, opts := range [][]dig.DecorateOption{nil, {container.Scoped()}} {
			c := containerOf(t, ctor(func() *holder[int] { return hold(1) }))
			decorated(t, c, func(h *holder[int]) *holder[int] { return h }, opts...)
			assert.ErrorIs(t, soleFault(t, c, rootOf[*holder[int]]()), container.ErrDecorator)
		}
	})

	t.Run("rejects a decorator in dig of a group that becomes scoped", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(text("a"), dig.Group("texts")))
		decorated(t, c, func(in texts) textsOut { return textsOut{All: in.All} })
		require.NoError(t, c.Invoke(func(texts) {}))
		provideTo(t, c, scoped(text("b"), dig.Group("texts")))
		assert.ErrorIs(t, soleFault(t, c), container.ErrDecorator)
	})

	t.Run("rejects an option that a request cannot honor", func(t *testing.T) {
		t.Parallel()
		callback := dig.WithDecoratorCallback(func(dig.CallbackInfo) {})
		err := container.New().Decorate(plus("!"), callback, container.Scoped())
		assert.ErrorIs(t, err, container.ErrRefused)

		c := containerOf(t, scoped(text("value")))
		decorated(t, c, plus("!"), callback)
		assert.ErrorIs(t, soleFault(t, c), container.ErrDecorator)
	})

	t.Run("honors the option on a singleton's decorator", func(t *testing.T) {
		t.Parallel()
		var names []string
		c := containerOf(t, ctor(text("value")))
		decorated(t, c, plus("!"), dig.WithDecoratorCallback(func(info dig.CallbackInfo) {
			names = append(names, info.Name)
		}))
		assert.Equal(t, "value!", inRequest[string](t, c))
		assert.Len(t, names, 1)
	})

	t.Run("fills in what dig knows about a decorator", func(t *testing.T) {
		t.Parallel()
		for _, opts := range [][]dig.DecorateOption{nil, {container.Scoped()}} {
			var info dig.DecorateInfo
			decorated(t, container.New(), func(s string, _ int) string { return s },
				append(opts, dig.FillDecorateInfo(&info))...)
			assert.Len(t, info.Inputs, 2)
			assert.Len(t, info.Outputs, 1)
		}
	})
}

func TestContainer_Decorate_Refusals(t *testing.T) {
	t.Parallel()
	var none func(string) string
	for name, decorator := range map[string]any{
		"nil":                              nil,
		"a nil function":                   none,
		"no function":                      "decorator",
		"a function that returns nothing":  func(string) {},
		"a function that returns an error": func(string) error { return nil },
		"a dig.In result":                  func(string) texts { return texts{} },
		"a dig.Out parameter":              func(textsOut) string { return "" },
	} {
		t.Run("rejects "+name, func(t *testing.T) {
			t.Parallel()
			for _, opts := range [][]dig.DecorateOption{nil, {container.Scoped()}} {
				c := container.New()
				err := c.Decorate(decorator, opts...)
				require.ErrorIs(t, err, container.ErrRefused)
				assert.Equal(t, err, error(soleFault(t, c)))
			}
		})
	}

	t.Run("rejects the second decorator of a key, as dig does", func(t *testing.T) {
		t.Parallel()
		reference := dig.New()
		require.NoError(t, reference.Decorate(plus("1")))
		require.ErrorContains(t, reference.Decorate(plus("2")), "already decorated")

		for _, opts := range [][]dig.DecorateOption{nil, {container.Scoped()}} {
			c := container.New()
			decorated(t, c, plus("1"), opts...)
			err := c.Decorate(func(s string, n int) (int, string) { return n, s }, opts...)
			require.ErrorIs(t, err, container.ErrRefused)
			assert.ErrorContains(t, err, "already decorated")
			assert.ErrorContains(t, err, "decorate_test.go:")
		}
	})

	t.Run("rejects the second decorator of a group", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		decorated(t, c, func(in texts) textsOut { return textsOut{All: in.All} })
		assert.ErrorIs(t, c.Decorate(func(in texts) textsOut { return textsOut{All: in.All} }), container.ErrRefused)
	})

	t.Run("rejects Singleton()", func(t *testing.T) {
		t.Parallel()
		assert.ErrorIs(t, container.New().Decorate(plus("!"), container.Singleton()), container.ErrRefused)
	})

	t.Run("rejects a nil option", func(t *testing.T) {
		t.Parallel()
		assert.ErrorIs(t, container.New().Decorate(plus("!"), nil), container.ErrRefused)
	})
}

func TestContainer_Compile_after_a_decorator_failed(t *testing.T) {
	t.Parallel()
	// dig marks a decorator that failed as running forever, and hands out the
	// value without it from then on.
	c := container.New()
	require.NoError(t, c.ProvideAll(func() string { return "plain" }, hold[string]))
	require.NoError(t, c.Decorate(func(string) (string, error) { return "", errors.New("no decoration") }))
	for range 2 {
		_, err := c.Compile([]wiring.Root{{Type: reflect.TypeFor[*holder[string]]()}})
		assert.ErrorContains(t, err, "no decoration")
	}
}
