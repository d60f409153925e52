package outboxtest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// Claim implements [outbox.Store].
func (s *Store) Claim(ctx context.Context, wants []outbox.Want, lease time.Duration) ([]outbox.Delivery, error) {
	var claimed []outbox.Delivery
	err := s.update(ctx, func() error {
		claimed = s.lease(wants, lease)
		return nil
	})
	return claimed, err
}

func (s *Store) lease(wants []outbox.Want, lease time.Duration) []outbox.Delivery {
	now, fronts := s.now(), s.fronts()
	left := map[string]int{}
	for _, w := range wants {
		left[w.Subscription] = w.Limit
	}
	byDue := slices.Clone(s.deliveries)
	slices.SortStableFunc(byDue, func(a, b *delivery) int { return a.due.Compare(b.due) })
	var claimed []outbox.Delivery
	for _, d := range byDue {
		if left[d.to.Subscription] > 0 && s.claimable(d, now, fronts) {
			left[d.to.Subscription]--
			claimed = append(claimed, d.lease(now, lease))
		}
	}
	return claimed
}

// lane is where deliveries follow one another.
type lane struct{ subscription, key string }

func (d *delivery) lane() lane { return lane{d.to.Subscription, d.Key} }

// fronts returns the delivery of each lane that goes before the others: the one that is leased,
// or else the one with the lowest Seq. A lease that has expired counts, because its holder may
// complete it until somebody else claims the same delivery.
func (s *Store) fronts() map[lane]*delivery {
	fronts := map[lane]*delivery{}
	for _, d := range s.deliveries {
		if !d.to.InOrder || d.dead() {
			continue
		}
		if fronts[d.lane()] == nil || d.token != "" {
			fronts[d.lane()] = d
		}
	}
	return fronts
}

func (s *Store) claimable(d *delivery, now time.Time, fronts map[lane]*delivery) bool {
	switch {
	case d.dead(), s.paused[d.to.Subscription], d.due.After(now):
		return false
	case d.token != "" && d.expires.After(now):
		return false
	default:
		return !d.to.InOrder || fronts[d.lane()] == d
	}
}

func (d *delivery) lease(now time.Time, lease time.Duration) outbox.Delivery {
	d.token, d.expires = rand.Text(), now.Add(lease)
	claim := cqrs.Claim{Seq: d.seq, Subscription: d.to.Subscription, InOrder: d.to.InOrder, Token: d.token}
	if d.to.InOrder {
		claim.Key = d.Key
	}
	return outbox.Delivery{
		Claim: claim, RecordID: d.ID, Name: d.Name, Payload: bytes.Clone(d.Payload), Headers: maps.Clone(d.Headers),
		Attempt: d.attempts + 1,
	}
}

// Extend implements [outbox.Store].
func (s *Store) Extend(ctx context.Context, claims []cqrs.Claim, lease time.Duration) (lost []cqrs.Claim, err error) {
	err = s.update(ctx, func() error {
		for _, c := range claims {
			if d := s.held(c); d != nil {
				d.expires = s.now().Add(lease)
			} else {
				lost = append(lost, c)
			}
		}
		return nil
	})
	return lost, err
}

// Release implements [outbox.Store].
func (s *Store) Release(ctx context.Context, claims []cqrs.Claim) error {
	return s.update(ctx, func() error {
		for _, c := range claims {
			if d := s.held(c); d != nil {
				d.token = ""
			}
		}
		return nil
	})
}

// Fail implements [outbox.Store].
func (s *Store) Fail(ctx context.Context, claim cqrs.Claim, f outbox.Failure) error {
	return s.update(ctx, func() error {
		d := s.held(claim)
		if d == nil {
			return fmt.Errorf("outboxtest: recording a failure of delivery %d of %s: %w",
				claim.Seq, claim.Subscription, cqrs.ErrLeaseLost)
		}
		d.token = ""
		d.attempts++
		d.lastError = f.Error
		d.due = s.now().Add(f.Retry)
		if f.Dead {
			d.died = s.now()
		}
		return nil
	})
}

// Repair implements [outbox.Store]. There is never anything to repair.
func (s *Store) Repair(ctx context.Context) (int, error) { return 0, ctx.Err() }

// DeadLetters implements [outbox.Store]. It sorts by the time of death.
func (s *Store) DeadLetters(ctx context.Context, f outbox.Filter) ([]outbox.DeadLetter, error) {
	var letters []outbox.DeadLetter
	err := s.view(ctx, func() {
		for _, d := range s.deliveries {
			if !d.dead() || f.ID != "" && f.ID != d.id() || f.Event != "" && f.Event != d.Name ||
				f.Subscription != "" && f.Subscription != d.to.Subscription {
				continue
			}
			letter := outbox.DeadLetter{
				ID: d.id(), Subscription: d.to.Subscription, Event: d.Name, Key: d.Key, Attempts: d.attempts,
				LastError: d.lastError, Recorded: d.written, Died: d.died, Headers: maps.Clone(d.Headers),
			}
			if f.Payload {
				letter.Payload = bytes.Clone(d.Payload)
			}
			letters = append(letters, letter)
		}
	})
	slices.SortStableFunc(letters, func(a, b outbox.DeadLetter) int { return a.Died.Compare(b.Died) })
	if f.Limit > 0 && len(letters) > f.Limit {
		letters = letters[:f.Limit]
	}
	return letters, err
}

// Stats implements [outbox.Store].
func (s *Store) Stats(ctx context.Context) ([]outbox.Stats, error) {
	var all []outbox.Stats
	err := s.view(ctx, func() {
		entries := map[string]*outbox.Stats{}
		entry := func(subscription string) *outbox.Stats {
			if entries[subscription] == nil {
				entries[subscription] = &outbox.Stats{Subscription: subscription, Paused: s.paused[subscription]}
			}
			return entries[subscription]
		}
		for subscription := range s.paused {
			entry(subscription)
		}
		now := s.now()
		for _, d := range s.deliveries {
			e := entry(d.to.Subscription)
			if d.dead() {
				e.Dead++
				continue
			}
			e.Pending++
			e.Oldest = max(e.Oldest, now.Sub(d.due))
		}
		for _, e := range entries {
			all = append(all, *e)
		}
	})
	slices.SortFunc(all, func(a, b outbox.Stats) int { return cmp.Compare(a.Subscription, b.Subscription) })
	return all, err
}
