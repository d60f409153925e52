package outboxtest

import (
	"context"
	"crypto/rand"
	"slices"
	"sync"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// Store is an [outbox.Store] in memory. Create it with [NewStore]. All methods are safe for
// concurrent use.
//
// As in SQLite, one transaction writes at a time: from the first call of its journal until it
// ends, other transactions and the methods that write wait for it, or until their context ends.
// Methods that read do not wait.
type Store struct {
	id     string
	writer chan struct{} // full while a transaction or a method writes

	mu         sync.Mutex // guards what follows; whoever changes it is the writer, too
	ahead      time.Duration
	seq        int64
	records    []*record
	deliveries []*delivery // by Seq
	paused     map[string]bool
}

var _ outbox.Store = (*Store)(nil)

type record struct {
	cqrs.Record
	written time.Time
}

type delivery struct {
	*record
	seq       int64
	to        cqrs.Destination
	due       time.Time
	token     string    // of the lease; empty if there is none
	expires   time.Time // when others can claim a leased delivery
	attempts  int       // that have failed
	lastError string
	died      time.Time // zero unless it is a dead letter
}

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{id: "memory-" + rand.Text(), writer: make(chan struct{}, 1), paused: map[string]bool{}}
}

// Advance moves the clock of the store forward, so that leases expire, retries and
// scheduled commands become due, and records can be purged.
func (s *Store) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead += d
}

// now is called with mu held.
func (s *Store) now() time.Time { return time.Now().Add(s.ahead) }

// beWriter waits until nobody else writes. The caller has to call the function that it returns.
func (s *Store) beWriter(ctx context.Context) (end func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case s.writer <- struct{}{}:
		return func() { <-s.writer }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// update calls f as the writer.
func (s *Store) update(ctx context.Context, f func() error) error {
	end, err := s.beWriter(ctx)
	if err != nil {
		return err
	}
	defer end()
	s.mu.Lock()
	defer s.mu.Unlock()
	return f()
}

// view calls f between two changes.
func (s *Store) view(ctx context.Context, f func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	return nil
}

// held returns the delivery that a claim leases, or nil if the claim is lost.
func (s *Store) held(c cqrs.Claim) *delivery {
	i, found := slices.BinarySearchFunc(s.deliveries, c.Seq, func(d *delivery, seq int64) int {
		return int(d.seq - seq)
	})
	if !found || c.Token == "" || s.deliveries[i].token != c.Token || s.deliveries[i].to.Subscription != c.Subscription {
		return nil
	}
	return s.deliveries[i]
}

// remove deletes deliveries.
func (s *Store) remove(gone map[*delivery]bool) {
	s.deliveries = slices.DeleteFunc(s.deliveries, func(d *delivery) bool { return gone[d] })
}

func (d *delivery) dead() bool { return !d.died.IsZero() }

// id returns what [outbox.Delivery.ID] does.
func (d *delivery) id() string { return d.ID + "/" + d.to.Subscription }

// Check implements [outbox.Store]. It returns an error only if ctx has ended.
func (s *Store) Check(ctx context.Context) error { return ctx.Err() }

// Database implements [outbox.Store]. Each store has a database of its own.
func (s *Store) Database(ctx context.Context) (string, error) { return s.id, ctx.Err() }
