package outboxtest

import (
	"slices"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

func operateCases() []suiteCase {
	return []suiteCase{
		{
			"a paused subscription is not claimed until it is resumed, by any process",
			"An operator pauses it while what it needs is broken, so that its deliveries do not die.",
			func(k *kit) {
				a, b, c := event("a", "mail", "audit"), keyed("b", "key", "rooms"), keyed("c", "key", "rooms")
				k.write(a, b, c)
				rooms := k.claimOne("rooms", b)
				for _, s := range []string{"mail", "rooms", "mail"} {
					k.must(k.Other.Pause(k.ctx, s))
				}
				k.claimNow("mail")
				k.claimOne("audit", a)
				k.must(k.complete(rooms)) // what is in flight goes on
				k.claimNow("rooms")
				d := event("d", "mail")
				k.write(d)
				k.claimNow("mail")
				if !k.stats("mail").Paused || k.stats("audit").Paused {
					k.Fatal("Stats does not report mail, or not only mail, as paused")
				}
				k.must(k.Store.Resume(k.ctx, "mail"))
				k.must(k.Store.Resume(k.ctx, "mail"))
				k.must(k.Store.Resume(k.ctx, "unknown"))
				k.claimNow("mail", a, d)
				k.claimNow("rooms")
				k.must(k.Store.Resume(k.ctx, "rooms"))
				k.claimOne("rooms", c)
			},
		},
		{
			"what is in flight when its subscription is paused can be extended, released and failed",
			"Otherwise it would be lost, or be claimed as soon as the pause ends though it still runs.",
			func(k *kit) {
				a, b, c := event("a", "mail"), event("b", "mail"), event("c", "mail")
				k.write(a, b, c)
				ds := k.claimNow("mail", a, b, c)
				k.must(k.Store.Pause(k.ctx, "mail"))
				k.extend(long, claims(ds...))
				k.must(k.Store.Release(k.ctx, claims(ds[0])))
				k.kill(ds[1])
				k.claimNow("mail")
				k.must(k.Store.Resume(k.ctx, "mail"))
				k.claimNow("mail", a)
				k.must(k.complete(ds[2]))
			},
		},
		{
			"Stats counts each subscription, sorted by name",
			"An operator must see what waits, what is dead, and since when.",
			stats,
		},
		{
			"Purge deletes old records without deliveries, and no others",
			"A record that is still to be delivered, or a dead letter, would be lost.",
			purge,
		},
		{
			"Purge lets new records be",
			"People look at them to see what happened.",
			func(k *kit) {
				r := event("a", "mail")
				k.write(r)
				k.must(k.complete(k.claimOne("mail", r)))
				n, err := k.Store.Purge(k.ctx, long)
				k.must(err)
				if n != 0 {
					k.Fatalf("purged %d records that are not that old", n)
				}
				k.purgeAll(1)
			},
		},
		{
			"Repair changes nothing where nothing is broken",
			"It runs now and then beside everything else; one mistake and a key has two deliveries at a time.",
			func(k *kit) {
				a, b, c, d := keyed("a", "1", "rooms"), keyed("b", "1", "rooms"), keyed("c", "2", "rooms"), keyed("d", "2", "rooms")
				k.write(a, b, c, d, event("e", "mail"))
				k.repair(0)
				ds := k.claimNow("rooms", a, c)
				k.repair(0)
				k.claimNow("rooms")
				k.fail(ds[0], outbox.Failure{Error: "broken", Retry: long})
				k.kill(ds[1])
				k.repair(0)
				k.claimNow("rooms", d)
			},
		},
		{
			"Repair makes the first delivery of each key deliverable again",
			"A key whose mark was lost would be silent forever.",
			func(k *kit) {
				if k.Behead == nil {
					return
				}
				a, b, c, d := keyed("a", "1", "rooms"), keyed("b", "1", "rooms"), keyed("c", "2", "rooms"), keyed("d", "3", "rooms")
				k.write(a, b, c, d)
				k.kill(k.claim("rooms", 1, long)[0])
				leased := k.claim("rooms", 1, long)[0]
				k.must(k.Behead(k.ctx))
				k.claimNow("rooms")
				k.repair(3)
				got := append(k.claimNow("rooms", slices.DeleteFunc([]cqrs.Record{b, c, d}, func(r cqrs.Record) bool {
					return r.ID == leased.RecordID
				})...), leased)
				k.must(k.complete(got...))
				k.repair(0)
			},
		},
	}
}

func (k *kit) repair(want int) {
	k.Helper()
	n, err := k.Store.Repair(k.ctx)
	k.must(err)
	if n != want {
		k.Fatalf("Repair reports %d keys, want %d", n, want)
	}
}

func stats(k *kit) {
	a, b, c := event("a", "mail", "audit"), event("b", "mail", "audit"), event("c", "mail", "audit")
	k.write(a, b, c)
	k.write(scheduled("d", k.now().Add(long), "command:timer"), keyed("e", "key", "rooms"), keyed("f", "key", "rooms"))
	k.must(k.Store.Pause(k.ctx, "idle"))
	ds := k.claimNow("mail", a, b, c)
	k.must(k.complete(ds[0]))
	k.kill(ds[1])
	k.fail(ds[2], outbox.Failure{Error: "broken", Retry: long})
	k.pass(short)
	all, err := k.Store.Stats(k.ctx)
	k.must(err)
	want := []outbox.Stats{
		{Subscription: "audit", Pending: 3}, {Subscription: "command:timer", Pending: 1},
		{Subscription: "idle", Paused: true}, {Subscription: "mail", Pending: 1, Dead: 1},
		{Subscription: "rooms", Pending: 2},
	}
	for i := range all {
		due := all[i].Subscription == "audit" || all[i].Subscription == "rooms"
		if oldest := all[i].Oldest; !due && oldest != 0 || due && (oldest < short/2 || oldest > patience) {
			k.Fatalf("the oldest delivery of %s is due since %v, want %v or a little more, or 0 where none is due",
				all[i].Subscription, oldest, short)
		}
		all[i].Oldest = 0
	}
	if !slices.Equal(all, want) {
		k.Fatalf("got %+v, want %+v", all, want)
	}
}

func purge(k *kit) {
	var records []cqrs.Record
	for _, name := range []string{"pending", "leased", "retried", "dead", "half", "done", "cancelled", "paused"} {
		records = append(records, event(name, name))
	}
	records[4].To = append(records[4].To, cqrs.Destination{Subscription: "other half"})
	records[6] = scheduled("cancelled", k.now().Add(long), "command:cancelled")
	k.write(records...)
	k.write(scheduled("scheduled", k.now().Add(long), "command:timer"))
	k.claimOne("leased", records[1])
	k.fail(k.claimOne("retried", records[2]), outbox.Failure{Error: "broken"})
	k.kill(k.claimOne("dead", records[3]))
	k.must(k.complete(k.claimOne("half", records[4])))
	k.must(k.complete(k.claimOne("done", records[5])))
	k.must(k.Store.Pause(k.ctx, "paused"))

	k.purgeAll(1)
	k.cancel(records[6].ID, true) // its record may be deleted at once
	k.pass(short / 10)
	if n, err := k.Store.Purge(k.ctx, 0); err != nil || n > 1 {
		k.Fatalf("purged %d records with the error %v, want at most 1", n, err)
	}

	k.must(k.Store.Resume(k.ctx, "paused"))
	for _, i := range []int{0, 2, 7} {
		d := k.claimOne(records[i].To[0].Subscription, records[i])
		if string(d.Payload) != string(records[i].Payload) {
			k.Fatalf("got the payload %q, want %q", d.Payload, records[i].Payload)
		}
	}
	k.claimOne("other half", records[4])
	k.wantCount("leased", 1, 0)
	k.wantCount("command:timer", 1, 0)
	letters := k.letters(outbox.Filter{Payload: true})
	if len(letters) != 1 || string(letters[0].Payload) != string(records[3].Payload) {
		k.Fatalf("the dead letters are %+v, want 1 with its payload", letters)
	}
}
