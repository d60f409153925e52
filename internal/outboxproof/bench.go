package outboxproof

import (
	"testing"
)

// Setup is with how many workers a store is measured.
type Setup struct {
	OneByOne int
	Batches  int
}

// rounds is how often each rate is measured. The best of them counts, since noise only slows down.
const rounds = 3

// Benchmark compares the rates of a store with the rate at which its database commits the effect of
// the handler alone. It reports ratios. open returns an empty database.
func Benchmark(b *testing.B, open func(tb testing.TB) Database, s Setup) {
	const commits = 5000
	r := Rates{Open: open, Commits: commits}
	unordered := Load{Shape: Shape{Subscriptions: []string{Unordered}}, Deliveries: commits}
	batches := unordered
	batches.Batch, batches.Deliveries = 100, 10*commits
	ordered := func(keys int) Load {
		return Load{Shape: Shape{Subscriptions: []string{Ordered}}, Deliveries: commits, Keys: keys}
	}
	poison, outage := ordered(1000), ordered(1000)
	poison.Poison, outage.Outage = 100_000, 20_000

	alone := func(b *testing.B) float64 { return r.Alone(b, s.OneByOne) }
	deliver := func(workers int, l Load) func(*testing.B) float64 {
		return func(b *testing.B) float64 { return r.Deliver(b, workers, l) }
	}
	commands := func(subscriptions ...string) func(*testing.B) float64 {
		return func(b *testing.B) float64 { return r.Commands(b, s.OneByOne, subscriptions...) }
	}
	oneByOne := deliver(s.OneByOne, unordered)
	compare(b, "one by one/alone", oneByOne, alone)
	compare(b, "batches/one by one", deliver(s.Batches, batches), oneByOne)
	compare(b, "1000 keys/unordered", deliver(s.OneByOne, ordered(1000)), oneByOne)
	compare(b, "16 keys/unordered", deliver(s.OneByOne, ordered(16)), oneByOne)
	compare(b, "poison/healthy", deliver(s.OneByOne, poison), deliver(s.OneByOne, ordered(1000)))
	compare(b, "outage/healthy", deliver(s.OneByOne, outage), deliver(s.OneByOne, ordered(1000)))
	compare(b, "command with one subscription/none", commands(Unordered), commands())
	compare(b, "command with three subscriptions/none", commands(Unordered, Second, Third), commands())
}

// compare measures two rates in turn, and reports the best of each and their ratio.
func compare(b *testing.B, name string, measured, base func(*testing.B) float64) {
	b.Run(name, func(b *testing.B) {
		var rate, of float64
		for b.Loop() {
			for range rounds {
				of = max(of, base(b))
				rate = max(rate, measured(b))
			}
		}
		b.ReportMetric(rate, "per-second")
		b.ReportMetric(rate/of, "ratio")
		b.ReportMetric(0, "ns/op")
	})
}
