package container_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
)

type texts struct {
	dig.In
	All []string `group:"texts"`
}

type textsOut struct {
	dig.Out
	All []string `group:"texts"`
}

func sorted(all []string) []string {
	all = slices.Clone(all)
	slices.Sort(all)
	return all
}

func sortedTexts(in texts) []string { return sorted(in.All) }

func text(s string) func() string { return func() string { return s } }

func TestScope_Build_Groups(t *testing.T) {
	t.Parallel()

	t.Run("collects what several constructors provide", func(t *testing.T) {
		t.Parallel()
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
			provide(text("a"), container.Group("texts"))
			provide(text("b"), dig.Group("texts"))
			provide(text("no member"))
			provide(text("other group"), dig.Group("other"))
		}, sortedTexts)
		assert.Equal(t, []string{"a", "b"}, got)
	})

	t.Run("is empty without members", func(t *testing.T) {
		t.Parallel()
		got := sameAsDig(t, func(func(any, ...dig.ProvideOption), func(any)) {}, func(in texts) int { return len(in.All) })
		assert.Zero(t, got)
	})

	t.Run("takes the elements of a flattened slice as members", func(t *testing.T) {
		t.Parallel()
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
			provide(func() []string { return []string{"a", "b"} }, container.Group("texts,flatten"))
			provide(func() []string { return nil }, dig.Group("texts,flatten"))
			provide(text("c"), dig.Group("texts"))
		}, sortedTexts)
		assert.Equal(t, []string{"a", "b", "c"}, got)
	})

	t.Run("takes all results of a constructor as members", func(t *testing.T) {
		t.Parallel()
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
			provide(func() (string, string) { return "a", "b" }, dig.Group("texts"))
		}, sortedTexts)
		assert.Equal(t, []string{"a", "b"}, got)
	})

	t.Run("fits a named slice type", func(t *testing.T) {
		t.Parallel()
		type list []string
		type in struct {
			dig.In
			All list `group:"texts"`
		}
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
			provide(text("a"), dig.Group("texts"))
		}, func(v in) list { return v.All })
		assert.Equal(t, list{"a"}, got)
	})

	t.Run("has the members that were built if it is soft", func(t *testing.T) {
		t.Parallel()
		type out struct {
			dig.Out
			Member string `group:"texts"`
			Number int
		}
		type in struct {
			dig.In
			Soft   []string `group:"texts,soft"`
			Number int      // builds a member after the soft field was met
		}
		got := sameAsDig(t, func(provide func(any, ...dig.ProvideOption), _ func(any)) {
			provide(func() out { return out{Member: "a", Number: 1} })
			provide(func() string { panic("nobody needs it") }, dig.Group("texts"))
		}, func(v in) []string { return v.Soft })
		assert.Equal(t, []string{"a"}, got)
	})

	t.Run("later has the members that were built later if it is soft", func(t *testing.T) {
		t.Parallel()
		type soft struct {
			dig.In
			All []string `group:"texts,soft"`
		}
		c := containerOf(t, scoped(text("a"), dig.Group("texts")), ctor(hold[soft]), ctor(hold[texts]))
		s := newScope(t, compiled(t, c, rootOf[*holder[soft]](), rootOf[*holder[texts]]()))
		assert.Empty(t, built[*holder[soft]](t, s, 0).got.All)
		assert.Equal(t, []string{"a"}, built[*holder[texts]](t, s, 1).got.All)
		assert.Equal(t, []string{"a"}, built[*holder[soft]](t, s, 0).got.All)
	})

	t.Run("fails with the error of a member", func(t *testing.T) {
		t.Parallel()
		cause := errors.New("no connection")
		c := containerOf(t,
			scoped(text("a"), dig.Group("texts")),
			scoped(func() (string, error) { return "", cause }, dig.Group("texts")),
		)
		err := inRequestError[texts](t, c)
		assert.ErrorIs(t, err, cause)
		assert.ErrorIs(t, err, container.ErrBuild)
	})
}

func TestScope_Build_GroupsThatMixLifetimes(t *testing.T) {
	t.Parallel()

	t.Run("have singletons first, then scoped members as they were provided", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t,
			scoped(text("scoped 1"), dig.Group("texts")),
			ctor(text("singleton"), dig.Group("texts")),
			scoped(func() []string { return []string{"scoped 2", "scoped 3"} }, dig.Group("texts,flatten")),
			scoped(text("scoped 4"), dig.Group("texts")),
		)
		assert.Equal(t, []string{"singleton", "scoped 1", "scoped 2", "scoped 3", "scoped 4"}, inRequest[texts](t, c).All)
	})

	t.Run("build scoped members once per request and singletons once", func(t *testing.T) {
		t.Parallel()
		type group struct {
			dig.In
			All []*counted `group:"g"`
		}
		var scopedOnes, singletons counter
		c := containerOf(t,
			scoped(scopedOnes.make, dig.Group("g")),
			ctor(singletons.make, dig.Group("g")),
		)
		plan := planFor[group](t, c)
		for range 3 {
			s := newScope(t, plan)
			first, second := built[*holder[group]](t, s, 0).got.All, built[*holder[group]](t, s, 0).got.All
			require.Len(t, first, 2)
			assert.Same(t, first[0], second[0])
			assert.Same(t, first[1], second[1])
		}
		assert.Equal(t, 1, singletons.made)
		assert.Equal(t, 3, scopedOnes.made)
	})

	t.Run("give everything that asks a slice of its own", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, scoped(text("a"), dig.Group("texts")), ctor(text("b"), dig.Group("texts")))
		s := newScope(t, planFor[texts](t, c))
		built[*holder[texts]](t, s, 0).got.All[0] = "overwritten"
		assert.Equal(t, []string{"b", "a"}, built[*holder[texts]](t, s, 0).got.All)
	})

	t.Run("count a bound handler as a member of the request", func(t *testing.T) {
		t.Parallel()
		type group struct {
			dig.In
			All []*counted `group:"g"`
		}
		type out struct {
			dig.Out
			Handler *holder[int]
			Member  *counted `group:"g"`
		}
		c := containerOf(t, ctor(func() out { return out{Handler: hold(1), Member: &counted{}} }), ctor(hold[group]))
		assert.ErrorIs(t, soleFault(t, c, rootOf[*holder[int]](), rootOf[*holder[group]]()), container.ErrHandler)
	})

	t.Run("fill a soft group with singletons that were built", func(t *testing.T) {
		t.Parallel()
		type in struct {
			dig.In
			Soft   []string `group:"texts,soft"`
			Number int
		}
		type out struct {
			dig.Out
			Member string `group:"texts"`
			Number int
		}
		c := containerOf(t,
			ctor(func() out { return out{Member: "singleton", Number: 1} }),
			scoped(text("scoped"), dig.Group("texts")),
		)
		assert.Equal(t, []string{"singleton"}, inRequest[in](t, c).Soft)
	})
}

// counter makes and counts values.
type counter struct{ made int }

type counted struct{ number int }

func (c *counter) make() *counted {
	c.made++
	return &counted{c.made}
}
