package outboxtest

import (
	"cmp"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

func orderCases() []suiteCase {
	return []suiteCase{
		{
			"deliveries of one key come one at a time, in the order of their events",
			"Side by side, the second could have its effect first.",
			func(k *kit) {
				a, b, c := keyed("a", "key", "rooms"), keyed("b", "key", "rooms"), keyed("c", "key", "rooms")
				other := keyed("o", "other", "rooms")
				k.write(a, b) // in one transaction
				k.write(c, other)
				ds := k.claimNow("rooms", a, other)
				last := ds[0].Seq
				k.must(k.complete(ds[0]))
				for _, r := range []cqrs.Record{b, c} {
					d := k.claimOne("rooms", r)
					if d.Seq <= last {
						k.Fatalf("the sequence numbers are %d and then %d, want them to grow", last, d.Seq)
					}
					last = d.Seq
					k.claimNow("rooms")
					k.must(k.complete(d))
				}
				k.claimNow("rooms")
			},
		},
		{
			"a delivery that waits for a retry holds back its key, and only its key",
			"The next of its key would overtake it. Other keys have nothing to do with its failure.",
			func(k *kit) {
				a, b := keyed("a", "key", "rooms"), keyed("b", "key", "rooms")
				other, next := keyed("o", "other", "rooms"), keyed("n", "other", "rooms")
				k.write(a, b, other, next)
				ds := k.claimNow("rooms", a, other)
				k.fail(ds[0], outbox.Failure{Error: "broken", Retry: long})
				k.claimNow("rooms")
				k.must(k.complete(ds[1]))
				k.claimOne("rooms", next)
				k.wantCount("rooms", 3, 0)

				c, d := keyed("c", "third", "rooms"), keyed("d", "third", "rooms")
				k.write(c, d)
				k.fail(k.claimOne("rooms", c), outbox.Failure{Error: "broken", Retry: short})
				k.must(k.complete(k.claimSoon("rooms", c)))
				k.claimOne("rooms", d)
			},
		},
		{
			"an expired or released lease does not let the next of the key go first",
			"The delivery is not finished, so the order would be broken.",
			func(k *kit) {
				a, b := keyed("a", "key", "rooms"), keyed("b", "key", "rooms")
				k.write(a, b)
				k.claimFor(short, "rooms", a)
				d := k.claimSoon("rooms", a)
				k.must(k.Store.Release(k.ctx, claims(d)))
				k.must(k.complete(k.claimOne("rooms", a)))
				k.claimOne("rooms", b)
			},
		},
		{
			"a dead letter lets the next of its key go",
			"One poison message would stop its key forever.",
			func(k *kit) {
				a, b, c := keyed("a", "key", "rooms"), keyed("b", "key", "rooms"), keyed("c", "key", "rooms")
				k.write(a, b)
				k.kill(k.claimOne("rooms", a))
				k.kill(k.claimOne("rooms", b))
				k.write(c)
				k.must(k.complete(k.claimOne("rooms", c)))
				k.wantCount("rooms", 0, 2)
			},
		},
		{
			"the next of a key waits until a completion has committed",
			"If the completion is rolled back, the next would have been delivered before the first.",
			func(k *kit) {
				a, b := keyed("a", "key", "rooms"), keyed("b", "key", "rooms")
				k.write(a, b)
				first := k.claimOne("rooms", a)
				claim := func() ([]outbox.Delivery, error) {
					return k.Other.Claim(k.ctx, wants(9, "rooms"), long)
				}
				var early []outbox.Delivery
				var err error
				var done <-chan struct{}
				k.mustBe(k.Tx(k.ctx, func(j cqrs.Journal) error {
					if err := j.Write(k.ctx, nil, claims(first)); err != nil {
						return err
					}
					done = k.meanwhile(func() { early, err = claim() })
					return errRollback
				}), errRollback)
				<-done
				k.must(err)
				if len(early) > 0 {
					k.Fatalf("claimed %v although the completion of the one before was rolled back", names(early))
				}
				k.must(k.complete(first))
				k.claimOne("rooms", b)
			},
		},
		{
			"ordered subscriptions are independent of each other",
			"The failure of one would stop the key for all.",
			func(k *kit) {
				a, b := keyed("a", "key", "rooms", "stock"), keyed("b", "key", "rooms", "stock")
				k.write(a, b)
				k.fail(k.claimOne("rooms", a), outbox.Failure{Error: "broken", Retry: long})
				k.must(k.complete(k.claimOne("stock", a)))
				k.kill(k.claimOne("stock", b))
				k.claimNow("rooms")
				k.wantCount("rooms", 2, 0)
			},
		},
		{
			"an unordered subscription is not held back by the keys of its records",
			"A record goes to both kinds of subscriptions, and only those that ask for the order pay for it.",
			func(k *kit) {
				a, b := keyed("a", "key", "rooms"), keyed("b", "key", "rooms")
				for _, r := range []*cqrs.Record{&a, &b} {
					r.To = append(r.To, cqrs.Destination{Subscription: "mail"})
				}
				k.write(a, b)
				k.claimNow("mail", a, b)
				k.claimNow("rooms", a)
			},
		},
		{
			"a record of a key whose last delivery was completed before can be claimed",
			"A key that has run empty would stay silent.",
			func(k *kit) {
				for _, end := range []func(d outbox.Delivery){
					func(d outbox.Delivery) { k.must(k.complete(d)) },
					k.kill,
					func(d outbox.Delivery) {
						k.kill(d)
						k.must(k.Store.Discard(k.ctx, d.ID()))
					},
				} {
					r := keyed("a", "key", "rooms")
					k.write(r)
					end(k.claimOne("rooms", r))
				}
			},
		},
		{
			"a completion and a record of the same key in one Write leave the key in order",
			"A handler that records an event for its own subscription is usual; its key would stop or double.",
			func(k *kit) {
				a, b, c := keyed("a", "key", "rooms"), keyed("b", "key", "rooms"), keyed("c", "key", "rooms")
				k.write(a)
				first := k.claimOne("rooms", a)
				swap := func(old outbox.Delivery, r cqrs.Record) {
					k.tx(func(j cqrs.Journal) error { return j.Write(k.ctx, []cqrs.Record{r}, claims(old)) })
				}
				k.mustBe(k.Tx(k.ctx, func(j cqrs.Journal) error {
					return cmp.Or(j.Write(k.ctx, []cqrs.Record{b}, claims(first)), errRollback)
				}), errRollback)
				k.claimNow("rooms")
				swap(first, b)
				second := k.claimOne("rooms", b)
				swap(second, c)
				k.must(k.complete(k.claimOne("rooms", c)))
				k.wantCount("rooms", 0, 0)
			},
		},
	}
}
