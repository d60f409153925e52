package container_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
)

func replaceIn(t *testing.T, c *container.Container, all ...provided) {
	t.Helper()
	for _, p := range all {
		require.NoError(t, c.Replace(p.ctor, p.opts...))
	}
}

func TestContainer_Replace(t *testing.T) {
	t.Parallel()
	lifetimes := map[string][]dig.ProvideOption{"singleton": nil, "scoped value": {container.Scoped()}}

	for name, opts := range lifetimes {
		for by, with := range lifetimes {
			t.Run("replaces a "+name+" by a "+by+", provided before or after, and decorated", func(t *testing.T) {
				t.Parallel()
				for _, first := range []bool{false, true} {
					c := container.New()
					if first {
						replaceIn(t, c, ctor(text("fake"), with...))
					}
					provideTo(t, c, ctor(func(int) string { panic("must not run") }, opts...))
					decorated(t, c, plus("!"))
					if !first {
						replaceIn(t, c, ctor(text("fake"), with...))
					}
					assert.Equal(t, "fake!", inRequest[string](t, c))
				}
			})
		}
	}

	t.Run("replaces named values, interfaces of As, and defaults", func(t *testing.T) {
		t.Parallel()
		type in struct {
			dig.In
			Plain string
			Named string `name:"named"`
			As    any
		}
		named, as := dig.Name("named"), dig.As(new(any))
		c := containerOf(t, ctor(text("plain")), ctor(never[string](), named), ctor(never[string](), as))
		replaceIn(t, c, ctor(text("named"), named), ctor(text("as"), as), ctor(func() int { return 1 }))
		provideDefaults(t, c, ctor(never[int]()))
		got := inRequest[in](t, c)
		assert.Equal(t, []any{"plain", "named", "as"}, []any{got.Plain, got.Named, got.As})
		require.NoError(t, c.Invoke(func(n int) { assert.Equal(t, 1, n) }))
	})

	t.Run("replaces all members of a group", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(never[string](), dig.Group("texts")), scoped(never[string](), dig.Group("texts")))
		replaceIn(t, c, ctor(text("a"), dig.Group("texts")), scoped(text("b"), dig.Group("texts")))
		provideTo(t, c, ctor(never[[]string](), dig.Group("texts,flatten")))
		assert.Equal(t, []string{"a", "b"}, sortedTexts(inRequest[texts](t, c)))
	})

	t.Run("replaces handlers, transient and singleton, and by typed constructors", func(t *testing.T) {
		t.Parallel()
		once := container.Singleton()
		c := containerOf(t, ctor(never[*holder[string]]()), ctor(never[*holder[int]](), once), ctor(text("")))
		replaceIn(t, c, ctor(container.Typed(hold[string])), ctor(func() *holder[int] { return hold(1) }, once))
		plan := compiled(t, c, rootOf[*holder[string]](), rootOf[*holder[int]]())
		s := newScope(t, plan)
		assert.NotSame(t, built[*holder[string]](t, s, 0), built[*holder[string]](t, s, 0))
		assert.Same(t, built[*holder[int]](t, s, 1), built[*holder[int]](t, s, 1))
	})

	t.Run("replaces a constructor of several values by one or by several", func(t *testing.T) {
		t.Parallel()
		both := func() (string, int) { panic("must not run") }
		for _, with := range [][]any{
			{func() (int, string) { return 1, "fake" }},
			{func() int { return 1 }, text("fake")},
		} {
			c := containerOf(t, ctor(both))
			for _, fake := range with {
				replaceIn(t, c, ctor(fake))
			}
			assert.Equal(t, "fake", inRequest[string](t, c))
			assert.Equal(t, 1, inRequest[int](t, c))
		}
	})

	t.Run("provides the members of groups that the replaced constructor provided", func(t *testing.T) {
		t.Parallel()
		type out struct {
			dig.Out
			Number int
			Text   string `group:"texts"`
		}
		c := containerOf(t, ctor(text("other"), dig.Group("texts")), ctor(never[out]()))
		replaceIn(t, c, ctor(func() out { return out{Number: 1, Text: "fake"} }))
		assert.Equal(t, []string{"fake", "other"}, sortedTexts(inRequest[texts](t, c)))
	})

	t.Run("needs nothing of what the replaced constructor needs", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(func(int) string { panic("must not run") }))
		replaceIn(t, c, ctor(text("fake")))
		require.NoError(t, c.Invoke(func(s string) { assert.Equal(t, "fake", s) }))
	})

	t.Run("replaces what is provided after Invoke", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		replaceIn(t, c, ctor(text("fake")))
		require.NoError(t, c.Invoke(func() {}))
		provideTo(t, c, ctor(never[string]()))
		require.ErrorIs(t, c.Provide(text("again")), container.ErrRefused)
		require.NoError(t, c.Invoke(func(s string) { assert.Equal(t, "fake", s) }))
	})

	t.Run("keeps the options of dig", func(t *testing.T) {
		t.Parallel()
		c := container.New(dig.RecoverFromPanics())
		provideTo(t, c, ctor(never[string]()), ctor(never[int]()))
		replaceIn(t, c, ctor(text("fake")))
		var panicked dig.PanicError
		require.ErrorAs(t, c.Invoke(func(int) {}), &panicked)
	})
}

func TestContainer_Replace_Failures(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct{ real, fake []provided }{
		"a replacement of nothing": {
			[]provided{ctor(never[int]())}, []provided{ctor(never[string]()), ctor(never[int]())},
		},
		"a replacement of a group without members": {
			[]provided{ctor(never[int]())}, []provided{ctor(never[string](), dig.Group("texts")), ctor(never[int]())},
		},
		"a replacement that provides more": {
			[]provided{ctor(never[int]())}, []provided{ctor(func() (int, string) { panic("must not run") })},
		},
		"a replacement of a part": {
			[]provided{ctor(func() (int, string) { panic("must not run") })}, []provided{ctor(never[int]())},
		},
	} {
		t.Run("reports "+name+", and builds nothing", func(t *testing.T) {
			t.Parallel()
			c := containerOf(t, append(test.real, ctor(func(int, optionalText) bool { panic("must not run") }),
				ctor(never[string](), dig.Group("others")), scoped(hold[bool]))...)
			replaceIn(t, c, test.fake...)
			for range 2 {
				require.ErrorIs(t, soleFault(t, c, rootOf[*holder[bool]]()), container.ErrReplace)
			}
		})
	}

	t.Run("can be completed after Compile has reported a part", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(func() (int, string) { panic("must not run") }), ctor(func() float64 { return 2 }))
		decorated(t, c, plus("!"))
		decorated(t, c, func(f float64) float64 { return f + 1 })
		replaceIn(t, c, ctor(text("fake")))
		require.ErrorIs(t, soleFault(t, c), container.ErrReplace)
		replaceIn(t, c, ctor(func() int { return 1 }))
		require.NoError(t, c.Invoke(func(n int, s string, f float64) {
			assert.Equal(t, []any{1, "fake!", 3.0}, []any{n, s, f})
		}))
	})

	t.Run("rejects a second replacement of a value", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(never[string]()))
		replaceIn(t, c, ctor(text("fake")))
		require.ErrorIs(t, c.Replace(text("other")), container.ErrRefused)
	})

	t.Run("rejects a second constructor of a replaced value", func(t *testing.T) {
		t.Parallel()
		for _, opts := range [][]dig.ProvideOption{nil, {container.Scoped()}} {
			c := container.New()
			replaceIn(t, c, ctor(text("fake")))
			provideTo(t, c, ctor(never[string]()))
			require.ErrorContains(t, c.Provide(never[string](), opts...), "already provided")
			require.ErrorContains(t, c.Provide(func() (int, string) { return 0, "" }, opts...), "already provided")
		}
	})

	t.Run("rejects a replacement of what dig has for good", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(text("real")))
		provideDefaults(t, c, ctor(func() int { return 1 }))
		require.NoError(t, c.Invoke(func() {}))
		require.ErrorIs(t, c.Replace(text("late")), container.ErrRefused)
		require.ErrorIs(t, c.Replace(func() int { return 2 }), container.ErrRefused)

		raw := dig.New()
		require.NoError(t, raw.Provide(text("raw")))
		c = container.Wrap(raw)
		provideTo(t, c, ctor(func() int { return 1 }))
		require.ErrorIs(t, c.Replace(text("fake")), container.ErrRefused)
		require.ErrorIs(t, c.Replace(func() int { return 2 }), container.ErrRefused)
		require.ErrorIs(t, c.Replace(text("fake"), dig.Group("texts")), container.ErrRefused)
	})

	t.Run("replaces in a wrapped dig what is provided later", func(t *testing.T) {
		t.Parallel()
		for _, opts := range [][]dig.ProvideOption{nil, {container.Scoped()}} {
			c := container.Wrap(dig.New())
			replaceIn(t, c, ctor(text("fake"), opts...))
			provideTo(t, c, ctor(never[string]()))
			assert.Equal(t, "fake", inRequest[string](t, c))
			assert.Equal(t, []rune("fake"), inRequest[*holder[[]rune]](t, withRunes(t, c)).got)
		}
	})

	t.Run("reports a replacement of what a wrapped dig gets directly later", func(t *testing.T) {
		t.Parallel()
		raw := dig.New()
		c := container.Wrap(raw)
		replaceIn(t, c, ctor(text("fake")))
		require.NoError(t, raw.Provide(never[string]()))
		require.ErrorContains(t, soleFault(t, c), "directly to dig")
	})
}

// optionalText asks for a text that may be missing.
type optionalText struct {
	dig.In
	Text   string   `optional:"true"`
	Others []string `group:"others,soft"`
}

// withRunes provides a singleton or scoped value that needs a text.
func withRunes(t *testing.T, c *container.Container) *container.Container {
	provideTo(t, c, scoped(func(s string) []rune { return []rune(s) }), scoped(hold[[]rune]))
	return c
}
