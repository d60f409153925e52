package outboxtest

import (
	"cmp"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

func completeCases() []suiteCase {
	return []suiteCase{
		{
			"a completion deletes its delivery and no other",
			"A second one of the record or subscription would be lost.",
			func(k *kit) {
				a, b := event("a", "mail", "audit"), event("b", "mail", "audit")
				k.write(a, b)
				ds := k.claimNow("mail", a, b)
				k.must(k.complete(ds[0]))
				k.wantCount("mail", 1, 0)
				k.wantCount("audit", 2, 0)
				k.must(k.Store.Release(k.ctx, claims(ds[1])))
				k.claimNow("mail", b)
				k.claimNow("audit", a, b)
			},
		},
		{
			"a completion that is rolled back leaves the delivery leased",
			"The handler's effect is rolled back too, so the event would be lost.",
			func(k *kit) {
				r := keyed("a", "key", "rooms")
				k.write(r)
				d := k.claimOne("rooms", r)
				k.mustBe(k.Tx(k.ctx, func(j cqrs.Journal) error {
					return cmp.Or(j.Write(k.ctx, []cqrs.Record{event("b", "mail")}, claims(d)), errRollback)
				}), errRollback)
				k.wantCount("rooms", 1, 0)
				k.wantCount("mail", 0, 0)
				k.claimNow("rooms")
				k.must(k.complete(d)) // the claim is still good
				k.wantCount("rooms", 0, 0)
			},
		},
		{
			"completing a lost claim is ErrLeaseLost, and the records of its transaction never appear",
			"Two processes would both have their effects.",
			func(k *kit) {
				r := event("a", "mail")
				k.write(r)
				first := k.claimFor(short, "mail", r)[0]
				second := k.claimSoon("mail", r)
				k.mustBe(k.Tx(k.ctx, func(j cqrs.Journal) error {
					return j.Write(k.ctx, []cqrs.Record{event("b", "audit")}, claims(first))
				}), cqrs.ErrLeaseLost)
				k.wantCount("audit", 0, 0)
				k.wantCount("mail", 1, 0)
				k.must(k.complete(second))
				k.mustBe(k.complete(second), cqrs.ErrLeaseLost) // already completed
				k.mustBe(k.complete(first), cqrs.ErrLeaseLost)
			},
		},
		{
			"a claim is good as long as nobody else has claimed the delivery, even when its lease has expired",
			"There is no reason to repeat what was done, if slowly. With a longer handler than lease, nothing would " +
				"ever be delivered.",
			func(k *kit) {
				a, b, c := event("a", "mail"), keyed("b", "key", "rooms"), event("c", "audit")
				k.write(a, b, c)
				first := k.claimFor(short, "mail", a)[0]
				second := k.claimFor(short, "rooms", b)[0]
				third := k.claimFor(short, "audit", c)[0]
				k.pass(2 * short)
				k.must(k.complete(first, second))
				k.fail(third, outbox.Failure{Error: "broken"})
			},
		},
		{
			"several completions are all or nothing",
			"If a batch has lost one of its claims, another process has the same effect once more.",
			func(k *kit) {
				a, b, c := event("a", "mail"), event("b", "mail"), event("c", "mail")
				k.write(a)
				lost := k.claimFor(short, "mail", a)[0]
				k.claimSoon("mail", a)
				k.write(b, c)
				ds := k.claimNow("mail", b, c)
				k.mustBe(k.complete(ds[0], lost, ds[1]), cqrs.ErrLeaseLost)
				k.wantCount("mail", 3, 0)
				k.must(k.complete(ds...))
				k.wantCount("mail", 1, 0)
			},
		},
		{
			"a Write that fails has no part in its transaction, even if that is committed",
			"An application may swallow the error; then a part of the records or completions would be lost or too many.",
			func(k *kit) {
				a, b := event("a", "mail"), keyed("b", "key", "rooms")
				k.write(a)
				lost := k.claimFor(short, "mail", a)[0]
				k.must(k.complete(k.claimSoon("mail", a)))
				k.write(b)
				good := k.claimOne("rooms", b)
				// Where an error ends a transaction, the commit fails, which is as good.
				_ = k.Tx(k.ctx, func(j cqrs.Journal) error {
					_ = j.Write(k.ctx, []cqrs.Record{event("c", "audit")}, claims(good, lost))
					return nil
				})
				k.wantCount("audit", 0, 0)
				k.wantCount("rooms", 1, 0)
				k.must(k.complete(good))
			},
		},
		{
			"records and completions of one Write are committed together",
			"An event that a handler records follows from the delivery: " +
				"with one and without the other, it is lost or comes twice.",
			func(k *kit) {
				a, b := event("a", "mail"), event("b", "mail")
				k.write(a)
				d := k.claimOne("mail", a)
				k.tx(func(j cqrs.Journal) error { return j.Write(k.ctx, []cqrs.Record{b}, claims(d)) })
				k.claimOne("mail", b)
				k.wantCount("mail", 1, 0)
			},
		},
		{
			"a claim with the token of another one is lost",
			"A store that looks for the token only, or for the delivery only, deletes the wrong one.",
			func(k *kit) {
				a, b := event("a", "mail"), event("b", "mail")
				k.write(a, b)
				ds := k.claimNow("mail", a, b)
				for _, wrong := range []cqrs.Claim{
					{Seq: ds[0].Seq + 1_000_000, Subscription: "mail", Token: ds[0].Token},
					{Seq: ds[0].Seq, Subscription: "other", Token: ds[0].Token},
					{Seq: ds[0].Seq, Subscription: "mail"},
				} {
					k.mustBe(k.complete(outbox.Delivery{Claim: wrong}), cqrs.ErrLeaseLost)
				}
				k.wantCount("mail", 2, 0)
				k.must(k.complete(ds...))
			},
		},
	}
}
