package outboxtest

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// claim claims from the store and makes the model lease the same deliveries: which ones come first is the
// store's choice, within limits.
func (p *player) claim() {
	d := p.duration()
	var wants []outbox.Want
	for _, s := range []string{"mail", "audit", "rooms", "stock", "command:timer"} {
		if p.chance(60) {
			wants = append(wants, outbox.Want{Subscription: s, Limit: pick(p, 0, 1, 3, 100)})
		}
	}
	got, err := pick(p, p.Store, p.Other).Claim(p.ctx, wants, d)
	p.must(err)
	p.logf("Claim %+v for %v:", wants, d)
	for _, g := range got {
		p.logf("  %s %+v, attempt %d", g.RecordID, g.Claim, g.Attempt)
	}
	problem := ""
	p.must(p.model.update(p.ctx, func() error {
		problem = p.adopt(got, wants, d)
		return nil
	}))
	if problem != "" {
		p.Fatal(problem)
	}
	p.settle()
}

// adopt has the model lease what the store has claimed, and returns what is wrong with it.
func (p *player) adopt(got []outbox.Delivery, wants []outbox.Want, length time.Duration) (problem string) {
	now := p.model.now()
	left := map[string]int{}
	for _, w := range wants {
		left[w.Subscription] = w.Limit
	}
	for _, g := range got {
		i := slices.IndexFunc(p.model.deliveries, func(d *delivery) bool { return d.id() == g.ID() })
		if i < 0 {
			return fmt.Sprintf("claimed %s, which has been completed or deleted, or was rolled back", g.ID())
		}
		d := p.model.deliveries[i]
		if left[g.Subscription]--; left[g.Subscription] < 0 {
			return fmt.Sprintf("claimed more of %s than wanted", g.Subscription)
		}
		if !p.mayClaim(d, now) {
			return fmt.Sprintf("claimed %s, which is leased, dead, paused, not due or behind another one with its key", g.ID())
		}
		m := d.lease(now, length)
		if g.Key != m.Key || g.InOrder != m.InOrder || g.Name != m.Name || g.Attempt != m.Attempt ||
			!bytes.Equal(g.Payload, m.Payload) || !sameMap(g.Headers, m.Headers) {
			return fmt.Sprintf("claimed %+v, want a delivery like %+v", g, m)
		}
		p.leases = append(p.leases, lease{real: g.Claim, model: m.Claim})
	}
	for _, d := range p.model.deliveries {
		if left[d.to.Subscription] > 0 && p.mustClaim(d, now) {
			return fmt.Sprintf("left out %s", d.id())
		}
	}
	return ""
}

// fronts returns the deliveries that may go before others with the key of d: that which is leased, or
// else the first, and those behind it before which there are only requeued ones.
func (p *player) fronts(d *delivery) []*delivery {
	var fronts []*delivery
	for _, other := range p.model.deliveries {
		if other.lane() != d.lane() || other.dead() {
			continue
		}
		if other.token != "" {
			return []*delivery{other}
		}
		if !slices.ContainsFunc(fronts, func(f *delivery) bool { return !p.requeued[f] }) {
			fronts = append(fronts, other)
		}
	}
	return fronts
}

// ready is what mayClaim and mustClaim have in common.
func (p *player) ready(d *delivery, now time.Time) bool {
	return !d.dead() && !p.model.paused[d.to.Subscription] && !d.due.After(now) && (d.token == "" || !d.expires.After(now))
}

func (p *player) mayClaim(d *delivery, now time.Time) bool {
	return p.ready(d, now) && (!d.to.InOrder || slices.Contains(p.fronts(d), d))
}

func (p *player) mustClaim(d *delivery, now time.Time) bool {
	if !p.mayClaim(d, now) {
		return false
	}
	return !d.to.InOrder || !slices.ContainsFunc(p.fronts(d), func(f *delivery) bool { return !p.ready(f, now) })
}

// compare compares what can be read.
func (p *player) compare() {
	p.logf("Stats, DeadLetters, Repair")
	n, err := p.Store.Repair(p.ctx)
	p.must(err)
	if n != 0 {
		p.Fatalf("Repair reports %d keys, want none", n)
	}
	got, err := p.Store.Stats(p.ctx)
	p.must(err)
	want, err := p.model.Stats(p.ctx)
	p.must(err)
	for _, all := range [][]outbox.Stats{got, want} {
		for i := range all {
			all[i].Oldest = 0
		}
	}
	if !slices.Equal(got, want) {
		p.Fatalf("the stats are %+v, want %+v", got, want)
	}
	filter := outbox.Filter{Payload: p.chance(50)}
	if p.chance(30) {
		filter.Subscription = p.subscription()
	}
	if p.chance(30) {
		filter.Event = pick(p, "joined", "left")
	}
	letters := p.letters(filter)
	wanted, err := p.model.DeadLetters(p.ctx, filter)
	p.must(err)
	byID := func(a, b outbox.DeadLetter) int { return cmp.Compare(a.ID, b.ID) }
	slices.SortFunc(letters, byID)
	slices.SortFunc(wanted, byID)
	if !slices.EqualFunc(letters, wanted, sameLetter) {
		p.Fatalf("the dead letters with %+v are %+v, want %+v", filter, letters, wanted)
	}
}

// sameLetter compares all but the times, and the key only if the store keeps it.
func sameLetter(a, b outbox.DeadLetter) bool {
	return a.ID == b.ID && a.Subscription == b.Subscription && a.Event == b.Event && (a.Key == b.Key || a.Key == "") &&
		a.Attempts == b.Attempts && a.LastError == b.LastError && sameMap(a.Headers, b.Headers) &&
		bytes.Equal(a.Payload, b.Payload)
}

func sameMap(a, b map[string]string) bool { return len(a)+len(b) == 0 || maps.Equal(a, b) }
