package outboxproof

import (
	"testing"
)

// Setup is with how many workers a store is measured.
type Setup struct {
	OneByOne int
	Batches  int
}

// Benchmark compares the rates of a store with the rate at which its database commits the effect of
// the handler alone. It reports ratios. open returns an empty database.
func Benchmark(b *testing.B, open func(tb testing.TB) Database, s Setup) {
	const commits = 5000
	r := Rates{Open: open, Commits: commits}
	plain := Load{Shape: Shape{Subscriptions: []string{Unordered}}, Deliveries: commits}
	ordered := func(keys int) Load {
		return Load{Shape: Shape{Subscriptions: []string{Ordered}}, Deliveries: commits, Keys: keys}
	}
	b.Run("deliveries", func(b *testing.B) {
		for range b.N {
			alone := r.Alone(b, s.OneByOne)
			oneByOne := r.Deliver(b, s.OneByOne, plain)
			batches := plain
			batches.Batch, batches.Deliveries = 100, 10*commits
			b.ReportMetric(alone, "alone/s")
			b.ReportMetric(oneByOne/alone, "one-by-one/alone")
			b.ReportMetric(r.Deliver(b, s.Batches, batches)/oneByOne, "batches/one-by-one")
			b.ReportMetric(r.Deliver(b, s.OneByOne, ordered(1000))/oneByOne, "1000-keys/unordered")
			b.ReportMetric(r.Deliver(b, s.OneByOne, ordered(16))/oneByOne, "16-keys/unordered")
		}
	})
	b.Run("commands", func(b *testing.B) {
		for range b.N {
			without := r.Alone(b, s.OneByOne)
			b.ReportMetric(r.Commands(b, s.OneByOne, Unordered)/without, "one-subscription/none")
			b.ReportMetric(r.Commands(b, s.OneByOne, Unordered, Second, Third)/without, "three/none")
		}
	})
	b.Run("failures", func(b *testing.B) {
		for range b.N {
			healthy := r.Deliver(b, s.OneByOne, ordered(1000))
			poison, outage := ordered(1000), ordered(1000)
			poison.Poison, outage.Outage = 100_000, 20_000
			b.ReportMetric(r.Deliver(b, s.OneByOne, poison)/healthy, "poison/healthy")
			b.ReportMetric(r.Deliver(b, s.OneByOne, outage)/healthy, "outage/healthy")
		}
	})
}
