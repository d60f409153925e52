package outboxtest

import (
	"context"
	"errors"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

func contextCases() []suiteCase {
	return []suiteCase{
		{
			"a method of the store whose context has ended returns an error and changes nothing",
			"A relay that stops would lease deliveries that it never sees, or believe that a failure was recorded.",
			func(k *kit) {
				ctx, cancel := context.WithCancel(k.ctx)
				cancel()
				a, b, c, done := event("a", "mail"), event("b", "audit"), event("c", "stock"), event("done", "other")
				k.write(a, b, c, done)
				dead := k.claimOne("audit", b)
				k.kill(dead)
				leased := k.claimFor(short, "stock", c)[0]
				k.extend(long, claims(leased))
				k.must(k.complete(k.claimOne("other", done)))
				k.must(k.Store.Pause(k.ctx, "paused"))
				k.pass(short / 10)
				for name, call := range map[string]func() error{
					"Check":    func() error { return k.Store.Check(ctx) },
					"Database": func() error { return second(k.Store.Database(ctx)) },
					"Claim": func() error {
						return second(k.Store.Claim(ctx, wants(9, "mail"), long))
					},
					"Extend":      func() error { return second(k.Store.Extend(ctx, claims(leased), short)) },
					"Release":     func() error { return k.Store.Release(ctx, claims(leased)) },
					"Fail":        func() error { return k.Store.Fail(ctx, leased.Claim, outbox.Failure{}) },
					"Repair":      func() error { return second(k.Store.Repair(ctx)) },
					"Stats":       func() error { return second(k.Store.Stats(ctx)) },
					"DeadLetters": func() error { return second(k.Store.DeadLetters(ctx, outbox.Filter{})) },
					"Requeue":     func() error { return k.Store.Requeue(ctx, dead.ID()) },
					"Discard":     func() error { return k.Store.Discard(ctx, dead.ID()) },
					"Pause":       func() error { return k.Store.Pause(ctx, "mail") },
					"Resume":      func() error { return k.Store.Resume(ctx, "paused") },
					"Purge":       func() error { return second(k.Store.Purge(ctx, 0)) },
				} {
					err := call()
					if name == "Database" && err == nil {
						continue // a store may know it already
					}
					if err == nil {
						k.Fatalf("%s returns no error", name)
					}
					if name != "Database" && !errors.Is(err, context.Canceled) {
						k.Fatalf("%s returns an error that does not wrap context.Canceled: %v", name, err)
					}
				}
				k.pass(2 * short)
				k.claimOne("mail", a)
				k.claimNow("stock")
				k.must(k.complete(leased))
				k.wantCount("audit", 0, 1)
				if !k.stats("paused").Paused {
					k.Fatal("the pause has ended")
				}
				k.purgeAll(2)
			},
		},
		{
			"a method of the journal whose context has ended returns an error, and nothing is written",
			"The request fails, so its events must not be delivered.",
			func(k *kit) {
				a, timer := event("a", "mail"), scheduled("timer", k.now().Add(-short), "command:timer")
				k.write(a, timer)
				d := k.claimOne("mail", a)
				for name, call := range map[string]func(context.Context, cqrs.Journal) error{
					"Write": func(ctx context.Context, j cqrs.Journal) error {
						return j.Write(ctx, []cqrs.Record{event("b", "audit")}, claims(d))
					},
					"Cancel": func(ctx context.Context, j cqrs.Journal) error { return second(j.Cancel(ctx, timer.ID)) },
				} {
					ctx, cancel := context.WithCancel(k.ctx)
					cancel()
					var got error
					_ = k.Tx(k.ctx, func(j cqrs.Journal) error { // the commit may fail
						got = call(ctx, j)
						return nil
					})
					k.mustBe(got, context.Canceled)
					_ = name
				}
				k.wantCount("audit", 0, 0)
				k.claimOne("command:timer", timer)
				k.must(k.complete(d))
			},
		},
	}
}

// second returns the second of two results.
func second[T any](_ T, err error) error { return err }
