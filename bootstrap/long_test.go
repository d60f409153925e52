package bootstrap_test

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/digcqrs/digcqrs/internal/testkit"
)

// BenchmarkSend_long sends ten million commands, each with an event, in ten
// rounds. It fails if the heap or the number of goroutines has grown by the
// end, or if the last rounds take much longer than the first, compared with
// direct calls between them. It reports how long requests take at the percentiles.
func BenchmarkSend_long(b *testing.B) {
	const rounds, requests = 10, 1_000_000
	ctx := context.Background()
	m := benchMediator(b)
	took := make([]int32, requests) // nanoseconds, of the last round
	round := func() (ratio float64) {
		const slice = requests / 100 // short enough for both to run under the same load
		var sent, direct time.Duration
		for from := 0; from < requests; from += slice {
			direct += directly(ctx, slice)
			start := time.Now()
			last := start
			for i := from; i < from+slice; i++ {
				if err := m.Send(ctx, benchEventful{ID: i, Amount: i}); err != nil {
					b.Fatal(err)
				}
				now := time.Now()
				took[i] = int32(now.Sub(last))
				last = now
			}
			sent += last.Sub(start)
		}
		return float64(sent) / float64(direct)
	}
	round()
	before, goroutines := testkit.LiveHeap(), runtime.NumGoroutine()
	var ratios []float64
	for b.Loop() {
		for range rounds {
			ratios = append(ratios, round())
		}
	}
	after := testkit.LiveHeap()
	if after > before+64<<10 {
		b.Errorf("the live heap grew from %d to %d bytes", before, after)
	}
	if n := runtime.NumGoroutine(); n > goroutines {
		b.Errorf("%d goroutines became %d", goroutines, n)
	}
	first, second := slices.Min(ratios[:len(ratios)/2]), slices.Min(ratios[len(ratios)/2:])
	if second > first*3/2 {
		b.Errorf("the best round took %.1f times as long as direct calls at first, and %.1f times later", first, second)
	}
	slices.Sort(took)
	for unit, share := range map[string]float64{"p50-ns": 0.5, "p99-ns": 0.99, "p99.9-ns": 0.999} {
		b.ReportMetric(float64(took[int(share*requests)]), unit)
	}
	b.ReportMetric(float64(after)-float64(before), "heap-growth-B")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rounds*requests), "ns/request")
}

// directly returns how long n direct calls take.
func directly(ctx context.Context, n int) time.Duration {
	clock, store := newBenchClock(), newBenchStore()
	start := time.Now()
	for i := range n {
		_ = newBenchHandler(clock, store).Handle(ctx, benchCommand{ID: i, Amount: i})
	}
	return time.Since(start)
}
