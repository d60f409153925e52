package outboxtest

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

func journalCases() []suiteCase {
	return []suiteCase{
		{
			"a new database is ready and empty",
			"Check fails only where the tables are missing or of another version. A relay does not start otherwise.",
			func(k *kit) {
				k.must(k.Store.Check(k.ctx))
				k.must(k.Other.Check(k.ctx))
				k.claimNow("mail")
				all, err := k.Store.Stats(k.ctx)
				k.must(err)
				if len(all) != 0 || len(k.letters(outbox.Filter{})) != 0 {
					k.Fatalf("an empty database has stats %v", all)
				}
			},
		},
		{
			"records appear when the transaction commits, not before",
			"A delivery that begins before the commit acts on something that may never have happened.",
			func(k *kit) {
				r := event("a", "mail")
				var early []outbox.Delivery
				var err error
				var done <-chan struct{}
				k.tx(func(j cqrs.Journal) error {
					if err := j.Write(k.ctx, []cqrs.Record{r}, nil); err != nil {
						return err
					}
					done = k.meanwhile(func() {
						early, err = k.Other.Claim(k.ctx, wants(1, "mail"), long)
					})
					select {
					case <-done:
						if len(early) > 0 {
							return errors.New("the record was claimed before the commit")
						}
					default: // the claim waits for the transaction
					}
					return nil
				})
				<-done
				k.must(err)
				if len(early) == 0 {
					k.claimOne("mail", r)
				}
			},
		},
		{
			"records of a transaction that is rolled back never appear",
			"They would announce what has not happened.",
			func(k *kit) {
				k.mustBe(k.Tx(k.ctx, func(j cqrs.Journal) error {
					err := j.Write(k.ctx, []cqrs.Record{event("a", "mail"), keyed("b", "key", "rooms")}, nil)
					return cmp.Or(err, errRollback)
				}), errRollback)
				k.claimNow("mail")
				k.claimNow("rooms")
				k.wantCount("mail", 0, 0)
				r := keyed("c", "key", "rooms")
				k.write(r)
				k.claimOne("rooms", r) // nothing is left that holds its key
				k.purgeAll(0)
			},
		},
		{
			"each destination of a record is a delivery of its own",
			"Subscriptions succeed and fail separately: one must not take the event from another.",
			func(k *kit) {
				r := event("a", "mail", "audit", "rooms")
				r.Key, r.To[2].InOrder = "key", true
				k.write(r)
				mail := k.claimOne("mail", r)
				k.must(k.complete(mail))
				k.kill(k.claimOne("audit", r))
				rooms := k.claimOne("rooms", r)
				k.wantCount("mail", 0, 0)
				k.wantCount("audit", 0, 1)
				k.wantCount("rooms", 1, 0)
				k.must(k.complete(rooms))
				k.wantCount("rooms", 0, 0)
			},
		},
		{
			"Write without records and completions does nothing",
			"A statement with an empty list is a syntax error in SQL.",
			func(k *kit) {
				k.tx(func(j cqrs.Journal) error { return j.Write(k.ctx, nil, nil) })
				k.tx(func(j cqrs.Journal) error { return j.Write(k.ctx, []cqrs.Record{}, []cqrs.Claim{}) })
				k.tx(func(cqrs.Journal) error { return nil })
			},
		},
		{
			"3,000 records are written, extended, released and completed at once",
			"Databases limit the parameters of a statement, PostgreSQL to 65,535 and SQLite to 32,766.",
			manyRecords,
		},
		{
			"the store and its journals have the same identity, and another database has another one",
			"By the identity a relay recognizes a journal of another database, whose transaction cannot " +
				"contain the completion.",
			func(k *kit) {
				want, err := k.Store.Database(k.ctx)
				k.must(err)
				other, err := k.Other.Database(k.ctx)
				k.must(err)
				var journal string
				k.tx(func(j cqrs.Journal) (err error) {
					journal, err = j.Database(k.ctx)
					return err
				})
				if want == "" || other != want || journal != want {
					k.Fatalf("the identities are %q, %q through the other connection, %q of a journal", want, other, journal)
				}
				second, err := k.open().Store.Database(k.ctx)
				k.must(err)
				if second == want {
					k.Fatalf("two databases have the identity %q", want)
				}
			},
		},
	}
}

func manyRecords(k *kit) {
	var records []cqrs.Record
	for i := range 3000 {
		records = append(records, event(fmt.Sprint(i), "mail", "audit"))
	}
	k.write(records...)
	ds := k.claim("mail", 5000, long)
	if len(ds) != len(records) {
		k.Fatalf("claimed %d deliveries of %d", len(ds), len(records))
	}
	for i, d := range ds {
		if d.RecordID != records[i].ID {
			k.Fatalf("delivery %d is that of record %s", i, d.Name)
		}
	}
	lost, err := k.Store.Extend(k.ctx, claims(ds...), long)
	k.must(err)
	if len(lost) > 0 {
		k.Fatalf("%d claims are lost", len(lost))
	}
	k.must(k.Store.Release(k.ctx, claims(ds...)))
	ds = k.claim("mail", 5000, long)
	k.must(k.complete(ds...))
	k.wantCount("mail", 0, 0)
	k.wantCount("audit", len(records), 0)
}
