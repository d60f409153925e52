package outboxtest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

func concurrentCases() []suiteCase {
	return []suiteCase{
		{
			"a transaction that commits late is delivered, although later ones were claimed before",
			"A store that remembers up to where it has read skips the record: it has a lower sequence number.",
			lateCommit,
		},
		{
			"a lease that expires while its completion is being committed does not double the delivery",
			"Both handlers would have their effects.",
			expiredWhileCompleting,
		},
		{
			"relays that claim at the same time never get the same delivery",
			"It would be delivered twice.",
			manyClaimers,
		},
		{
			"a record that is written while the last of its key is completed is delivered",
			"The completion sees no next one to let go, and the record sees one before it: the key is silent forever.",
			appendWhileCompleting,
		},
		{
			"whatever expires, fails or is released, each delivery has its effect once, in the order of its key",
			"This is what the outbox promises.",
			exactlyOnce,
		},
	}
}

func lateCommit(k *kit) {
	a, b := event("a", "mail"), event("b", "mail")
	var other error
	var done <-chan struct{}
	claimed := map[string]int{}
	k.tx(func(j cqrs.Journal) error {
		if err := j.Write(k.ctx, []cqrs.Record{a}, nil); err != nil {
			return err
		}
		done = k.meanwhile(func() { // where only one transaction writes, it waits
			other = k.Tx(k.ctx, func(j cqrs.Journal) error { return j.Write(k.ctx, []cqrs.Record{b}, nil) })
			if other != nil {
				return
			}
			var ds []outbox.Delivery
			ds, other = k.Other.Claim(k.ctx, wants(9, "mail"), long)
			for _, d := range ds {
				claimed[d.Name]++
			}
		})
		return nil
	})
	<-done
	k.must(other)
	for _, d := range k.claim("mail", 9, long) {
		claimed[d.Name]++
	}
	if claimed["a"] != 1 || claimed["b"] != 1 {
		k.Fatalf("claimed %v, want a and b once", claimed)
	}
}

func expiredWhileCompleting(k *kit) {
	for _, r := range []cqrs.Record{event("a", "mail"), keyed("b", "key", "rooms")} {
		subscription := r.To[0].Subscription
		k.write(r)
		d := k.claimFor(2*short, subscription, r)[0]
		var second []outbox.Delivery
		var claimErr error
		var done <-chan struct{}
		effect := event("effect", "effects")
		err := k.Tx(k.ctx, func(j cqrs.Journal) error {
			if err := j.Write(k.ctx, []cqrs.Record{effect}, claims(d)); err != nil {
				return err
			}
			k.pass(4 * short)
			done = k.meanwhile(func() {
				second, claimErr = k.Other.Claim(k.ctx, wants(9, subscription), long)
			})
			return nil
		})
		if done != nil {
			<-done
		}
		k.must(claimErr)
		k.must(err)
		if len(second) > 0 {
			k.Fatalf("the delivery was claimed again, although its completion has committed")
		}
		k.claimNow(subscription)
		k.claimOne("effects", effect)
	}
}

func manyClaimers(k *kit) {
	const count = 120
	var records []cqrs.Record
	for i := range count {
		records = append(records, keyed("b", fmt.Sprint(i), "rooms"))
		records[i].To = append(records[i].To, cqrs.Destination{Subscription: "mail"})
	}
	k.write(records...)
	var mu sync.Mutex
	seen := map[string]int{}
	errs := k.inParallel(8, func(n int) error {
		store := k.Store
		if n%2 == 1 {
			store = k.Other
		}
		for {
			ds, err := store.Claim(k.ctx, wants(7, "mail", "rooms"), long)
			if err != nil {
				return err
			}
			mu.Lock()
			for _, d := range ds {
				seen[d.ID()]++
			}
			all := len(seen) == 2*count
			mu.Unlock()
			if all || len(ds) == 0 {
				return nil
			}
		}
	})
	k.must(errs)
	for _, d := range append(k.claim("mail", count, long), k.claim("rooms", count, long)...) {
		seen[d.ID()]++ // what was locked by others at the moment when they looked
	}
	for id, n := range seen {
		if n != 1 {
			k.Fatalf("%s was claimed %d times", id, n)
		}
	}
	if len(seen) != 2*count {
		k.Fatalf("claimed %d deliveries of %d", len(seen), 2*count)
	}
}

func appendWhileCompleting(k *kit) {
	for i := range 20 {
		first, next := keyed("a", "key", "rooms"), keyed("b", "key", "rooms")
		k.write(first)
		d := k.claimOne("rooms", first)
		k.must(k.inParallel(2, func(n int) error {
			if n == 0 {
				return k.complete(d)
			}
			return k.Tx(k.ctx, func(j cqrs.Journal) error { return j.Write(k.ctx, []cqrs.Record{next}, nil) })
		}))
		ds := k.claim("rooms", 9, long)
		if len(ds) != 1 || ds[0].RecordID != next.ID {
			k.Fatalf("round %d: claimed %v, want b", i, names(ds))
		}
		k.must(k.complete(ds[0]))
	}
}

// inParallel calls f with the numbers below n at the same time, and joins the errors.
func (k *kit) inParallel(n int, f func(int) error) error {
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { errs[i] = f(i) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// exactlyOnce has workers deliver with leases that are too short. The effect of a delivery is a
// record, written together with its completion.
func exactlyOnce(k *kit) {
	const keys, each = 4, 8
	var records []cqrs.Record
	for i := range keys * each {
		r := keyed(fmt.Sprint(i), fmt.Sprint(i%keys), "rooms")
		r.To = append(r.To, cqrs.Destination{Subscription: "mail"})
		records = append(records, r)
	}
	k.write(records...)
	deadline := time.Now().Add(patience)
	k.must(k.inParallel(4, func(n int) error {
		store := k.Store
		if n%2 == 1 {
			store = k.Other
		}
		for turn := n; ; turn++ {
			ds, err := store.Claim(k.ctx, wants(2, "mail", "rooms"), short/10)
			if err != nil {
				return err
			}
			for i, d := range ds {
				if err := k.deliver(store, d, turn+i); err != nil && !errors.Is(err, cqrs.ErrLeaseLost) {
					return err
				}
			}
			if all, err := store.Stats(k.ctx); err != nil || k.delivered(all) {
				return err
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("not all are delivered after %v", patience)
			}
			k.pass(time.Millisecond)
		}
	}))
	count, next := map[string]int{}, map[string]int{}
	for _, d := range k.claim("effects", 1000, long) {
		count[d.Name]++
		var i int
		var subscription string
		if _, err := fmt.Sscanf(d.Name, "%d %s", &i, &subscription); err != nil {
			k.Fatal(err)
		}
		if subscription == "rooms" {
			key := fmt.Sprint(i % keys)
			if i/keys != next[key] {
				k.Fatalf("key %s: the effect number %d is that of event %d", key, next[key], i/keys)
			}
			next[key]++
		}
	}
	for _, r := range records {
		for _, to := range r.To {
			if name := r.Name + " " + to.Subscription; count[name] != 1 {
				k.Fatalf("%q had its effect %d times", name, count[name])
			}
		}
	}
}

// deliver ends a claim in one of several ways.
func (k *kit) deliver(store outbox.Store, d outbox.Delivery, turn int) error {
	switch turn % 7 {
	case 0:
		return nil // died
	case 1:
		return store.Release(k.ctx, claims(d))
	case 2:
		return store.Fail(k.ctx, d.Claim, outbox.Failure{Error: "broken", Retry: time.Millisecond})
	case 3, 4: // takes longer than its lease, while another relay claims and delivers
		k.pass(short / 5)
		ds, err := store.Claim(k.ctx, wants(1, d.Subscription), short)
		for _, d := range ds {
			err = errors.Join(err, k.effect(d))
		}
		if err != nil {
			return err
		}
	}
	return k.effect(d)
}

// effect completes a delivery together with its effect.
func (k *kit) effect(d outbox.Delivery) error {
	effect := event(d.Name+" "+d.Subscription, "effects")
	return k.Tx(k.ctx, func(j cqrs.Journal) error { return j.Write(k.ctx, []cqrs.Record{effect}, claims(d)) })
}

// delivered reports whether only effects are left.
func (k *kit) delivered(all []outbox.Stats) bool {
	return len(all) == 1 && all[0].Subscription == "effects"
}
