package container_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
)

func aOfBC(levelB, levelC) levelA { return levelA{} }
func aOfD(levelD) levelA          { return levelA{} }
func bOfC(levelC) levelB          { return levelB{} }
func bOfCD(levelC, levelD) levelB { return levelB{} }
func cOfA(levelA) levelC          { return levelC{} }
func cOfAD(levelA, levelD) levelC { return levelC{} }
func cOfD(levelD) levelC          { return levelC{} }
func dOfC(levelC) levelD          { return levelD{} }

func TestContainer_Compile_reports_each_mistake_once(t *testing.T) {
	t.Parallel()
	type optionalA struct {
		dig.In
		A levelA `optional:"true"`
	}

	t.Run("by the shortest path to the missing value, and how many need it", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t,
			scoped(aOfBC), scoped(bOfCD), scoped(cOfD),
			ctor(hold[levelA]), ctor(hold[levelC]), ctor(hold[levelB]),
		)
		fault := soleFault(t, c, rootOf[*holder[levelA]](), rootOf[*holder[levelC]](), rootOf[*holder[levelB]]())
		assert.Regexp(t, `by container_test\.cOfD \(\S+\), for \S+hold\[\.\.\.\] \(\S+\), bound at \S+, and by 1 other;`,
			fault.Error())
	})

	t.Run("by a path on which nothing is optional", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t,
			scoped(aOfD), scoped(func(optionalA) levelB { return levelB{} }), scoped(cOfA),
			ctor(hold[levelB]), ctor(hold[levelC]),
		)
		fault := soleFault(t, c, rootOf[*holder[levelB]](), rootOf[*holder[levelC]]())
		require.Equal(t, container.ErrMissing, fault.Reason)
		assert.Regexp(t, `by container_test\.aOfD \(\S+\), for container_test\.cOfA \(\S+\), for \S+hold`, fault.Error())
	})

	t.Run("as two if two singletons need a scoped value", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t,
			scoped(func() levelD { return levelD{} }),
			ctor(func(levelB, levelD) levelA { return levelA{} }),
			ctor(func(levelD) levelB { return levelB{} }),
			ctor(hold[levelA]), ctor(hold[levelB]),
		)
		all := compileError(t, c, rootOf[*holder[levelA]](), rootOf[*holder[levelB]]())
		require.Len(t, all, 2)
		assert.NotContains(t, all[0].Error(), "other")
		assert.ErrorContains(t, all[1], ", and by 1 other)")
	})

	t.Run("as one if a singleton needs two scoped values", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t,
			scoped(func() levelD { return levelD{} }),
			scoped(text("scoped"), dig.Group("texts")),
			ctor(func(levelD, texts) levelA { return levelA{} }),
			ctor(hold[levelA]),
		)
		fault := soleFault(t, c, rootOf[*holder[levelA]]())
		assert.ErrorContains(t, fault, `needs container_test.levelD and string[group="texts"], which are scoped`)
	})

	t.Run("with those who need a captive through its group", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t,
			scoped(func() levelD { return levelD{} }),
			ctor(func(levelD) string { return "" }, dig.Group("texts")),
			scoped(func(texts) levelA { return levelA{} }),
			scoped(func(texts) levelB { return levelB{} }),
			ctor(hold[levelA]), ctor(hold[levelB]),
		)
		fault := soleFault(t, c, rootOf[*holder[levelA]](), rootOf[*holder[levelB]]())
		assert.ErrorContains(t, fault, ", and by 1 other)")
	})

	t.Run("as one if several cycles are connected", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t,
			scoped(func(levelB) levelA { return levelA{} }), scoped(bOfC), scoped(cOfAD), scoped(dOfC),
		)
		fault := soleFault(t, c)
		assert.Regexp(t, `: container_test\.cOfAD \(\S+\) needs container_test\.dOfC \(\S+\) `+
			`needs container_test\.cOfAD \(\S+\) \(2 other constructors are in a cycle with these\)`, fault.Error())
	})

	t.Run("with the ends of a long path", func(t *testing.T) {
		t.Parallel()
		g := deepGraph(20)
		g.last().left = true
		c, roots := g.container(t)
		assert.ErrorContains(t, soleFault(t, c, roots...), ", for (14 more), a middleware at main.go:14;")
		g = deepGraph(20)
		g.last().needs = []int{0}
		g.makeScoped()
		c, roots = g.container(t)
		assert.ErrorContains(t, soleFault(t, c, roots...), " needs (16 more) needs ")
	})

	t.Run("with the first of many hints", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(hold[levelA]))
		for _, name := range []string{"a", "b", "c", "d", "e", "f", "g"} {
			provideTo(t, c, ctor(func() levelA { return levelA{} }, dig.Name(name)))
		}
		fault := soleFault(t, c, rootOf[*holder[levelA]]())
		assert.ErrorContains(t, fault, `did you mean container_test.levelA[name="a"], `)
		assert.ErrorContains(t, fault, `or container_test.levelA[name="e"]?`)
	})
}
