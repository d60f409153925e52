package outboxtest

import (
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/uuid"
)

// cancel cancels in a transaction that commits.
func (k *kit) cancel(id string, want bool) {
	k.Helper()
	var found bool
	k.tx(func(j cqrs.Journal) (err error) {
		found, err = j.Cancel(k.ctx, id)
		return err
	})
	if found != want {
		k.Fatalf("Cancel(%q) reports %v, want %v", id, found, want)
	}
}

func scheduleCases() []suiteCase {
	return []suiteCase{
		{
			"a scheduled record is claimed when it is due, not before",
			"A reminder that comes at once, or never, reminds nobody.",
			func(k *kit) {
				due := k.now().Add(3 * short)
				later, soon := scheduled("later", due.Add(long), "command:timer"), scheduled("soon", due, "command:timer")
				k.write(later, soon)
				k.claimSoon("command:timer", soon)
				if now := k.now(); now.Before(due.Add(-short)) {
					k.Fatalf("claimed %v before it was due", due.Sub(now))
				}
				k.claimNow("command:timer")
				k.wantCount("command:timer", 2, 0)
			},
		},
		{
			"a time is the same in every time zone",
			"Text or a column without a zone shifts it by hours.",
			func(k *kit) {
				east, west := time.FixedZone("east", 14*3600), time.FixedZone("west", -12*3600)
				past, future := k.now().Add(-10*time.Minute), k.now().Add(10*time.Minute)
				a, b := scheduled("a", past.In(east), "command:timer"), scheduled("b", past.In(west), "command:timer")
				k.write(a, b, scheduled("c", future.In(east), "command:timer"), scheduled("d", future.In(west), "command:timer"))
				k.claimNow("command:timer", a, b)
			},
		},
		{
			"a cancelled record is not delivered",
			"The time-out of an order that was paid would cancel it.",
			func(k *kit) {
				a, b := scheduled("a", k.now().Add(short), "command:timer"), scheduled("b", k.now().Add(short), "command:timer")
				k.write(a, b)
				k.cancel(a.ID, true)
				k.claimSoon("command:timer", b)
				k.claimNow("command:timer")
				k.wantCount("command:timer", 1, 0)
				k.cancel(a.ID, false)
			},
		},
		{
			"Cancel reports false for an unknown ID",
			"The caller must learn that it came too late.",
			func(k *kit) {
				for _, id := range []string{"", "unknown", uuid.New()} {
					k.cancel(id, false)
				}
			},
		},
		{
			"Cancel reports false after the delivery",
			"The caller must learn that it came too late.",
			func(k *kit) {
				r := scheduled("a", k.now().Add(-short), "command:timer")
				k.write(r)
				k.must(k.complete(k.claimOne("command:timer", r)))
				k.cancel(r.ID, false)
			},
		},
		{
			"Cancel reports false for a dead letter, and leaves it",
			"Perhaps its handler has done a part of its work; an operator has to look at it.",
			func(k *kit) {
				r := scheduled("a", k.now().Add(-short), "command:timer")
				k.write(r)
				k.kill(k.claimOne("command:timer", r))
				k.cancel(r.ID, false)
				k.wantCount("command:timer", 0, 1)
			},
		},
		{
			"a record that is cancelled while it is leased cannot be completed",
			"Cancel has reported that the command was not delivered.",
			func(k *kit) {
				r := scheduled("a", k.now().Add(-short), "command:timer")
				k.write(r)
				d := k.claimOne("command:timer", r)
				k.cancel(r.ID, true)
				k.mustBe(k.complete(d), cqrs.ErrLeaseLost)
				k.wantCount("command:timer", 0, 0)
			},
		},
		{
			"only a command can be cancelled",
			"What has happened has happened: a subscription would never learn of the event.",
			func(k *kit) {
				a, b := event("a", "mail"), keyed("b", "key", "rooms")
				k.write(a, b)
				k.cancel(a.ID, false)
				k.cancel(b.ID, false)
				k.claimOne("mail", a)
				k.claimOne("rooms", b)
			},
		},
		{
			"a cancellation that is rolled back has no effect",
			"What the application has done in the transaction is gone too, so the command is still needed.",
			func(k *kit) {
				r := scheduled("a", k.now().Add(-short), "command:timer")
				k.write(r)
				k.mustBe(k.Tx(k.ctx, func(j cqrs.Journal) error {
					found, err := j.Cancel(k.ctx, r.ID)
					if err != nil {
						return err
					}
					if !found {
						k.Error("Cancel reports false, want true")
					}
					return errRollback
				}), errRollback)
				k.claimOne("command:timer", r)
			},
		},
		{
			"a transaction can cancel and write",
			"To put off a time-out is to cancel it and to schedule another.",
			func(k *kit) {
				a, b := scheduled("a", k.now().Add(-short), "command:timer"), scheduled("b", k.now().Add(-short), "command:timer")
				k.write(a)
				k.tx(func(j cqrs.Journal) error {
					if _, err := j.Cancel(k.ctx, a.ID); err != nil {
						return err
					}
					return j.Write(k.ctx, []cqrs.Record{b}, nil)
				})
				k.claimNow("command:timer", b)
			},
		},
	}
}
