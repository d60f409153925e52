package outboxtest

import (
	"slices"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

func requeueCases() []suiteCase {
	return []suiteCase{
		{
			"a requeued dead letter does not run beside another one of its key",
			"Two handlers would work on the same key at the same time.",
			func(k *kit) {
				a, b, c := keyed("a", "key", "rooms"), keyed("b", "key", "rooms"), keyed("c", "key", "rooms")
				k.write(a, b, c)
				dead := k.claimOne("rooms", a)
				k.kill(dead)
				d := k.claimOne("rooms", b)
				k.must(k.Store.Requeue(k.ctx, dead.ID()))
				k.claimNow("rooms")
				k.must(k.complete(d))
				k.oneByOne("rooms", 2)
			},
		},
		{
			"a requeued dead letter does not overtake one of its key that is being retried",
			"The one before it has begun, and perhaps done a part of its work.",
			func(k *kit) {
				a, b := keyed("a", "key", "rooms"), keyed("b", "key", "rooms")
				k.write(a, b)
				dead := k.claimOne("rooms", a)
				k.kill(dead)
				old := k.claimFor(short, "rooms", b)[0]
				k.must(k.Store.Requeue(k.ctx, dead.ID()))
				// The lease of b expires, but its holder may still complete it. Whichever of the two is
				// claimed, that must be over then.
				var ds []outbox.Delivery
				k.eventually("a delivery can be claimed", func() bool {
					ds = k.claim("rooms", 9, long)
					return len(ds) > 0
				})
				if len(ds) != 1 {
					k.Fatalf("claimed %v, want one", names(ds))
				}
				k.mustBe(k.complete(old), cqrs.ErrLeaseLost)
				k.must(k.complete(ds[0]))
				k.oneByOne("rooms", 1)
			},
		},
		{
			"a requeued dead letter of an idle key is claimed, and those after it one by one",
			"It would wait for nothing, or the key would have two at a time.",
			func(k *kit) {
				a, b, c := keyed("a", "key", "rooms"), keyed("b", "key", "rooms"), keyed("c", "key", "rooms")
				k.write(a, b)
				var ids []string
				for _, r := range []cqrs.Record{a, b} {
					d := k.claimOne("rooms", r)
					k.kill(d)
					ids = append(ids, d.ID())
				}
				slices.Reverse(ids)
				k.must(k.Store.Requeue(k.ctx, ids...))
				k.write(c)
				if got := k.oneByOne("rooms", 3); slices.Index(got, "a") > slices.Index(got, "b") {
					k.Fatalf("delivered %v, want a before b", got)
				}
			},
		},
		{
			"requeued dead letters of several keys are all claimed",
			"A requeue of many must put each key in order.",
			func(k *kit) {
				a, b, c := keyed("a", "1", "rooms"), keyed("b", "2", "rooms"), keyed("c", "3", "rooms")
				k.write(a, b, c)
				var ids []string
				for _, d := range k.claimNow("rooms", a, b, c) {
					k.kill(d)
					ids = append(ids, d.ID())
				}
				next := keyed("d", "2", "rooms")
				k.write(next)
				k.must(k.Store.Requeue(k.ctx, ids...))
				if ds := k.claim("rooms", 9, long); len(ds) != 3 {
					k.Fatalf("claimed %v, want one of each key", names(ds))
				}
			},
		},
	}
}

// oneByOne claims and completes so many deliveries of one key, which must come one at a time, and
// returns their names.
func (k *kit) oneByOne(subscription string, count int) []string {
	k.Helper()
	var got []string
	for range count {
		ds := k.claim(subscription, 9, long)
		if len(ds) != 1 {
			k.Fatalf("claimed %v of one key after %v, want one", names(ds), got)
		}
		k.must(k.complete(ds[0]))
		got = append(got, ds[0].Name)
	}
	k.claimNow(subscription)
	k.wantCount(subscription, 0, 0)
	return got
}
