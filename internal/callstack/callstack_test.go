package callstack_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/internal/callstack"
)

//go:noinline
func stackAt(depth int) []uintptr {
	if depth > 0 {
		return stackAt(depth - 1)
	}
	return slices.Collect(callstack.Entries())
}

func TestEntries(t *testing.T) {
	t.Parallel()
	here := callstack.EntryOf(stackAt)
	for _, depth := range []int{0, 1, 126, 127, 128, 1000} {
		entries := stackAt(depth)
		assert.Equal(t, here, entries[0])
		n := len(slices.DeleteFunc(entries, func(entry uintptr) bool { return entry != here }))
		assert.Equal(t, depth+1, n)
	}
	assert.NotContains(t, slices.Collect(callstack.Entries()), here)
}

//go:noinline
func countAt(depth int, functions ...uintptr) int {
	if depth > 0 {
		return countAt(depth-1, functions...)
	}
	return callstack.Count(functions...)
}

func TestCount(t *testing.T) {
	t.Parallel()
	here, other := callstack.EntryOf(countAt), callstack.EntryOf(stackAt)
	assert.Equal(t, 4, countAt(3, here))
	assert.Equal(t, 4, countAt(3, other, here))
	assert.Zero(t, countAt(3, other))
	assert.Zero(t, countAt(3))
}

//go:noinline
func hasAt(function uintptr) bool { return callstack.Has(function) }

func TestHas(t *testing.T) {
	t.Parallel()
	assert.True(t, hasAt(callstack.EntryOf(hasAt)))
	assert.False(t, hasAt(callstack.EntryOf(stackAt)))
}
