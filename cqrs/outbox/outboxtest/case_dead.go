package outboxtest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/internal/uuid"
)

func deadCases() []suiteCase {
	return []suiteCase{
		{
			"a dead letter is never claimed",
			"A poison message would be retried forever.",
			func(k *kit) {
				r := event("a", "mail")
				k.write(r)
				k.kill(k.claimFor(short, "mail", r)[0])
				k.pass(2 * short) // nor when the lease that it had is over
				k.claimNow("mail")
				k.wantCount("mail", 0, 1)
			},
		},
		{
			"a dead letter is listed with all that is known about it",
			"A person has to decide what to do with it.",
			deadLetterFields,
		},
		{
			"dead letters are filtered",
			"After an outage there are thousands. One is looked for, or those of one subscription are requeued.",
			deadLetterFilter,
		},
		{
			"a requeued dead letter is due at once and has all its attempts again",
			"With the attempts used up it would die from the first new error.",
			func(k *kit) {
				r := event("a", "mail", "audit")
				k.write(r)
				d := k.claimOne("mail", r)
				k.fail(d, outbox.Failure{Error: "broken"})
				k.fail(k.claimOne("mail", r), outbox.Failure{Error: "broken", Retry: long, Dead: true})
				k.kill(k.claimOne("audit", r))
				k.must(k.Store.Requeue(k.ctx, d.ID()))
				again := k.claimOne("mail", r)
				if again.Attempt != 1 {
					k.Fatalf("claimed as attempt %d, want 1", again.Attempt)
				}
				r.To = r.To[:1]
				k.checkContent("a requeued dead letter", r, again)
				k.mustBe(k.complete(d), cqrs.ErrLeaseLost)
				k.wantCount("audit", 0, 1)
				k.must(k.complete(again))
				k.wantCount("mail", 0, 0)
			},
		},
		{
			"a discarded dead letter is deleted, and nothing else",
			"Another subscription's delivery of the same event would be lost.",
			func(k *kit) {
				a, b := event("a", "mail", "audit"), event("b", "mail")
				k.write(a, b)
				ds := k.claimNow("mail", a, b)
				k.kill(ds[0])
				k.kill(ds[1])
				k.kill(k.claimOne("audit", a))
				k.must(k.Store.Discard(k.ctx, ds[0].ID()))
				k.wantCount("mail", 0, 1)
				k.wantCount("audit", 0, 1)
				k.claimNow("mail")
				k.purgeAll(0)
				k.must(k.Store.Discard(k.ctx, ds[1].ID()))
				k.purgeAll(1)
			},
		},
		{
			"Requeue and Discard with an unknown ID return ErrUnknownID and change nothing",
			"Whoever gives a list with a mistake would not know which of them were done.",
			unknownIDs,
		},
		{
			"several dead letters are requeued or discarded together",
			"After an outage there are thousands.",
			func(k *kit) {
				var records []cqrs.Record
				for i := range 60 {
					records = append(records, event(fmt.Sprint(i), "mail"))
				}
				k.write(records...)
				var ids []string
				for _, d := range k.claimNow("mail", records...) {
					k.kill(d)
					ids = append(ids, d.ID())
				}
				k.must(k.Store.Requeue(k.ctx))
				k.must(k.Store.Discard(k.ctx))
				k.must(k.Store.Requeue(k.ctx, append(ids[:30:30], ids[0])...)) // one is there twice
				k.wantCount("mail", 30, 30)
				k.must(k.Store.Discard(k.ctx, append(ids[30:60:60], ids[30])...))
				k.wantCount("mail", 30, 0)
			},
		},
	}
}

func deadLetterFields(k *kit) {
	before := k.now()
	r := keyed("a", "key", "rooms")
	r.Headers = map[string]string{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
	k.write(r)
	d := k.claimOne("rooms", r)
	k.fail(d, outbox.Failure{Error: "first"})
	k.pass(short)
	k.fail(k.claimOne("rooms", r), outbox.Failure{Error: "last: ошибка", Dead: true})
	after := k.now()
	for _, withPayload := range []bool{false, true} {
		letters := k.letters(outbox.Filter{Payload: withPayload})
		if len(letters) != 1 {
			k.Fatalf("there are %d dead letters, want 1", len(letters))
		}
		got := letters[0]
		switch {
		case got.ID != d.ID() || got.Subscription != "rooms" || got.Event != "a" || got.Key != "key":
			k.Fatalf("got %+v, want ID %s, subscription rooms, event a and key key", got, d.ID())
		case got.Attempts != 2 || got.LastError != "last: ошибка":
			k.Fatalf("got %d attempts and the error %q, want 2 and that of the last", got.Attempts, got.LastError)
		case !maps.Equal(got.Headers, r.Headers):
			k.Fatalf("got the headers %v, want %v", got.Headers, r.Headers)
		case !withPayload && got.Payload != nil || withPayload && !bytes.Equal(got.Payload, r.Payload):
			k.Fatalf("got the payload %q with Filter.Payload %v", got.Payload, withPayload)
		}
		// The clocks of the database and of this machine may differ a little.
		if got.Recorded.Before(before.Add(-time.Second)) || !got.Recorded.Before(got.Died) ||
			got.Died.After(after.Add(time.Second)) {
			k.Fatalf("recorded at %v and died at %v, want both between %v and %v", got.Recorded, got.Died, before, after)
		}
	}
}

func deadLetterFilter(k *kit) {
	a, b, c := event("a", "mail", "audit"), event("b", "mail"), event("c", "audit")
	k.write(a, b, c)
	for _, r := range []cqrs.Record{a, b, c} { // they die in the order of their events
		for _, to := range r.To {
			ds := k.claim(to.Subscription, 1, long)
			if len(ds) != 1 {
				k.Fatalf("claimed %v of %s, want one", names(ds), to.Subscription)
			}
			k.kill(ds[0])
			k.pass(short / 10)
		}
	}
	mailA, auditA, mailB, auditC := a.ID+"/mail", a.ID+"/audit", b.ID+"/mail", c.ID+"/audit"
	for _, f := range []struct {
		filter outbox.Filter
		want   []string
	}{
		{outbox.Filter{}, []string{mailA, auditA, mailB, auditC}},
		{outbox.Filter{Subscription: "audit"}, []string{auditA, auditC}},
		{outbox.Filter{Event: "a"}, []string{mailA, auditA}},
		{outbox.Filter{Event: "a", Subscription: "mail"}, []string{mailA}},
		{outbox.Filter{ID: mailB}, []string{mailB}},
		{outbox.Filter{ID: mailB, Subscription: "audit"}, nil},
		{outbox.Filter{ID: "unknown"}, nil},
		{outbox.Filter{Event: "unknown"}, nil},
		{outbox.Filter{Limit: 2}, []string{mailA, auditA}},
		{outbox.Filter{Subscription: "mail", Limit: 1}, []string{mailA}},
		{outbox.Filter{Limit: 9}, []string{mailA, auditA, mailB, auditC}},
	} {
		var got []string
		for _, letter := range k.letters(f.filter) {
			got = append(got, letter.ID)
		}
		// Those of one event may come in any order.
		if len(got) > 1 && got[0] == auditA && got[1] == mailA {
			got[0], got[1] = got[1], got[0]
		}
		if !slices.Equal(got, f.want) {
			k.Fatalf("filter %+v selects %v, want %v", f.filter, got, f.want)
		}
	}
}

func unknownIDs(k *kit) {
	dead, live := event("dead", "mail"), event("live", "audit")
	k.write(dead, live)
	d := k.claimOne("mail", dead)
	k.kill(d)
	for _, id := range []string{
		"", "unknown", "/", uuid.New() + "/mail", dead.ID, dead.ID + "/audit", dead.ID + "/mail/more", live.ID + "/audit",
	} {
		for _, ids := range [][]string{{id}, {d.ID(), id}, {id, d.ID()}} {
			k.mustBe(k.Store.Requeue(k.ctx, ids...), outbox.ErrUnknownID)
			k.mustBe(k.Store.Discard(k.ctx, ids...), outbox.ErrUnknownID)
		}
	}
	k.wantCount("mail", 0, 1)
	k.claimNow("mail")
	k.claimOne("audit", live)
	k.must(k.Store.Requeue(k.ctx, d.ID()))
	k.mustBe(k.Store.Requeue(k.ctx, d.ID()), outbox.ErrUnknownID) // no dead letter any more
	k.mustBe(k.Store.Discard(k.ctx, d.ID()), outbox.ErrUnknownID)
	k.claimOne("mail", dead)
}
