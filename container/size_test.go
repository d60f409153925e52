package container_test

import (
	"fmt"
	"reflect"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/testkit"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// The limits of Compile for 20,000 constructors. The aim is two seconds; a busy machine
// may need longer, but not the years that an exponential algorithm takes for 300.
const (
	maxCompileTime  = 20 * time.Second
	maxCompileBytes = 200 << 20
)

// sizeMistakes make a mistake in a graph. Each one returns how many faults Compile must
// report, and the kind and text of each.
var sizeMistakes = map[string]func(g *numberedGraph) (faults int, says string, reason error){
	"no mistake": func(*numberedGraph) (int, string, error) { return 0, "", nil },
	"one that is missing": func(g *numberedGraph) (int, string, error) {
		g.last().left = true
		return 1, others(g.askers()), container.ErrMissing
	},
	"one that is missing for each": func(g *numberedGraph) (int, string, error) {
		for n := range g.ctors {
			g.ctors[n].needs = append(g.ctors[n].needs, 100_000+n)
		}
		return len(g.ctors), "", container.ErrMissing
	},
	"one that is missing beneath something optional": func(g *numberedGraph) (int, string, error) {
		g.last().left = true
		for _, n := range g.roots {
			g.ctors[n].optional = true
		}
		return 0, "", nil
	},
	"one that is scoped": func(g *numberedGraph) (int, string, error) {
		if g.last().scoped {
			return 0, "", nil
		}
		g.last().scoped = true
		return g.askers(), "mark the constructor with container.Scoped()", container.ErrCaptive
	},
	"one that needs the first": func(g *numberedGraph) (int, string, error) {
		g.last().needs = []int{0}
		g.makeScoped()
		return 1, "dependency cycle: ", container.ErrCycle
	},
	"one that fails": func(g *numberedGraph) (int, string, error) {
		if g.last().scoped {
			return 0, "", nil
		}
		g.last().err = errDrawn
		return 1, "", errDrawn
	},
}

func others(askers int) string {
	switch askers {
	case 1:
		return ""
	case 2:
		return ", and by 1 other;"
	default:
		return fmt.Sprintf(", and by %d others;", askers-1)
	}
}

// compileQuickly compiles, and checks the time and memory. Nothing else may run at the
// same time, so tests that call it are not parallel.
func compileQuickly(t *testing.T, c *container.Container, roots ...wiring.Root) (*wiring.Plan, error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	plan, err := c.Compile(roots)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	assert.Less(t, took, maxCompileTime)
	if !testkit.RaceDetector {
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(maxCompileBytes))
	}
	return plan, err
}

func TestContainer_Compile_Size(t *testing.T) {
	for name, graph := range map[string]func() *numberedGraph{
		"20 layers":                           func() *numberedGraph { return layeredGraph(20) },
		"300 with 6 random dependencies each": func() *numberedGraph { return randomGraph(300) },
		"300 deep":                            func() *numberedGraph { return deepGraph(300) },
		"300 wide":                            func() *numberedGraph { return wideGraph(300) },
	} {
		for made, mistake := range sizeMistakes {
			for _, inScope := range []bool{false, true} {
				t.Run(fmt.Sprintf("reports of %s, scoped %v, %s", name, inScope, made), func(t *testing.T) {
					g := graph()
					if inScope {
						g.makeScoped()
					}
					n, says, reason := mistake(g)
					c, roots := g.container(t)
					plan, err := compileQuickly(t, c, roots...)
					if n == 0 {
						require.NoError(t, err)
						_, err = plan.NewScope(nil).Build(0)
						require.NoError(t, err)
						return
					}
					all := faults(t, err)
					require.Len(t, all, n)
					for _, fault := range all {
						require.ErrorIs(t, fault, reason)
						require.ErrorContains(t, fault, says)
						require.Less(t, len(fault.Error()), 2000)
					}
				})
			}
		}
	}
}

func TestContainer_Compile_Size_of_20000(t *testing.T) {
	if testing.Short() || testkit.RaceDetector {
		t.Skip("takes long")
	}
	for _, inScope := range []bool{false, true} {
		t.Run(fmt.Sprintf("builds 20,000 deep, scoped %v", inScope), func(t *testing.T) {
			g := deepGraph(20_000)
			if inScope {
				g.makeScoped()
			}
			c, roots := g.container(t)
			plan, err := compileQuickly(t, c, roots...)
			require.NoError(t, err)
			_, err = plan.NewScope(nil).Build(0)
			require.NoError(t, err)
			start := time.Now()
			all, ids := plan.Components()
			assert.Less(t, time.Since(start), 5*time.Second)
			assert.GreaterOrEqual(t, len(all), 20_000)
			assert.Len(t, ids, len(roots))
		})
	}
	t.Run("finds 20,000 mistakes next to constructors provided directly to dig", func(t *testing.T) {
		g := wideGraph(20_000)
		n, _, reason := sizeMistakes["one that is missing for each"](g)
		c, roots := g.provideTo(t, container.Wrap(dig.New(dig.DeferAcyclicVerification())))
		_, err := compileQuickly(t, c, roots...)
		require.Len(t, faults(t, err), n)
		require.ErrorIs(t, err, reason)
	})
	for name, graph := range map[string]func(int) *numberedGraph{"deep": deepGraph, "wide": wideGraph} {
		t.Run("finds all mistakes in 20,000 "+name, func(t *testing.T) {
			g := graph(20_000)
			missing, first, second := 100_000, 100_001, 100_002
			g.last().needs = []int{missing, first}
			c, roots := g.container(t)
			require.NoError(t, c.Provide((&numberedCtor{needs: []int{second}}).fn(first), container.Scoped()))
			require.NoError(t, c.Provide((&numberedCtor{needs: []int{first}}).fn(second), container.Scoped()))
			// A missing value that is optional for one function is still reported for others.
			spared := &numberedCtor{needs: []int{0}, optional: true}
			require.NoError(t, c.Provide(spared.fn(second+1), container.Scoped()))
			roots = append([]wiring.Root{{Type: numbered(second + 1), Dependency: true}}, roots...)
			_, err := compileQuickly(t, c, roots...)
			all := faults(t, err)
			require.Len(t, all, 3)
			for i, reason := range []error{container.ErrCycle, container.ErrMissing, container.ErrCaptive} {
				assert.ErrorIs(t, all[i], reason)
				assert.Less(t, len(all[i].Error()), 2000)
			}
		})
	}
}

func TestContainer_Compile_Size_of_a_group(t *testing.T) {
	const size = 2000
	for name, opts := range map[string][]dig.ProvideOption{"singletons": nil, "scoped members": {container.Scoped()}} {
		t.Run("asks once for a group of many "+name, func(t *testing.T) {
			c := container.New(dig.DeferAcyclicVerification())
			var roots []wiring.Root
			for n := range size {
				require.NoError(t, c.Provide(text("member"), append(opts, dig.Group("texts"))...))
				in, out := []reflect.Type{reflect.TypeFor[texts]()}, []reflect.Type{numbered(n)}
				asker := reflect.MakeFunc(reflect.FuncOf(in, out, false), func([]reflect.Value) []reflect.Value {
					return []reflect.Value{reflect.Zero(out[0])}
				})
				require.NoError(t, c.Provide(asker.Interface(), container.Scoped()))
				roots = append(roots, wiring.Root{Type: numbered(n), Dependency: true})
			}
			plan, err := compileQuickly(t, c, roots...)
			require.NoError(t, err)
			_, err = plan.NewScope(nil).Build(size - 1)
			require.NoError(t, err)
		})
	}
}

func TestContainer_Compile_Size_of_decorators(t *testing.T) {
	for _, inScope := range []bool{false, true} {
		t.Run(fmt.Sprintf("decorates many, scoped %v", inScope), func(t *testing.T) {
			g := deepGraph(1000)
			if inScope {
				g.makeScoped()
			}
			g.last().left = true
			c, roots := g.container(t)
			for n := range g.ctors {
				pass := reflect.FuncOf([]reflect.Type{numbered(n)}, []reflect.Type{numbered(n)}, false)
				decorated(t, c, reflect.MakeFunc(pass, func(in []reflect.Value) []reflect.Value { return in }).Interface())
			}
			_, err := compileQuickly(t, c, roots...)
			require.Len(t, faults(t, err), 1)
			require.NoError(t, c.Provide(g.last().fn(1000)))
			plan, err := compileQuickly(t, c, roots...)
			require.NoError(t, err)
			_, err = plan.NewScope(nil).Build(0)
			require.NoError(t, err)
		})
	}
}
