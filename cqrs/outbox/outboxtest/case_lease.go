package outboxtest

import (
	"github.com/digcqrs/digcqrs/cqrs"
)

func leaseCases() []suiteCase {
	return []suiteCase{
		{
			"an extended lease lasts for the new time from now",
			"A handler that takes longer than a lease would be doubled by another relay.",
			func(k *kit) {
				a, b, c := event("a", "mail"), keyed("b", "key", "rooms"), event("c", "audit")
				k.write(a, b, c)
				mail, rooms := k.claimFor(short, "mail", a)[0], k.claimFor(short, "rooms", b)[0]
				k.extend(long, []cqrs.Claim{mail.Claim, rooms.Claim})
				k.pass(2 * short)
				k.claimNow("mail")
				k.claimNow("rooms")
				k.must(k.complete(mail, rooms)) // the tokens are the same

				audit := k.claimOne("audit", c)
				k.extend(short, claims(audit)) // shorter than it was
				k.claimSoon("audit", c)
			},
		},
		{
			"Extend reports the claims that are lost and extends the others",
			"A relay cancels the handlers of lost claims. If it did not learn of them they would run beside those of " +
				"another process, and if it lost the others they would be done twice.",
			func(k *kit) {
				a, b, c, d := event("a", "mail"), event("b", "audit"), event("c", "stock"), event("d", "other")
				k.write(a, b, c, d)
				taken := k.claimFor(short, "mail", a)[0]
				owner := k.claimSoon("mail", a)
				completed := k.claimOne("audit", b)
				k.must(k.complete(completed))
				failed := k.claimOne("other", d)
				k.kill(failed)
				good := k.claimFor(short, "stock", c)[0]
				k.extend(long, claims(taken, good, completed, failed), taken.Claim, completed.Claim, failed.Claim)
				k.pass(2 * short)
				k.claimNow("stock")
				k.claimNow("mail")
				k.must(k.complete(good))
				k.must(k.complete(owner))
				k.mustBe(k.complete(taken), cqrs.ErrLeaseLost)
				k.extend(long, nil)
			},
		},
		{
			"extending a lost claim changes nothing for its new owner",
			"It would take the lease away from the owner, or keep the delivery after the owner has died.",
			func(k *kit) {
				r := event("a", "mail")
				k.write(r)
				lost := k.claimFor(short, "mail", r)[0]
				owner := k.claimSoon("mail", r)
				k.extend(short, claims(lost), lost.Claim)
				k.pass(2 * short)
				k.claimNow("mail") // still the owner's
				k.extend(short, claims(owner))
				k.extend(long, claims(lost), lost.Claim)
				k.claimSoon("mail", r)
			},
		},
		{
			"a lost claim is lost beside the new claim of the same delivery",
			"A relay that was stopped for a while claims again what it had claimed, and holds both claims. " +
				"If it does not learn that the first is lost, both handlers have their effects.",
			func(k *kit) {
				a, b := event("a", "mail"), keyed("b", "key", "rooms")
				k.write(a, b)
				for _, r := range []cqrs.Record{a, b} {
					subscription := r.To[0].Subscription
					lost := k.claimFor(short, subscription, r)[0]
					again := k.claimSoon(subscription, r)
					k.extend(long, claims(lost, again), lost.Claim)
					k.extend(long, claims(again, lost), lost.Claim)
					k.mustBe(k.complete(lost, again), cqrs.ErrLeaseLost)
					k.mustBe(k.complete(again, lost), cqrs.ErrLeaseLost)
					k.must(k.Store.Release(k.ctx, claims(lost)))
					k.claimNow(subscription)
					k.must(k.complete(again))
				}
			},
		},
		{
			"a released delivery can be claimed at once, and the attempt does not count",
			"When a process stops, its deliveries would wait for their leases, and die of being interrupted.",
			func(k *kit) {
				a, b := event("a", "mail"), keyed("b", "key", "rooms")
				k.write(a, b)
				first, second := k.claimOne("mail", a), k.claimOne("rooms", b)
				k.must(k.Store.Release(k.ctx, claims(first, second)))
				again, rooms := k.claimOne("mail", a), k.claimOne("rooms", b)
				if again.Attempt != 1 || rooms.Attempt != 1 || again.Token == first.Token {
					k.Fatalf("claimed attempts %d and %d with the tokens %q and before %q, want attempt 1 and another token",
						again.Attempt, rooms.Attempt, again.Token, first.Token)
				}
				k.mustBe(k.complete(first), cqrs.ErrLeaseLost)
				k.must(k.complete(again))
			},
		},
		{
			"Release ignores lost claims",
			"A relay that stops would end the leases of another one, and so have its deliveries done twice.",
			func(k *kit) {
				a, b := event("a", "mail"), event("b", "audit")
				k.write(a, b)
				lost := k.claimFor(short, "mail", a)[0]
				owner := k.claimSoon("mail", a)
				audit := k.claimOne("audit", b)
				k.must(k.complete(audit))
				k.must(k.Store.Release(k.ctx, claims(lost, audit)))
				k.must(k.Store.Release(k.ctx, nil))
				k.claimNow("mail")
				k.claimNow("audit")
				k.must(k.complete(owner))
			},
		},
	}
}
