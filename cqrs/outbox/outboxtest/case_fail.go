package outboxtest

import (
	"strings"
	"unicode/utf8"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

func failCases() []suiteCase {
	return []suiteCase{
		{
			"a failed delivery is claimed again when its delay is over, as the next attempt",
			"Without the delay a relay retries in a busy loop; without the number it never gives up.",
			func(k *kit) {
				a, b := event("a", "mail"), event("b", "audit")
				k.write(a, b)
				first := k.claimOne("mail", a)
				k.fail(first, outbox.Failure{Error: "broken", Retry: short})
				second := k.claimSoon("mail", a)
				k.fail(second, outbox.Failure{Error: "broken"}) // no delay
				third := k.claimOne("mail", a)
				if first.Attempt != 1 || second.Attempt != 2 || third.Attempt != 3 || third.ID() != first.ID() {
					k.Fatalf("the attempts are %d, %d and %d, want 1, 2 and 3", first.Attempt, second.Attempt, third.Attempt)
				}
				k.fail(k.claimOne("audit", b), outbox.Failure{Error: "broken", Retry: long})
				k.pass(2 * short)
				k.claimNow("audit")
				k.wantCount("audit", 1, 0)
			},
		},
		{
			"a failure ends the claim",
			"A failure recorded twice, because the answer to the first was lost on the network, would count twice.",
			func(k *kit) {
				r := event("a", "mail")
				k.write(r)
				d := k.claimOne("mail", r)
				k.fail(d, outbox.Failure{Error: "broken", Retry: short})
				k.mustBe(k.Store.Fail(k.ctx, d.Claim, outbox.Failure{Error: "broken"}), cqrs.ErrLeaseLost)
				k.mustBe(k.complete(d), cqrs.ErrLeaseLost)
				if again := k.claimSoon("mail", r); again.Attempt != 2 {
					k.Fatalf("claimed as attempt %d, want 2", again.Attempt)
				}
			},
		},
		{
			"failing a lost claim is ErrLeaseLost and changes nothing",
			"A slow process would end the lease of the new owner, or bury what the owner delivers.",
			func(k *kit) {
				a, b := event("a", "mail"), event("b", "audit")
				k.write(a, b)
				lost := k.claimFor(short, "mail", a)[0]
				owner := k.claimSoon("mail", a)
				for _, f := range []outbox.Failure{{Error: "late"}, {Error: "late", Dead: true}} {
					k.mustBe(k.Store.Fail(k.ctx, lost.Claim, f), cqrs.ErrLeaseLost)
				}
				k.claimNow("mail")
				k.wantCount("mail", 1, 0)
				k.kill(owner)
				letters := k.letters(outbox.Filter{})
				if len(letters) != 1 || letters[0].Attempts != 1 || letters[0].LastError != "broken" {
					k.Fatalf("the dead letters are %+v, want one with 1 attempt and the error of its owner", letters)
				}
				completed := k.claimOne("audit", b)
				k.must(k.complete(completed))
				k.mustBe(k.Store.Fail(k.ctx, completed.Claim, outbox.Failure{}), cqrs.ErrLeaseLost)
				k.mustBe(k.Store.Fail(k.ctx, owner.Claim, outbox.Failure{Retry: short}), cqrs.ErrLeaseLost)
				k.wantCount("mail", 0, 1)
			},
		},
		{
			"any error text is accepted",
			"If the failure cannot be recorded because of its text, the delivery is retried forever, and without a delay. " +
				"A store may change what its database does not accept, and may shorten the text.",
			func(k *kit) {
				r := event("a", "mail")
				k.write(r)
				for _, text := range []string{
					"", "ошибка 🚪 '\"`;--%s\\", "NUL \x00 byte", "not UTF-8: \xff\xfe", strings.Repeat("long ", 20_000),
				} {
					d := k.claimSoon("mail", r)
					k.fail(d, outbox.Failure{Error: text, Dead: true})
					letters := k.letters(outbox.Filter{})
					if len(letters) != 1 {
						k.Fatalf("there are %d dead letters, want 1", len(letters))
					}
					got := letters[0].LastError
					if clean := utf8.ValidString(text) && !strings.Contains(text, "\x00") && len(text) < 1000; clean && got != text {
						k.Fatalf("the text is %q, want %q", got, text)
					}
					if len(text) > 1000 && !strings.HasPrefix(got, text[:1000]) {
						k.Fatalf("a text of %d bytes is %.50q", len(text), got)
					}
					k.must(k.Store.Requeue(k.ctx, d.ID()))
				}
			},
		},
	}
}
