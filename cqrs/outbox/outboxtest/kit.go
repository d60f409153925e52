package outboxtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

const (
	short    = 50 * time.Millisecond // a lease or delay whose end a case waits for
	long     = time.Hour             // one that does not end during a case
	patience = 10 * time.Second      // how long to wait for what must happen
)

var errRollback = errors.New("roll back")

// kit is what a case works with. Its methods end the case when the store fails.
type kit struct {
	testing.TB
	Database
	open  func() Database
	ctx   context.Context
	mu    sync.Mutex
	ahead time.Duration // of the database's clock
}

func newKit(t testing.TB, open func() Database) *kit {
	ctx, cancel := context.WithTimeout(t.Context(), 6*patience)
	t.Cleanup(cancel)
	k := &kit{TB: t, Database: open(), open: open, ctx: ctx}
	if k.Other == nil {
		k.Other = k.Store
	}
	return k
}

// now returns the time of the database.
func (k *kit) now() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return time.Now().Add(k.ahead)
}

// pass lets time pass.
func (k *kit) pass(d time.Duration) {
	if k.Advance == nil {
		time.Sleep(d)
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ahead += d
	k.Advance(d)
}

// eventually waits until f returns true.
func (k *kit) eventually(what string, f func() bool) {
	k.Helper()
	for deadline := k.now().Add(patience); !f(); k.pass(short / 10) {
		if k.now().After(deadline) {
			k.Fatalf("after %v it is still not true that %s", patience, what)
		}
	}
}

// must ends the case if there is an error.
func (k *kit) must(err error) {
	k.Helper()
	if err != nil {
		k.Fatalf("unexpected error: %v", err)
	}
}

// mustBe ends the case unless err wraps target.
func (k *kit) mustBe(err, target error) {
	k.Helper()
	if !errors.Is(err, target) {
		k.Fatalf("got error %v, want one that wraps: %v", err, target)
	}
}

// tx runs f in a transaction that must commit.
func (k *kit) tx(f func(j cqrs.Journal) error) {
	k.Helper()
	k.must(k.Tx(k.ctx, f))
}

// meanwhile runs f, which may have to wait for the caller's transaction, and gives it some time to
// end. Then it closes the channel that it returns.
func (k *kit) meanwhile(f func()) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(2 * short):
	}
	return done
}

// write commits records.
func (k *kit) write(records ...cqrs.Record) {
	k.Helper()
	k.tx(func(j cqrs.Journal) error { return j.Write(k.ctx, records, nil) })
}

// complete commits the completion of deliveries, or returns the error.
func (k *kit) complete(ds ...outbox.Delivery) error {
	return k.Tx(k.ctx, func(j cqrs.Journal) error { return j.Write(k.ctx, nil, claims(ds...)) })
}

// claim claims deliveries.
func (k *kit) claim(subscription string, limit int, lease time.Duration) []outbox.Delivery {
	k.Helper()
	ds, err := k.Store.Claim(k.ctx, wants(limit, subscription), lease)
	k.must(err)
	return ds
}

// claimNow claims all deliveries and expects those of the given records, in this order.
func (k *kit) claimNow(subscription string, want ...cqrs.Record) []outbox.Delivery {
	k.Helper()
	return k.claimFor(long, subscription, want...)
}

// claimFor is like claimNow, with another lease.
func (k *kit) claimFor(lease time.Duration, subscription string, want ...cqrs.Record) []outbox.Delivery {
	k.Helper()
	ds := k.claim(subscription, 1000, lease)
	if got, want := names(ds), recordNames(want); fmt.Sprint(got) != fmt.Sprint(want) {
		k.Fatalf("claimed %v of subscription %q, want %v", got, subscription, want)
	}
	return ds
}

// claimOne claims the delivery of one record.
func (k *kit) claimOne(subscription string, want cqrs.Record) outbox.Delivery {
	k.Helper()
	return k.claimNow(subscription, want)[0]
}

// claimSoon waits until one delivery can be claimed, which must be that of the given record.
func (k *kit) claimSoon(subscription string, want cqrs.Record) outbox.Delivery {
	k.Helper()
	var ds []outbox.Delivery
	k.eventually("the delivery of "+want.Name+" can be claimed", func() bool {
		ds = k.claim(subscription, 1000, long)
		return len(ds) > 0
	})
	if len(ds) != 1 || ds[0].RecordID != want.ID {
		k.Fatalf("claimed %v of subscription %q, want %s", names(ds), subscription, want.Name)
	}
	return ds[0]
}

// fail records a failure.
func (k *kit) fail(d outbox.Delivery, f outbox.Failure) {
	k.Helper()
	k.must(k.Store.Fail(k.ctx, d.Claim, f))
}

// kill makes a delivery a dead letter.
func (k *kit) kill(d outbox.Delivery) {
	k.Helper()
	k.fail(d, outbox.Failure{Error: "broken", Dead: true})
}

// extend extends claims and expects some of them to be lost.
func (k *kit) extend(lease time.Duration, cs []cqrs.Claim, want ...cqrs.Claim) {
	k.Helper()
	lost, err := k.Store.Extend(k.ctx, cs, lease)
	k.must(err)
	less := func(a, b cqrs.Claim) int { return cmp.Compare(a.Subscription, b.Subscription) }
	slices.SortFunc(lost, less)
	slices.SortFunc(want, less)
	if !slices.Equal(lost, want) {
		k.Fatalf("Extend reports %+v as lost, want %+v", lost, want)
	}
}

// letters returns dead letters.
func (k *kit) letters(f outbox.Filter) []outbox.DeadLetter {
	k.Helper()
	letters, err := k.Store.DeadLetters(k.ctx, f)
	k.must(err)
	return letters
}

// stats returns the entry of a subscription, or one without deliveries if it has none.
func (k *kit) stats(subscription string) outbox.Stats {
	k.Helper()
	all, err := k.Store.Stats(k.ctx)
	k.must(err)
	for _, s := range all {
		if s.Subscription == subscription {
			return s
		}
	}
	return outbox.Stats{Subscription: subscription}
}

// wantCount expects so many pending deliveries and dead letters of a subscription.
func (k *kit) wantCount(subscription string, pending, dead int) {
	k.Helper()
	if s := k.stats(subscription); s.Pending != pending || s.Dead != dead {
		k.Fatalf("subscription %q has %d pending deliveries and %d dead letters, want %d and %d",
			subscription, s.Pending, s.Dead, pending, dead)
	}
}

// purgeAll purges records until none is left that can be, and expects so many.
func (k *kit) purgeAll(want int) {
	k.Helper()
	got := 0
	k.pass(short / 10)
	k.eventually(fmt.Sprintf("%d records can be purged", want), func() bool {
		n, err := k.Store.Purge(k.ctx, time.Millisecond)
		k.must(err)
		got += n
		return got >= want
	})
	if got != want {
		k.Fatalf("purged %d records, want %d", got, want)
	}
}
