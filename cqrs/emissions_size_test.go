package cqrs_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// numbered returns one of many different types.
func numbered(n int) reflect.Type {
	return reflect.StructOf([]reflect.StructField{{Name: "N", Type: reflect.ArrayOf(n, reflect.TypeFor[struct{}]())}})
}

// Each graph has n handlers. The aim is a second; a busy machine may need longer, but not as long as
// an algorithm that takes time in proportion to the square of n.
func TestProvenEvents_Size(t *testing.T) {
	if testkit.RaceDetector {
		t.Skip("times are measured without the race detector")
	}
	t.Parallel()
	const n = 20_000
	types := make([]reflect.Type, n+1)
	for i := range types {
		types[i] = numbered(i)
	}
	handler := func(i int, emits ...reflect.Type) cqrs.Emission {
		return cqrs.Emission{Message: types[i], Handler: types[i], Emits: emits}
	}
	first := cqrs.Emission{Message: types[n], Handler: types[n], IsRequest: true, Emits: types[:1]}
	graphs := map[string]struct {
		mistakes int
		of       func(i int) cqrs.Emission // the i-th handler
	}{
		"a chain":              {1, func(i int) cqrs.Emission { return handler(i, types[i+1]) }},
		"a cycle":              {1, func(i int) cqrs.Emission { return handler(i, types[(i+1)%n]) }},
		"cycles of one":        {n + n - 1, func(i int) cqrs.Emission { return handler(i, types[i]) }},
		"dead handlers":        {n - 1, func(i int) cqrs.Emission { return handler(i) }},
		"all to one":           {1 + n - 1, func(i int) cqrs.Emission { return handler(i, types[0]) }},
		"cycles within cycles": {1, func(i int) cqrs.Emission { return handler(i, types[(i+1)%n], types[i/2]) }},
		"unhandled events": {n - 1, func(i int) cqrs.Emission {
			if i == 0 {
				return handler(0, types[1:n]...)
			}
			return cqrs.Emission{Message: types[i], Handler: types[i], IsRequest: true, Emits: types[i : i+1]}
		}},
		"handlers of everything": {0, func(i int) cqrs.Emission {
			return cqrs.Emission{Message: reflect.TypeFor[any](), Handler: types[i]}
		}},
		"events to handlers of everything": {1, func(i int) cqrs.Emission {
			return cqrs.Emission{Message: reflect.TypeFor[any](), Handler: types[i], Emits: types[i : i+1]}
		}},
	}
	for name, graph := range graphs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := []cqrs.Emission{first}
			for i := range n {
				all = append(all, graph.of(i))
			}
			start := time.Now()
			problems := cqrs.Unproven(all)
			took := time.Since(start)
			require.Len(t, problems, graph.mistakes)
			longest := 0
			for _, p := range problems {
				longest = max(longest, len(p.Error()))
			}
			assert.Less(t, longest, 2000)
			assert.Less(t, took, 10*time.Second)
		})
	}
}
