package bootstrap_test

import (
	"context"
	"runtime"
	"testing"
)

// BenchmarkSend_million sends a million commands, each with an event, and
// fails if the heap or the number of goroutines has grown by the end.
func BenchmarkSend_million(b *testing.B) {
	const requests = 1_000_000
	ctx := context.Background()
	m := benchMediator(b)
	send := func(n int) {
		for i := range n {
			if err := m.Send(ctx, benchEventful{ID: i, Amount: i}); err != nil {
				b.Fatal(err)
			}
		}
	}
	send(1000)
	before, goroutines := liveHeap(), runtime.NumGoroutine()
	for b.Loop() {
		send(requests)
	}
	after := liveHeap()
	b.ReportMetric(float64(after)-float64(before), "heap-growth-B")
	if after > before+64<<10 {
		b.Errorf("the live heap grew from %d to %d bytes", before, after)
	}
	if n := runtime.NumGoroutine(); n > goroutines {
		b.Errorf("%d goroutines became %d", goroutines, n)
	}
}

// liveHeap returns the bytes that are reachable.
func liveHeap() uint64 {
	runtime.GC()
	runtime.GC() // empties what pools have kept
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
