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
	"github.com/digcqrs/digcqrs/internal/uuid"
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
	Outage     int // how many further keys wait for a retry, each with blocked events behind the one that failed
}

// blocked is how many events of a key wait behind one that failed, in an outage.
const blocked = 4

// Deliver returns how many deliveries per second a relay makes, without those that fail.
func (r Rates) Deliver(tb testing.TB, workers int, l Load) float64 {
	db := r.Open(tb)
	defer db.Close()
	return r.deliver(tb, db, workers, l, func(int) {})
}

// deliver is Deliver with a function that receives how many deliveries are made.
func (r Rates) deliver(tb testing.TB, db Database, workers int, l Load, made func(healthy int)) float64 {
	failing := l.Outage
	if l.Poison > 0 {
		failing++
	}
	done, failed := make(chan struct{}), make(chan struct{})
	var mu sync.Mutex
	healthy := 0
	l.Handle = func(_ context.Context, e Moved) error {
		mu.Lock()
		defer mu.Unlock()
		if e.N < 0 {
			if failing--; failing == 0 {
				close(failed)
			}
			return errFailing
		}
		healthy++
		made(healthy)
		if healthy == l.Deliveries*len(l.Subscriptions) {
			close(done)
		}
		return nil
	}
	m, err := NewMediator(db, l.Shape)
	require.NoError(tb, err)
	l.store(tb, db, l.failing())
	if failing > 0 {
		runUntil(tb, db.Store, m, workers, failed)
	}
	l.store(tb, db, l.healthy())
	took := runUntil(tb, db.Store, m, workers, done)
	return float64(l.Deliveries*len(l.Subscriptions)) / took.Seconds()
}

// runUntil runs a relay until done is closed, and returns how long that took.
func runUntil(tb testing.TB, store outbox.Store, m *cqrs.Mediator, workers int, done <-chan struct{}) time.Duration {
	relay, err := outbox.NewRelay(store, m, outbox.Workers(workers),
		outbox.Retry(outbox.RetryPolicy{Attempts: 1000, Initial: 10 * time.Minute, Max: time.Hour}))
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
	return took
}

var errFailing = errors.New("the handler fails on purpose")

// failing returns the events of the keys whose handler fails.
func (l Load) failing() (events []Moved) {
	for n := range l.Poison {
		events = append(events, Moved{Key: "poison", N: -1 - n})
	}
	for n := range l.Outage {
		for range 1 + blocked {
			events = append(events, Moved{Key: fmt.Sprint("outage-", n), N: -1 - n})
		}
	}
	return events
}

// healthy returns the events of the other keys.
func (l Load) healthy() (events []Moved) {
	for n := range l.Deliveries {
		events = append(events, Moved{Key: key(n, max(l.Keys, 1)), N: n})
	}
	return events
}

// store stores events for the subscriptions of a load.
func (l Load) store(tb testing.TB, db Database, events []Moved) {
	to := make([]cqrs.Destination, len(l.Subscriptions))
	for i, name := range l.Subscriptions {
		to[i] = cqrs.Destination{Subscription: name, InOrder: name == Ordered}
	}
	for some := range slices.Chunk(events, 1000) {
		var records []cqrs.Record
		for _, e := range some {
			payload, err := json.Marshal(e)
			require.NoError(tb, err)
			records = append(records, cqrs.Record{ID: uuid.New(), Name: "moved", Payload: payload, Key: e.Key, To: to})
		}
		require.NoError(tb, db.InTx(context.Background(), func(j cqrs.Journal) error {
			return j.Write(context.Background(), records, nil)
		}))
	}
}
