package outboxtest

import (
	"context"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// mutant is a store whose methods a defect replaces.
type mutant struct {
	*Store
	claim   func(context.Context, []outbox.Want, time.Duration) ([]outbox.Delivery, error)
	extend  func(context.Context, []cqrs.Claim, time.Duration) ([]cqrs.Claim, error)
	release func(context.Context, []cqrs.Claim) error
	fail    func(context.Context, cqrs.Claim, outbox.Failure) error
	repair  func(context.Context) (int, error)
	stats   func(context.Context) ([]outbox.Stats, error)
	letters func(context.Context, outbox.Filter) ([]outbox.DeadLetter, error)
	requeue func(context.Context, ...string) error
	discard func(context.Context, ...string) error
	pause   func(context.Context, string) error
	resume  func(context.Context, string) error
	purge   func(context.Context, time.Duration) (int, error)

	tx     func(context.Context, func(cqrs.Journal) error) error
	write  func(context.Context, journal, []cqrs.Record, []cqrs.Claim) error
	cancel func(context.Context, journal, string) (bool, error)
	behead func(context.Context) error
}

func newMutant() *mutant {
	s := NewStore()
	return &mutant{
		Store: s, claim: s.Claim, extend: s.Extend, release: s.Release, fail: s.Fail, repair: s.Repair, stats: s.Stats,
		letters: s.DeadLetters, requeue: s.Requeue, discard: s.Discard, pause: s.Pause, resume: s.Resume, purge: s.Purge,
		tx: s.Tx,
		write: func(ctx context.Context, j journal, records []cqrs.Record, completed []cqrs.Claim) error {
			return j.Write(ctx, records, completed)
		},
		cancel: func(ctx context.Context, j journal, id string) (bool, error) { return j.Cancel(ctx, id) },
	}
}

func (m *mutant) database() Database {
	return Database{
		Store: m, Advance: m.Advance, Behead: m.behead,
		Tx: func(ctx context.Context, f func(cqrs.Journal) error) error {
			return m.tx(ctx, func(j cqrs.Journal) error {
				if j, ok := j.(journal); ok {
					return f(mutantJournal{j, m})
				}
				return f(j)
			})
		},
	}
}

func (m *mutant) Claim(ctx context.Context, wants []outbox.Want, lease time.Duration) ([]outbox.Delivery, error) {
	return m.claim(ctx, wants, lease)
}

func (m *mutant) Extend(ctx context.Context, claims []cqrs.Claim, lease time.Duration) ([]cqrs.Claim, error) {
	return m.extend(ctx, claims, lease)
}

func (m *mutant) Release(ctx context.Context, claims []cqrs.Claim) error {
	return m.release(ctx, claims)
}

func (m *mutant) Fail(ctx context.Context, claim cqrs.Claim, f outbox.Failure) error {
	return m.fail(ctx, claim, f)
}

func (m *mutant) Repair(ctx context.Context) (int, error) { return m.repair(ctx) }

func (m *mutant) Stats(ctx context.Context) ([]outbox.Stats, error) { return m.stats(ctx) }

func (m *mutant) DeadLetters(ctx context.Context, f outbox.Filter) ([]outbox.DeadLetter, error) {
	return m.letters(ctx, f)
}

func (m *mutant) Requeue(ctx context.Context, ids ...string) error { return m.requeue(ctx, ids...) }

func (m *mutant) Discard(ctx context.Context, ids ...string) error { return m.discard(ctx, ids...) }

func (m *mutant) Pause(ctx context.Context, s string) error { return m.pause(ctx, s) }

func (m *mutant) Resume(ctx context.Context, s string) error { return m.resume(ctx, s) }

func (m *mutant) Purge(ctx context.Context, d time.Duration) (int, error) { return m.purge(ctx, d) }

type mutantJournal struct {
	journal
	m *mutant
}

func (j mutantJournal) Write(ctx context.Context, records []cqrs.Record, completed []cqrs.Claim) error {
	return j.m.write(ctx, j.journal, records, completed)
}

func (j mutantJournal) Cancel(ctx context.Context, id string) (bool, error) {
	return j.m.cancel(ctx, j.journal, id)
}

// unlock lets others write.
func (tx *Tx) unlock() {
	if tx.end != nil {
		tx.end()
		tx.end = nil
	}
}

// change calls f while nothing else looks at the store.
func (m *mutant) change(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

// live calls f for each delivery that is no dead letter.
func (m *mutant) live(f func(d *delivery)) {
	m.change(func() {
		for _, d := range m.deliveries {
			if !d.dead() {
				f(d)
			}
		}
	})
}

// current returns the claim with the token that the delivery has now.
func (m *mutant) current(c cqrs.Claim) cqrs.Claim {
	m.live(func(d *delivery) {
		if d.seq == c.Seq {
			c.Token = d.token
		}
	})
	return c
}

// hiding claims while the deliveries for which hide returns true are absent.
func (m *mutant) hiding(hide func(d *delivery, all []*delivery) bool) {
	m.claim = func(ctx context.Context, wants []outbox.Want, lease time.Duration) (ds []outbox.Delivery, err error) {
		err = m.update(ctx, func() error {
			all := m.deliveries
			m.deliveries = nil
			for _, d := range all {
				if !hide(d, all) {
					m.deliveries = append(m.deliveries, d)
				}
			}
			ds = m.lease(wants, lease)
			m.deliveries = all
			return nil
		})
		return ds, err
	}
}

// pretending claims while f has changed the deliveries, of which it gets copies.
func (m *mutant) pretending(f func(d *delivery)) {
	m.claim = func(ctx context.Context, wants []outbox.Want, lease time.Duration) (ds []outbox.Delivery, err error) {
		err = m.update(ctx, func() error {
			before := make([]delivery, len(m.deliveries))
			for i, d := range m.deliveries {
				before[i] = *d
				copied := *d.record
				d.record = &copied
				f(d)
			}
			ds = m.lease(wants, lease)
			for i, d := range m.deliveries {
				token, expires := d.token, d.expires
				*d = before[i]
				d.token, d.expires = token, expires
				for n := range ds {
					if ds[n].Seq == d.seq {
						ds[n].Key, ds[n].InOrder = "", d.to.InOrder
						if d.to.InOrder {
							ds[n].Key = d.Key
						}
					}
				}
			}
			return nil
		})
		return ds, err
	}
}
