package outboxproof

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// Rates measures a store. Each measurement begins with an empty database that open returns.
type Rates struct {
	Open func(tb testing.TB) Database
	// Commits is how many transactions each measurement makes.
	Commits int
}

// Alone returns how many effects per second the database commits, each in a transaction of its own,
// without an outbox.
func (r Rates) Alone(tb testing.TB, workers int) float64 {
	return r.send(tb, workers, Shape{}, func(ctx context.Context, m *cqrs.Mediator, n int) error {
		return m.Send(ctx, Touch{Key: key(n, 1000), N: n})
	})
}

// Commands returns how many commands per second the database commits, each with an effect and an
// event for the given subscriptions.
func (r Rates) Commands(tb testing.TB, workers int, subscriptions ...string) float64 {
	s := Shape{Subscriptions: subscriptions}
	return r.send(tb, workers, s, func(ctx context.Context, m *cqrs.Mediator, n int) error {
		return m.Send(ctx, Move{Key: key(n, 1000), N: n})
	})
}

func (r Rates) send(
	tb testing.TB, workers int, s Shape, send func(ctx context.Context, m *cqrs.Mediator, n int) error,
) float64 {
	db := r.Open(tb)
	defer db.Close()
	m, err := NewMediator(db, s)
	require.NoError(tb, err)
	var wg sync.WaitGroup
	start := time.Now()
	for w := range workers {
		wg.Go(func() {
			for n := w; n < r.Commits; n += workers {
				if err := send(context.Background(), m, n); err != nil {
					tb.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return float64(r.Commits) / time.Since(start).Seconds()
}

// Load is what a relay has to deliver.
type Load struct {
	Shape
	Deliveries int
	Keys       int
	Poison     int // how many further events have the key "poison", whose handler fails
	Outage     int // how many further keys have one event whose handler fails
}

// Deliver returns how many deliveries per second a relay makes, without those that fail.
func (r Rates) Deliver(tb testing.TB, workers int, l Load) float64 {
	db := r.Open(tb)
	defer db.Close()
	return r.deliver(tb, db, workers, l, func(int) {})
}

// deliver is Deliver with a function that receives how many deliveries are made.
func (r Rates) deliver(tb testing.TB, db Database, workers int, l Load, made func(healthy int)) float64 {
	done := make(chan struct{})
	var mu sync.Mutex
	healthy := 0
	l.Handle = func(_ context.Context, e Moved) error {
		if e.N < 0 {
			return errFailing
		}
		mu.Lock()
		defer mu.Unlock()
		healthy++
		made(healthy)
		if healthy == l.Deliveries*len(l.Subscriptions) {
			close(done)
		}
		return nil
	}
	m, err := NewMediator(db, l.Shape)
	require.NoError(tb, err)
	l.store(tb, db)
	relay, err := outbox.NewRelay(db.Store, m, outbox.Workers(workers),
		outbox.Retry(outbox.RetryPolicy{Attempts: 1000, Initial: time.Minute, Max: time.Hour}))
	require.NoError(tb, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	start := time.Now()
	go func() { ended <- relay.Run(ctx) }()
	select {
	case <-done:
	case err := <-ended:
		require.NoError(tb, err)
	}
	took := time.Since(start)
	stop()
	require.NoError(tb, <-ended)
	return float64(l.Deliveries*len(l.Subscriptions)) / took.Seconds()
}

var errFailing = errors.New("the handler fails on purpose")

// store stores the events of a load: those that fail first, so that the others are behind them.
func (l Load) store(tb testing.TB, db Database) {
	var events []Moved
	for n := range l.Poison {
		events = append(events, Moved{Key: "poison", N: -1 - n})
	}
	for n := range l.Outage {
		events = append(events, Moved{Key: fmt.Sprint("outage-", n), N: -1 - n})
	}
	for n := range l.Deliveries {
		events = append(events, Moved{Key: key(n, max(l.Keys, 1)), N: n})
	}
	to := make([]cqrs.Destination, len(l.Subscriptions))
	for i, name := range l.Subscriptions {
		to[i] = cqrs.Destination{Subscription: name, InOrder: name == Ordered}
	}
	id := 0
	for some := range slices.Chunk(events, 1000) {
		var records []cqrs.Record
		for _, e := range some {
			payload, err := json.Marshal(e)
			require.NoError(tb, err)
			id++
			records = append(records, cqrs.Record{
				ID: fmt.Sprintf("00000000-0000-7000-8000-%012d", id), Name: "moved", Payload: payload, Key: e.Key, To: to,
			})
		}
		require.NoError(tb, db.InTx(context.Background(), func(j cqrs.Journal) error {
			return j.Write(context.Background(), records, nil)
		}))
	}
}
