package outboxtest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

func raceDefects() []Defect {
	return []Defect{
		{"claims at the same time get the same",
			"relays that claim at the same time never get the same delivery", func(m *mutant) {
				var last []outbox.Delivery
				n := 0
				m.claim = func(ctx context.Context, wants []outbox.Want, lease time.Duration) ([]outbox.Delivery, error) {
					ds, err := m.Store.Claim(ctx, wants, lease)
					m.change(func() {
						if n++; n%10 == 0 {
							ds = append(ds, last...)
						}
						last = slices.Clone(ds)
					})
					return ds, err
				}
			}},
		{"a claim does not wait for a completion",
			"a lease that expires while its completion is being committed does not double the delivery",
			func(m *mutant) {
				m.claim = func(_ context.Context, wants []outbox.Want, lease time.Duration) (ds []outbox.Delivery, err error) {
					m.change(func() { ds = m.lease(wants, lease) })
					return ds, nil
				}
			}},
		{"completions are not fenced",
			"whatever expires, fails or is released, each delivery has its effect once, in the order of its key",
			func(m *mutant) {
				m.write = func(ctx context.Context, j journal, records []cqrs.Record, completed []cqrs.Claim) error {
					completed = slices.Clone(completed)
					for i, c := range completed {
						completed[i] = m.current(c)
					}
					if err := j.Write(ctx, records, completed); err != nil {
						return j.Write(ctx, records, nil)
					}
					return nil
				}
			}},
		{"a cursor skips what commits late",
			"a transaction that commits late is delivered, although later ones were claimed before",
			func(m *mutant) {
				m.lateCommits()
				read := int64(0)
				m.hiding(func(d *delivery, all []*delivery) bool {
					if d == all[len(all)-1] {
						defer func() { read = d.seq }()
					}
					return d.seq < read
				})
			}},
		{"an append misses the completion before it",
			"a record that is written while the last of its key is completed is delivered",
			func(m *mutant) { m.raceMarks() }},
	}
}

// LateCommits returns a correct database in which transactions write side by side.
func LateCommits() Database {
	m := newMutant()
	m.lateCommits()
	return m.database()
}

// lateCommits takes sequence numbers when records are written, and lets transactions write side by side.
func (m *mutant) lateCommits() {
	m.tx = func(ctx context.Context, f func(cqrs.Journal) error) error {
		b := &buffer{m: m}
		if err := f(b); err != nil {
			return err
		}
		defer m.change(func() {
			slices.SortFunc(m.deliveries, func(a, b *delivery) int { return cmp.Compare(a.seq, b.seq) })
		})
		return m.Tx(ctx, func(j cqrs.Journal) error {
			if err := j.Write(ctx, b.records, b.completed); err != nil {
				return err
			}
			for i, d := range j.(journal).tx.added {
				d.seq = b.seqs[i]
			}
			return nil
		})
	}
}

// buffer is the journal of a transaction that writes when it commits.
type buffer struct {
	cqrs.Journal
	m         *mutant
	records   []cqrs.Record
	completed []cqrs.Claim
	seqs      []int64
}

func (b *buffer) Write(_ context.Context, records []cqrs.Record, completed []cqrs.Claim) error {
	b.records, b.completed = records, completed
	b.m.change(func() {
		for _, r := range records {
			for range r.To {
				b.m.seq++
				b.seqs = append(b.seqs, b.m.seq)
			}
		}
	})
	return nil
}

// raceMarks marks the first delivery of a key, but looks before it locks.
func (m *mutant) raceMarks() {
	unmarked := map[string]bool{} // IDs of records
	m.hiding(func(d *delivery, _ []*delivery) bool { return unmarked[d.ID] })
	m.write = func(ctx context.Context, j journal, records []cqrs.Record, completed []cqrs.Claim) error {
		busy := map[string]bool{}
		waiting := map[string]bool{}
		m.live(func(d *delivery) { busy[d.Key] = true })
		m.change(func() { waiting = maps.Clone(unmarked) })
		time.Sleep(time.Millisecond)
		err := j.Write(ctx, records, completed)
		m.change(func() {
			for _, r := range records {
				unmarked[r.ID] = busy[r.Key]
			}
			if len(completed) > 0 {
				for id := range waiting {
					delete(unmarked, id)
				}
			}
		})
		return err
	}
}
