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
