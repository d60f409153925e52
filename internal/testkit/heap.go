package testkit

import "runtime"

// LiveHeap returns the number of bytes that are reachable.
func LiveHeap() uint64 {
	runtime.GC()
	runtime.GC() // the second cycle empties pools
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
