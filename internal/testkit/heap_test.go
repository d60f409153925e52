package testkit_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/internal/testkit"
)

// TestLiveHeap measures the heap of the process, so it is not parallel.
func TestLiveHeap(t *testing.T) {
	const size = 16 << 20
	before := testkit.LiveHeap()
	kept := make([]byte, size)
	during := testkit.LiveHeap()
	runtime.KeepAlive(kept)
	after := testkit.LiveHeap()
	assert.GreaterOrEqual(t, during-before, uint64(size)*9/10)
	assert.GreaterOrEqual(t, during-after, uint64(size)*9/10)
}
