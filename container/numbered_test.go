package container_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// numberedGraph has a constructor for each number, which provides its own type. All of
// them lead to the last one.
type numberedGraph struct {
	ctors []numberedCtor
	roots []int
}

type numberedCtor struct {
	needs    []int
	optional bool // what it needs
	scoped   bool
	left     bool // it is left out
	err      error
}

// layeredGraph has the given number of layers of two constructors, each of which needs
// both of the next layer.
func layeredGraph(layers int) *numberedGraph {
	g := &numberedGraph{roots: []int{0}}
	g.add(1, 2)
	for n := 1; n < 2*layers-1; n += 2 {
		g.add(n+2, n+3)
		g.add(n+2, n+3)
	}
	g.add(2*layers + 1)
	g.add(2*layers + 1)
	g.add()
	return g
}

// randomGraph has the given number of constructors, each of which needs up to six others.
func randomGraph(size int) *numberedGraph {
	g := &numberedGraph{roots: []int{0}}
	r := rand.New(rand.NewPCG(1, 2))
	for n := range size {
		needs := []int{n + 1}
		for range min(5, size-1-n) {
			needs = append(needs, n+1+r.IntN(size-n))
		}
		g.add(needs...)
	}
	g.add()
	return g
}

func deepGraph(size int) *numberedGraph {
	g := &numberedGraph{roots: []int{0}}
	for n := range size {
		g.add(n + 1)
	}
	g.add()
	return g
}

func wideGraph(size int) *numberedGraph {
	g := &numberedGraph{}
	for n := range size {
		g.add(size)
		g.roots = append(g.roots, n)
	}
	g.add()
	return g
}

func (g *numberedGraph) add(needs ...int) { g.ctors = append(g.ctors, numberedCtor{needs: needs}) }

func (g *numberedGraph) last() *numberedCtor { return &g.ctors[len(g.ctors)-1] }

// askers returns how many constructors need the last one directly.
func (g *numberedGraph) askers() int {
	n := 0
	for _, c := range g.ctors {
		if slices.Contains(c.needs, len(g.ctors)-1) {
			n++
		}
	}
	return n
}

func (g *numberedGraph) makeScoped() {
	for n := range g.ctors {
		g.ctors[n].scoped = true
	}
}

// numbered returns a different type for each number.
func numbered(n int) reflect.Type { return reflect.ArrayOf(n, reflect.TypeFor[struct{}]()) }

// fn returns the function of a constructor.
func (c *numberedCtor) fn(n int) any {
	fields := []reflect.StructField{embeds[dig.In]()}
	for i, need := range c.needs {
		f := reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: numbered(need)}
		if c.optional {
			f.Tag = `optional:"true"`
		}
		fields = append(fields, f)
	}
	in, out := []reflect.Type{reflect.StructOf(fields)}, []reflect.Type{numbered(n), failType}
	return reflect.MakeFunc(reflect.FuncOf(in, out, false), func([]reflect.Value) []reflect.Value {
		return []reflect.Value{reflect.Zero(out[0]), reflect.ValueOf(&c.err).Elem()}
	}).Interface()
}

func (g *numberedGraph) container(t *testing.T) (*container.Container, []wiring.Root) {
	return g.provideTo(t, container.New(dig.DeferAcyclicVerification()))
}

func (g *numberedGraph) provideTo(t *testing.T, c *container.Container) (*container.Container, []wiring.Root) {
	for n := range g.ctors {
		ctor := &g.ctors[n]
		var opts []dig.ProvideOption
		if ctor.scoped {
			opts = append(opts, container.Scoped())
		}
		if !ctor.left {
			require.NoError(t, c.Provide(ctor.fn(n), opts...))
		}
	}
	var roots []wiring.Root
	for _, n := range g.roots {
		roots = append(roots, wiring.Root{Type: numbered(n), Bound: "a middleware at main.go:14", Dependency: true})
	}
	return c, roots
}
