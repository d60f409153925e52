package outboxtest

import (
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/internal/uuid"
)

func claimCases() []suiteCase {
	return []suiteCase{
		{
			"the oldest deliveries are claimed first",
			"Under load the first would otherwise wait forever.",
			func(k *kit) {
				a, b, c := event("a", "mail"), event("b", "mail"), event("c", "mail")
				d, e := event("d", "mail"), event("e", "mail")
				k.write(a, b)
				k.write(c)
				k.write(d, e)
				for _, want := range [][]cqrs.Record{{a, b}, {c, d}, {e}} {
					ds := k.claim("mail", 2, long)
					if len(ds) != len(want) || ds[0].RecordID != want[0].ID || ds[len(ds)-1].RecordID != want[len(want)-1].ID {
						k.Fatalf("claimed %v, want %v", names(ds), recordNames(want))
					}
				}
			},
		},
		{
			"each subscription has a limit of its own",
			"A busy subscription would otherwise take the places of a quiet one, or a relay get more than it has workers for, " +
				"so that leases expire before their turn.",
			func(k *kit) {
				for range 5 {
					k.write(event("a", "mail", "audit"), keyed("b", uuid.New(), "rooms"))
				}
				ds, err := k.Store.Claim(k.ctx, []outbox.Want{{Subscription: "mail", Limit: 3}, {Subscription: "rooms", Limit: 2},
					{Subscription: "audit", Limit: 0}, {Subscription: "unknown", Limit: 1}}, long)
				k.must(err)
				count := map[string]int{}
				for _, d := range ds {
					count[d.Subscription]++
				}
				if count["mail"] != 3 || count["rooms"] != 2 || len(ds) != 5 {
					k.Fatalf("claimed %v, want 3 for mail and 2 for rooms", count)
				}
				ds, err = k.Store.Claim(k.ctx, nil, long)
				k.must(err)
				if len(ds) != 0 {
					k.Fatalf("claimed %d deliveries for no subscription", len(ds))
				}
			},
		},
		{
			"only the wanted subscriptions are claimed",
			"During a deployment an old process does not know the new subscriptions, and has no handler for them.",
			func(k *kit) {
				r := event("a", "mail", "audit")
				k.write(r)
				k.claimNow("other")
				k.claimOne("mail", r)
				k.claimOne("audit", r)
			},
		},
		{
			"a leased delivery is not claimed again",
			"It would be delivered twice.",
			func(k *kit) {
				r, s := event("a", "mail"), keyed("b", "key", "rooms")
				k.write(r, s)
				k.claimOne("mail", r)
				k.claimOne("rooms", s)
				for _, store := range []outbox.Store{k.Store, k.Other} {
					ds, err := store.Claim(k.ctx, wants(9, "mail", "rooms"), long)
					k.must(err)
					if len(ds) != 0 {
						k.Fatalf("claimed %v, which are leased", names(ds))
					}
				}
				k.wantCount("mail", 1, 0) // not delivered yet
			},
		},
		{
			"a delivery whose lease has expired is claimed again, with another token",
			"What a process that died had claimed would be lost. With the same token a process that was only slow " +
				"would complete the delivery beside the new one.",
			func(k *kit) {
				r, s := event("a", "mail"), keyed("b", "key", "rooms")
				k.write(r, s)
				for _, c := range []struct {
					subscription string
					record       cqrs.Record
				}{{"mail", r}, {"rooms", s}} {
					first := k.claimFor(short, c.subscription, c.record)[0]
					second := k.claimSoon(c.subscription, c.record)
					if second.Token == first.Token || second.Seq != first.Seq || second.ID() != first.ID() {
						k.Fatalf("claimed again as %+v, first as %+v; want the same delivery with another token",
							second.Claim, first.Claim)
					}
				}
			},
		},
		{
			"what one process writes another one claims",
			"The store must not keep in the process what others need.",
			func(k *kit) {
				r := event("a", "mail")
				k.write(r)
				ds, err := k.Other.Claim(k.ctx, wants(9, "mail"), long)
				k.must(err)
				if len(ds) != 1 {
					k.Fatalf("claimed %d deliveries through the other connection, want 1", len(ds))
				}
				k.claimNow("mail")
				k.must(k.Other.Release(k.ctx, claims(ds...)))
				k.must(k.complete(k.claimOne("mail", r)))
			},
		},
	}
}
