package container_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
)

type finalizerOut struct {
	dig.Out
	Text string
	End  container.Finalizer
}

type finalizerOutInside struct {
	dig.Out
	Inside finalizerOut
}

func TestContainer_Nil(t *testing.T) {
	t.Parallel()
	var none *container.Container
	for name, c := range map[string]*container.Container{"a nil container": none, "Wrap(nil)": container.Wrap(nil)} {
		for call, err := range map[string]func() error{
			"Provide":        func() error { return c.Provide(text("value")) },
			"ProvideAll":     func() error { return c.ProvideAll(text("value")) },
			"ProvideDefault": func() error { return c.ProvideDefault(text("value")) },
			"Replace":        func() error { return c.Replace(text("value")) },
			"Decorate":       func() error { return c.Decorate(plus("!")) },
			"Invoke":         func() error { return c.Invoke(func() {}) },
			"Close":          func() error { return c.Close(context.Background()) },
			"Compile":        func() error { _, err := c.Compile(nil); return err },
		} {
			t.Run(call+" refuses "+name, func(t *testing.T) {
				t.Parallel()
				require.ErrorIs(t, err(), container.ErrRefused)
				assert.ErrorContains(t, err(), "container.New")
			})
		}
	}
}

func TestContainer_Provide(t *testing.T) {
	t.Parallel()
	lifetimes := map[string][]dig.ProvideOption{
		"":           nil,
		" scoped":    {container.Scoped()},
		" singleton": {container.Singleton()},
	}

	type unexported struct {
		dig.In
		_ int
	}
	var none func() string
	for name, p := range map[string]provided{
		"a function without result":    ctor(func() {}),
		"only an error":                ctor(func() error { return nil }),
		"a dig.In result":              ctor(func() texts { return texts{} }),
		"a pointer to dig.Out":         ctor(func() *textsOut { return nil }),
		"a dig.Out parameter":          ctor(func(textsOut) string { return "" }),
		"a pointer to dig.In":          ctor(func(*texts) string { return "" }),
		"an unexported field":          ctor(func(unexported) string { return "" }),
		"a flattened value":            ctor(text("value"), dig.Group("texts,flatten")),
		"a name and a group":           ctor(text("value"), dig.Group("texts"), dig.Name("one")),
		"a backquote in a name":        ctor(text("value"), dig.Name("`")),
		"As with no interface":         ctor(text("value"), dig.As(new(string))),
		"As with nil":                  ctor(text("value"), dig.As(nil)),
		"As with no pointer":           ctor(text("value"), dig.As(1)),
		"As with nil among others":     ctor(text("value"), dig.As(new(any), nil)),
		"an unknown option of a group": ctor(text("value"), dig.Group("texts,firm")),
		"As with another interface":    ctor(text("value"), dig.As(new(stringer))),
		"the same type twice":          ctor(func() (string, string) { return "", "" }),
		"an optional group": ctor(func(struct {
			dig.In
			All []string `group:"texts" optional:"true"`
		}) string {
			return ""
		}),
		"a group that is no slice": ctor(func(struct {
			dig.In
			All string `group:"texts"`
		}) string {
			return ""
		}),
	} {
		for lifetime, opts := range lifetimes {
			t.Run("rejects what dig rejects, in its words: "+name+lifetime, func(t *testing.T) {
				t.Parallel()
				reference := dig.New().Provide(p.ctor, p.opts...)
				require.Error(t, reference)

				c := container.New()
				err := c.Provide(p.ctor, append(p.opts[:len(p.opts):len(p.opts)], opts...)...)
				require.ErrorIs(t, err, container.ErrRefused)
				fault, ok := errors.AsType[*container.Error](err)
				require.True(t, ok)
				assert.EqualError(t, fault.Cause, reference.Error())
				assert.Equal(t, err, error(soleFault(t, c)), "Compile reports it again")
			})
		}
	}

	for name, fn := range map[string]any{
		"nil":                             nil,
		"a nil function":                  none,
		"what is no function":             42,
		"only a finalizer":                func() container.Finalizer { return nil },
		"a finalizer and an error":        func() (container.Finalizer, error) { return nil, nil },
		"a finalizer in a dig.Out struct": func() finalizerOut { return finalizerOut{} },
		"a finalizer further inside":      func() finalizerOutInside { return finalizerOutInside{} },
	} {
		for lifetime, opts := range lifetimes {
			t.Run("rejects "+name+lifetime, func(t *testing.T) {
				t.Parallel()
				c := container.New()
				err := c.Provide(fn, opts...)
				require.ErrorIs(t, err, container.ErrRefused)
				assert.Equal(t, err, error(soleFault(t, c)))
			})
		}
	}

	for first, opts := range lifetimes {
		for second, more := range lifetimes {
			t.Run("rejects a second constructor"+second+" of a value after one"+first, func(t *testing.T) {
				t.Parallel()
				c := containerOf(t, ctor(text("first"), opts...))
				err := c.Provide(func() (int, string) { return 1, "second" }, more...)
				require.ErrorIs(t, err, container.ErrRefused)
				assert.ErrorContains(t, err, "already provided")
				assert.ErrorContains(t, err, "provide_test.go:", "where the second one is")
				assert.ErrorContains(t, err, "group_test.go:", "where the first one is")

				provideTo(t, c, ctor(text("under another name"), append(more[:len(more):len(more)], dig.Name("other"))...))
				assert.ErrorIs(t, soleFault(t, c), container.ErrRefused, "what was refused changes nothing else")
			})
		}
	}

	t.Run("accepts one constructor for two names", func(t *testing.T) {
		t.Parallel()
		type in struct {
			dig.In
			One *counted `name:"one"`
			Two *counted `name:"two"`
		}
		var c counter
		got := inRequest[in](t, containerOf(t, scoped(c.make, dig.Name("one")), scoped(c.make, dig.Name("two"))))
		assert.NotSame(t, got.One, got.Two)
	})

	t.Run("accepts constructors in any order", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t,
			ctor(hold[string]),
			scoped(func(n int) string { return "value" }),
			scoped(func(float64) int { return 1 }),
			ctor(func() float64 { return 1 }),
		)
		assert.Equal(t, "value", built[*holder[string]](t, newScope(t, compiled(t, c, rootOf[*holder[string]]())), 0).got)
	})
}

func TestContainer_ProvideAll(t *testing.T) {
	t.Parallel()

	t.Run("provides all", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, c.ProvideAll(func(n int) string { return "value" }, func() int { return 1 }))
		assert.Equal(t, "value", inRequest[string](t, c))
	})

	t.Run("continues after a fault and joins all faults", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		all := faults(t, c.ProvideAll(nil, text("value"), 42, func() {}))
		require.Len(t, all, 3)
		for _, fault := range all {
			assert.Equal(t, container.ErrRefused, fault.Reason)
		}
		require.NoError(t, c.Invoke(func(s string) { assert.Equal(t, "value", s) }))
		assert.Len(t, compileError(t, c), 3)
	})

	t.Run("accepts none", func(t *testing.T) {
		t.Parallel()
		assert.NoError(t, container.New().ProvideAll())
	})
}
