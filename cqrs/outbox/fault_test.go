package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// faults makes steps fail at random, before they have an effect or after it.
type faults struct {
	mu   sync.Mutex
	rand *rand.Rand
	rate float64
	hits map[string]int
}

var errFault = errors.New("connection lost")

func (f *faults) hit(step string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rand.Float64() >= f.rate {
		return false
	}
	f.hits[step]++
	return true
}

// lost fails a step like a lost connection.
func (f *faults) lost(step string) error {
	if f.hit(step) {
		return errFault
	}
	return nil
}

// at fails a step in one of the ways in which the code of an application can.
func (f *faults) at(step string) error {
	if !f.hit(step) {
		return nil
	}
	f.mu.Lock()
	way := f.rand.IntN(3)
	f.mu.Unlock()
	switch way {
	case 0:
		return errFault
	case 1:
		return context.Canceled
	default:
		panic(fmt.Sprint("fault at ", step))
	}
}

// faultyStore fails like a lost connection: sometimes after the change was made.
type faultyStore struct {
	outbox.Store
	*faults
}

func (s *faultyStore) around(step string, do func() error) error {
	if err := s.lost(step + " before"); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return s.lost(step + " after")
}

func (s *faultyStore) Claim(
	ctx context.Context, w []outbox.Want, lease time.Duration,
) (got []outbox.Delivery, err error) {
	err = s.around("claim", func() (err error) { got, err = s.Store.Claim(ctx, w, lease); return err })
	if err != nil {
		return nil, err
	}
	return got, nil
}

func (s *faultyStore) Extend(ctx context.Context, c []cqrs.Claim, lease time.Duration) (lost []cqrs.Claim, err error) {
	err = s.around("extend", func() (err error) { lost, err = s.Store.Extend(ctx, c, lease); return err })
	return lost, err
}

func (s *faultyStore) Release(ctx context.Context, c []cqrs.Claim) error {
	return s.around("release", func() error { return s.Store.Release(ctx, c) })
}

func (s *faultyStore) Fail(ctx context.Context, c cqrs.Claim, f outbox.Failure) error {
	return s.around("fail", func() error { return s.Store.Fail(ctx, c, f) })
}

// faultyJournal fails before or after it has written.
type faultyJournal struct {
	cqrs.Journal
	*faults
}

func (j faultyJournal) Write(ctx context.Context, records []cqrs.Record, completed []cqrs.Claim) error {
	if err := j.at("journal before"); err != nil {
		return err
	}
	if err := j.Journal.Write(ctx, records, completed); err != nil {
		return err
	}
	return j.at("journal after")
}

func (j faultyJournal) Database(ctx context.Context) (string, error) { return j.Journal.Database(ctx) }

// Whatever fails at whichever step, each event whose request has succeeded has each effect once,
// those of one key in order, and the others have none.
func TestRelay_Faults(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) { testFaults(t, seed) })
		})
	}
}

func testFaults(t *testing.T, seed uint64) {
	f := &faults{rand: rand.New(rand.NewPCG(seed, 1)), hits: make(map[string]int)}
	f.rate = 0.02 + 0.18*f.rand.Float64()
	a := newApp(t)
	a.project = func(context.Context, moved) error { return f.at("projection") }
	a.mail = func(context.Context, moved) error { return f.at("mail") }
	a.commit = func() error { return f.lost("commit before") }
	a.replied = func() error { return f.lost("commit after") }
	if f.rand.IntN(2) == 0 {
		a.plain = []cqrs.DurableOption{cqrs.InBatches(1 + f.rand.IntN(5))}
		a.ordered = a.plain
	}
	a.options = []bootstrap.Option{bootstrap.WithPropagator(cqrs.Propagator{Inject: func(context.Context) map[string]string {
		if err := f.at("inject"); err != nil {
			panic(err)
		}
		return nil
	}})}
	a.decorate = func(c *container.Container) error {
		return c.Decorate(func(j cqrs.Journal) cqrs.Journal { return faultyJournal{j, f} })
	}
	a.start()
	policy := outbox.Retry(outbox.RetryPolicy{Attempts: 1000, Initial: time.Second, Max: time.Minute})
	var stops []func() error
	draw := rand.New(rand.NewPCG(seed, 2)) // f.rand is in use by the relays
	for range 2 {
		store := &faultyStore{a.store, f}
		r := a.relayOf(store, policy, outbox.Lease(time.Second), outbox.Poll(time.Second, 10*time.Second),
			outbox.Workers(1+draw.IntN(4)))
		stops = append(stops, runThrough(r))
	}
	want := make(map[string][]int)
	for n := range 60 {
		key := fmt.Sprint(n % 5)
		if err := a.mediator.Publish(t.Context(), moved{Key: key, N: n}); err == nil {
			want[key] = append(want[key], n)
		}
		if draw.IntN(10) == 0 {
			pass(time.Second)
		}
	}
	pass(3 * time.Minute)
	f.mu.Lock()
	f.rate = 0
	f.mu.Unlock()
	pass(20 * time.Minute)
	for _, stop := range stops {
		require.NoError(t, stop())
	}
	got, mails := make(map[string][]int), make(map[string][]int)
	for _, e := range a.ledger.all() {
		if e.Handler == "projection" {
			got[e.Key] = append(got[e.Key], e.N)
		} else {
			mails[e.Key] = append(mails[e.Key], e.N)
		}
	}
	for key, numbers := range want {
		assert.Equal(t, numbers, got[key], "key %s", key)
		assert.ElementsMatch(t, numbers, mails[key], "key %s", key)
	}
	assert.Len(t, a.ledger.all(), 2*total(want), "hits: %v", f.hits)
	assert.Empty(t, a.deadLetters())
}

func total(numbers map[string][]int) (n int) {
	for _, some := range numbers {
		n += len(some)
	}
	return n
}

// runThrough runs a relay until stop is called, again and again if its check meets a fault.
func runThrough(r *outbox.Relay) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		for {
			err := r.Run(ctx)
			if err == nil || ctx.Err() != nil {
				ended <- nil
				return
			}
			time.Sleep(time.Second)
		}
	}()
	return func() error {
		cancel()
		return <-ended
	}
}
