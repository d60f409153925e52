package container_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
)

func TestContainer_Compile_Size_of_substitutes(t *testing.T) {
	const size = 5000
	needsNext := func(n int) any { return (&numberedCtor{needs: []int{n + 1}}).fn(n) }

	for _, inScope := range []bool{false, true} {
		for _, wrapped := range []bool{false, true} {
			name := fmt.Sprintf("uses many defaults and replacements, scoped %v, wrapped %v", inScope, wrapped)
			t.Run(name, func(t *testing.T) {
				g := deepGraph(size)
				if inScope {
					g.makeScoped()
				}
				c := container.New(dig.DeferAcyclicVerification())
				if wrapped {
					c = container.Wrap(dig.New(dig.DeferAcyclicVerification()))
				}
				for n := range g.ctors[:size] {
					var opts []dig.ProvideOption
					if inScope {
						opts = append(opts, container.Scoped())
					}
					switch n % 3 {
					case 0:
						require.NoError(t, c.ProvideDefault(needsNext(n), opts...))
					case 1:
						require.NoError(t, c.Replace(needsNext(n), opts...))
						require.NoError(t, c.ProvideDefault(needsNext(n), opts...))
						g.ctors[n].needs = []int{0} // a cycle, were it not replaced
					}
					g.ctors[n].left = n%3 == 0
				}
				_, roots := g.provideTo(t, c)
				plan, err := compileQuickly(t, c, roots...)
				require.NoError(t, err)
				_, err = plan.NewScope(nil).Build(0)
				require.NoError(t, err)
			})
		}
	}

	t.Run("uses many defaults and replacements of a group", func(t *testing.T) {
		for _, replace := range []bool{false, true} {
			c := container.New()
			for range size {
				require.NoError(t, c.ProvideDefault(text("default"), dig.Group("texts")))
				if replace {
					require.NoError(t, c.Replace(text("fake"), dig.Group("texts")))
				}
			}
			require.NoError(t, c.Provide(hold[texts]))
			plan, err := compileQuickly(t, c, rootOf[*holder[texts]]())
			require.NoError(t, err)
			assert.Len(t, built[*holder[texts]](t, newScope(t, plan), 0).got.All, size)
		}
	})

	t.Run("reports many replacements of nothing", func(t *testing.T) {
		g := deepGraph(size)
		c, roots := g.container(t)
		for n := range size {
			require.NoError(t, c.Replace(needsNext(100_000+n)))
		}
		_, err := compileQuickly(t, c, roots...)
		require.Len(t, faults(t, err), size)
		require.ErrorIs(t, err, container.ErrReplace)
	})
}
