package outboxtest

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/internal/uuid"
)

func (p *player) fail() {
	if len(p.leases) == 0 {
		return
	}
	l := pick(p, p.leases...)
	p.count++
	f := outbox.Failure{Error: fmt.Sprint("error ", p.count), Retry: pick(p, 0, brief, long), Dead: p.chance(40)}
	p.logf("Fail %+v: %+v", l.real, f)
	p.sameError(p.Store.Fail(p.ctx, l.real, f), p.model.Fail(p.ctx, l.model, f))
	p.drop([]lease{l}, 80)
	p.settle()
}

func (p *player) release() {
	released := p.some()
	for _, l := range released {
		p.logf("Release %+v", l.real)
		p.must(p.Store.Release(p.ctx, []cqrs.Claim{l.real}))
		p.must(p.model.Release(p.ctx, []cqrs.Claim{l.model}))
	}
	p.drop(released, 100) // what their claims are good for before others claim depends on the store
}

func (p *player) extend() {
	d := p.duration()
	var real, lost []cqrs.Claim
	for _, l := range p.some() {
		real = append(real, l.real)
		gone, err := p.model.Extend(p.ctx, []cqrs.Claim{l.model}, d)
		p.must(err)
		if len(gone) > 0 {
			lost = append(lost, l.real)
		}
	}
	p.logf("Extend %+v by %v", real, d)
	got, err := p.Store.Extend(p.ctx, real, d)
	p.must(err)
	order := func(a, b cqrs.Claim) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Subscription, b.Subscription), cmp.Compare(a.Token, b.Token))
	}
	slices.SortFunc(got, order)
	slices.SortFunc(lost, order)
	if !slices.Equal(got, lost) {
		p.Fatalf("Extend reports %+v as lost, want %+v", got, lost)
	}
	p.settle()
}

// letterIDs returns IDs of some dead letters, and sometimes one that is unknown.
func (p *player) letterIDs() []string {
	var ids []string
	for _, d := range p.model.deliveries {
		if d.dead() && p.chance(60) || p.chance(2) {
			ids = append(ids, d.id())
		}
	}
	if p.chance(10) {
		ids = append(ids, uuid.New()+"/mail")
	}
	return ids
}

func (p *player) requeue() {
	ids := p.letterIDs()
	p.logf("Requeue %v", ids)
	want := p.model.Requeue(p.ctx, ids...)
	p.sameError(p.Store.Requeue(p.ctx, ids...), want)
	for _, d := range p.model.deliveries {
		if want == nil && slices.Contains(ids, d.id()) {
			p.requeued[d] = true
		}
	}
}

func (p *player) discard() {
	if p.chance(50) {
		return
	}
	ids := p.letterIDs()
	p.logf("Discard %v", ids)
	p.sameError(p.Store.Discard(p.ctx, ids...), p.model.Discard(p.ctx, ids...))
}

func (p *player) pauseOrResume() {
	subscription := p.subscription()
	call := outbox.Store.Resume
	if p.chance(30) {
		call = outbox.Store.Pause
	}
	p.logf("Resume or Pause %s", subscription)
	p.must(call(p.Store, p.ctx, subscription))
	p.must(call(p.model, p.ctx, subscription))
}

func (p *player) purge() {
	p.settle()
	p.logf("Purge")
	got, err := p.Store.Purge(p.ctx, brief)
	p.must(err)
	want, err := p.model.Purge(context.WithoutCancel(p.ctx), brief)
	p.must(err)
	if got < want || got > want+p.cancelled {
		p.Fatalf("purged %d records, want %d, or %d more", got, want, p.cancelled)
	}
	p.cancelled = 0
}
