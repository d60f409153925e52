package outboxproof

import (
	"cmp"
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// Setup is with how many workers a store is measured.
type Setup struct {
	OneByOne int
	Batches  int
}

// size is how much is measured.
type size struct {
	rounds  int // their median counts
	commits int
	poison  int
	outage  int
	backlog int
	events  int // whose latency is measured
}

// sizes returns small sizes, which only show that the benchmarks work, unless OUTBOX_FULL is set.
func sizes() size {
	if os.Getenv("OUTBOX_FULL") == "" {
		return size{rounds: 1, commits: 300, poison: 300, outage: 100, backlog: 2000, events: 10}
	}
	return size{rounds: 9, commits: 3000, poison: 100_000, outage: 20_000, backlog: 1_000_000, events: 250}
}

// Benchmark compares the rates of a store with the rate at which its database commits the effect of
// the handler alone. It reports ratios. open returns an empty database.
func Benchmark(b *testing.B, open func(tb testing.TB) Database, s Setup) {
	n := sizes()
	r := Rates{Open: open, Commits: n.commits}
	unordered := Load{Shape: Shape{Subscriptions: []string{Unordered}}, Deliveries: n.commits}
	batches := unordered
	batches.Batch, batches.Deliveries = 100, 10*n.commits
	ordered := func(keys int) Load {
		return Load{Shape: Shape{Subscriptions: []string{Ordered}}, Deliveries: n.commits, Keys: keys}
	}
	poison, outage := ordered(1000), ordered(1000)
	poison.Poison, outage.Outage = n.poison, n.outage

	few := n
	few.rounds = (n.rounds + 2) / 3 // storing what fails takes long

	alone := func(b *testing.B) float64 { return r.Alone(b, s.OneByOne) }
	deliver := func(workers int, l Load) func(*testing.B) float64 {
		return func(b *testing.B) float64 { return r.Deliver(b, workers, l) }
	}
	commands := func(subscriptions ...string) func(*testing.B) float64 {
		return func(b *testing.B) float64 { return r.Commands(b, s.OneByOne, subscriptions...) }
	}
	oneByOne := deliver(s.OneByOne, unordered)
	compare(b, "one by one/alone", n, oneByOne, alone)
	compare(b, "batches/one by one", n, deliver(s.Batches, batches), oneByOne)
	compare(b, "1000 keys/unordered", n, deliver(s.OneByOne, ordered(1000)), oneByOne)
	compare(b, "16 keys/unordered", n, deliver(s.OneByOne, ordered(16)), oneByOne)
	compare(b, "poison/healthy", few, deliver(s.OneByOne, poison), deliver(s.OneByOne, ordered(1000)))
	compare(b, "outage/healthy", few, deliver(s.OneByOne, outage), deliver(s.OneByOne, ordered(1000)))
	compare(b, "command with one subscription/none", n, commands(Unordered), commands())
	compare(b, "command with three subscriptions/none", n, commands(Unordered, Second, Third), commands())
	b.Run("empty claim", func(b *testing.B) { emptyClaim(b, open(b)) })
	b.Run("backlog", func(b *testing.B) { r.backlog(b, s.Batches, n.backlog) })
	b.Run("latency", func(b *testing.B) { r.latency(b, n.events) })
}

// compare measures two rates in turn, and reports the medians of the rates and of their ratios.
func compare(b *testing.B, name string, n size, measured, base func(*testing.B) float64) {
	b.Run(name, func(b *testing.B) {
		var rates, ratios []float64
		for b.Loop() {
			for range n.rounds {
				of := base(b)
				rate := measured(b)
				rates, ratios = append(rates, rate), append(ratios, rate/of)
			}
		}
		b.ReportMetric(quantile(rates, 0.5), "per-second")
		b.ReportMetric(quantile(ratios, 0.5), "ratio")
		b.ReportMetric(0, "ns/op")
	})
}

// emptyClaim measures a claim that finds nothing.
func emptyClaim(b *testing.B, db Database) {
	claim := func() {
		_, err := db.Store.Claim(b.Context(), []outbox.Want{{Subscription: Unordered, Limit: 100}}, time.Minute)
		require.NoError(b, err)
	}
	claim() // prepares the statements
	for b.Loop() {
		claim()
	}
}

// backlog drains a backlog in batches, and compares the rate of the last twentieth with that of the
// first.
func (r Rates) backlog(b *testing.B, workers, size int) {
	part := size / 20
	for b.Loop() {
		db := r.Open(b)
		var times []time.Time // of each part
		l := Load{Shape: Shape{Subscriptions: []string{Unordered}, Batch: 100}, Deliveries: size, Keys: 1000}
		rate := r.deliver(b, db, workers, l, func(healthy int) {
			if healthy%part == 0 {
				times = append(times, time.Now())
			}
		})
		first, last := times[1].Sub(times[0]), times[19].Sub(times[18])
		b.ReportMetric(rate, "per-second")
		b.ReportMetric(first.Seconds()/last.Seconds(), "last/first")
		b.ReportMetric(0, "ns/op")
	}
}

// latency measures the time from the commit of a command to the end of its event's handler, at 50
// commands a second, with the relay in the process.
func (r Rates) latency(b *testing.B, events int) {
	handled := make(chan time.Time, 1)
	db := r.Open(b)
	m, err := NewMediator(db, Shape{Subscriptions: []string{Unordered}, Handle: func(context.Context, Moved) error {
		handled <- time.Now()
		return nil
	}})
	require.NoError(b, err)
	relay, err := outbox.NewRelay(db.Store, m)
	require.NoError(b, err)
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- relay.Run(ctx) }()
	var latencies, commits []time.Duration
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for b.Loop() {
		for n := range events {
			<-ticker.C
			start := time.Now()
			require.NoError(b, m.Send(b.Context(), Touch{Key: "a", N: n}))
			commits = append(commits, time.Since(start))
			require.NoError(b, m.Send(b.Context(), Move{Key: "a", N: n}))
			committed := time.Now()
			latencies = append(latencies, (<-handled).Sub(committed))
		}
	}
	stop()
	require.NoError(b, <-ended)
	b.ReportMetric(quantile(latencies, 0.5).Seconds()*1000, "p50-ms")
	b.ReportMetric(quantile(latencies, 0.99).Seconds()*1000, "p99-ms")
	b.ReportMetric(quantile(commits, 0.99).Seconds()*1000, "commit-p99-ms")
	b.ReportMetric(quantile(latencies, 0.99).Seconds()/quantile(commits, 0.99).Seconds(), "ratio-p99")
	b.ReportMetric(0, "ns/op")
}

func quantile[T cmp.Ordered](d []T, q float64) T {
	slices.Sort(d)
	return d[min(int(q*float64(len(d))), len(d)-1)]
}
