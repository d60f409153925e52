package bootstrap_test

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"time"
)

// BenchmarkSend_long sends ten million commands, each with an event, in ten
// rounds. It fails if the heap or the number of goroutines has grown by the
// end, or if the last rounds take much longer than the first, and reports how
// long requests take at the percentiles.
func BenchmarkSend_long(b *testing.B) {
	const rounds, requests = 10, 1_000_000
	ctx := context.Background()
	m := benchMediator(b)
	took := make([]int32, requests) // nanoseconds, of the last round
	round := func() time.Duration {
		start := time.Now()
		last := start
		for i := range took {
			if err := m.Send(ctx, benchEventful{ID: i, Amount: i}); err != nil {
				b.Fatal(err)
			}
			now := time.Now()
			took[i] = int32(now.Sub(last))
			last = now
		}
		return last.Sub(start)
	}
	round()
	before, goroutines := liveHeap(), runtime.NumGoroutine()
	var times []time.Duration
	for b.Loop() {
		for range rounds {
			times = append(times, round())
		}
	}
	after := liveHeap()
	if after > before+64<<10 {
		b.Errorf("the live heap grew from %d to %d bytes", before, after)
	}
	if n := runtime.NumGoroutine(); n > goroutines {
		b.Errorf("%d goroutines became %d", goroutines, n)
	}
	first, second := slices.Min(times[:len(times)/2]), slices.Min(times[len(times)/2:])
	if second > first*3/2 {
		b.Errorf("the best round took %v at first and %v later", first, second)
	}
	slices.Sort(took)
	for unit, share := range map[string]float64{"p50-ns": 0.5, "p99-ns": 0.99, "p99.9-ns": 0.999} {
		b.ReportMetric(float64(took[int(share*requests)]), unit)
	}
	b.ReportMetric(float64(after)-float64(before), "heap-growth-B")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rounds*requests), "ns/request")
}

// liveHeap returns the bytes that are reachable.
func liveHeap() uint64 {
	runtime.GC()
	runtime.GC() // empties what pools have kept
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
