package outboxtest

import (
	"context"
	"slices"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// before reports whether d has one before it with its key for which f returns true.
func (d *delivery) before(all []*delivery, f func(*delivery) bool) bool {
	return d.to.InOrder && slices.ContainsFunc(all, func(other *delivery) bool {
		return other.lane() == d.lane() && other.seq < d.seq && f(other)
	})
}

// after is like before for one behind d.
func (d *delivery) after(all []*delivery, f func(*delivery) bool) bool {
	return d.to.InOrder && slices.ContainsFunc(all, func(other *delivery) bool {
		return other.lane() == d.lane() && other.seq > d.seq && f(other)
	})
}

func orderDefects() []Defect {
	return []Defect{
		{"keys are not ordered", "deliveries of one key come one at a time, in the order of their events", func(m *mutant) {
			m.pretending(func(d *delivery) { d.to.InOrder = false })
		}},
		{"there is one order for all keys",
			"a delivery that waits for a retry holds back its key, and only its key", func(m *mutant) {
				m.pretending(func(d *delivery) { d.Key = "" })
			}},
		{"a retry does not hold back its key", "a delivery that waits for a retry holds back its key, and only its key",
			func(m *mutant) {
				m.hiding(func(d *delivery, _ []*delivery) bool { return d.due.After(m.now()) })
			}},
		{"a leased delivery does not hold back its key",
			"deliveries of one key come one at a time, in the order of their events",
			func(m *mutant) {
				m.hiding(func(d *delivery, _ []*delivery) bool { return d.token != "" && d.expires.After(m.now()) })
			}},
		{"a dead letter holds back its key", "a dead letter lets the next of its key go", func(m *mutant) {
			m.hiding(func(d *delivery, all []*delivery) bool { return d.before(all, (*delivery).dead) })
		}},
		{"the last of a key goes first",
			"deliveries of one key come one at a time, in the order of their events", func(m *mutant) {
				m.hiding(func(d *delivery, all []*delivery) bool {
					return d.after(all, func(other *delivery) bool { return !other.dead() })
				})
			}},
		{"subscriptions share an order", "ordered subscriptions are independent of each other", func(m *mutant) {
			m.hiding(func(d *delivery, all []*delivery) bool {
				return d.to.InOrder && slices.ContainsFunc(all, func(other *delivery) bool {
					return other.Key == d.Key && other.attempts > 0 && other.to != d.to
				})
			})
		}},
		{"a released delivery goes to the end of its key",
			"an expired or released lease does not let the next of the key go first",
			func(m *mutant) {
				m.release = func(ctx context.Context, claims []cqrs.Claim) error {
					err := m.Store.Release(ctx, claims)
					m.change(func() {
						for _, c := range claims {
							for _, d := range m.deliveries {
								if d.seq == c.Seq && d.token == "" {
									d.due = m.now().Add(time.Microsecond)
								}
							}
						}
						time.Sleep(2 * time.Microsecond)
					})
					m.hiding(func(d *delivery, all []*delivery) bool {
						return d.after(all, func(other *delivery) bool { return other.due.Before(d.due) })
					})
					return err
				}
			}},
		{"a key that has run empty stays silent", "a record of a key whose last delivery was completed before can be claimed",
			func(m *mutant) {
				used := map[lane]int64{}
				m.hiding(func(d *delivery, all []*delivery) bool {
					last, known := used[d.lane()]
					if !known {
						used[d.lane()] = d.seq
						return false
					}
					return d.to.InOrder && d.seq > last && !d.before(all, func(*delivery) bool { return true })
				})
			}},
		{"unordered subscriptions keep an order, too",
			"an unordered subscription is not held back by the keys of its records",
			func(m *mutant) {
				m.pretending(func(d *delivery) { d.to.InOrder = true })
			}},
		{"an empty key has no order", "an empty key is a key like any other", func(m *mutant) {
			m.pretending(func(d *delivery) { d.to.InOrder = d.to.InOrder && d.Key != "" })
		}},
		{"a requeued dead letter runs beside others", "a requeued dead letter does not run beside another one of its key",
			func(m *mutant) {
				m.hiding(func(d *delivery, all []*delivery) bool {
					return d.token != "" && d.before(all, func(other *delivery) bool { return !other.dead() && other.token == "" })
				})
			}},
		{"a requeued dead letter overtakes one whose lease has expired",
			"a requeued dead letter does not overtake one of its key that is being retried", func(m *mutant) {
				m.hiding(func(d *delivery, all []*delivery) bool {
					return d.token != "" && !d.expires.After(m.now()) &&
						d.before(all, func(other *delivery) bool { return !other.dead() && other.token == "" })
				})
			}},
		{"a requeued dead letter of an idle key is forgotten",
			"a requeued dead letter of an idle key is claimed, and those after it one by one", func(m *mutant) {
				requeued := map[string]bool{}
				m.requeue = func(ctx context.Context, ids ...string) error {
					for _, id := range ids {
						requeued[id] = true
					}
					return m.Store.Requeue(ctx, ids...)
				}
				m.hiding(func(d *delivery, _ []*delivery) bool { return requeued[d.id()] })
			}},
		{"only one requeued dead letter becomes deliverable",
			"requeued dead letters of several keys are all claimed", func(m *mutant) {
				first := ""
				requeued := map[string]bool{}
				m.requeue = func(ctx context.Context, ids ...string) error {
					for i, id := range ids {
						if requeued[id] = true; i == 0 {
							first = id
						}
					}
					return m.Store.Requeue(ctx, ids...)
				}
				m.hiding(func(d *delivery, _ []*delivery) bool { return requeued[d.id()] && d.id() != first })
			}},
		{"the next of a key does not wait for the commit", "the next of a key waits until a completion has committed",
			func(m *mutant) { m.dirtyCompletions() }},
		{"a record written with the completion of its key is forgotten",
			"a completion and a record of the same key in one Write leave the key in order", func(m *mutant) {
				m.write = func(ctx context.Context, j journal, records []cqrs.Record, completed []cqrs.Claim) error {
					records = slices.DeleteFunc(slices.Clone(records), func(r cqrs.Record) bool {
						return slices.ContainsFunc(completed, func(c cqrs.Claim) bool { return c.InOrder && c.Key == r.Key })
					})
					return j.Write(ctx, records, completed)
				}
			}},
		{"Repair does nothing", "Repair makes the first delivery of each key deliverable again", func(m *mutant) {
			m.keepMarks()
			m.repair = func(context.Context) (int, error) { return 0, nil }
		}},
		{"Repair ends leases", "Repair changes nothing where nothing is broken", func(m *mutant) {
			m.repair = func(context.Context) (int, error) {
				m.live(func(d *delivery) { d.token = "" })
				return 0, nil
			}
		}},
		{"Repair counts the keys that have a first delivery",
			"Repair changes nothing where nothing is broken", func(m *mutant) {
				m.repair = func(context.Context) (n int, err error) {
					m.change(func() { n = len(m.fronts()) })
					return n, nil
				}
			}},
	}
}

// Marked returns a correct database that keeps a mark for each key.
func Marked() Database {
	m := newMutant()
	m.keepMarks()
	return m.database()
}

// keepMarks keeps marks that can be lost, without any defect.
func (m *mutant) keepMarks() {
	lost := map[lane]bool{}
	m.hiding(func(d *delivery, _ []*delivery) bool { return d.to.InOrder && lost[d.lane()] })
	m.behead = func(context.Context) error {
		m.change(func() {
			for l := range m.fronts() {
				lost[l] = true
			}
		})
		return nil
	}
	m.repair = func(ctx context.Context) (n int, err error) {
		err = m.update(ctx, func() error {
			n = len(lost)
			clear(lost)
			return nil
		})
		return n, err
	}
}

// dirtyCompletions has claims see completions that have not committed, and not wait for them.
func (m *mutant) dirtyCompletions() {
	completed := map[int64]bool{}
	m.write = func(ctx context.Context, j journal, records []cqrs.Record, claims []cqrs.Claim) error {
		err := j.Write(ctx, records, claims)
		m.change(func() {
			for _, c := range claims {
				completed[c.Seq] = err == nil
			}
		})
		return err
	}
	m.claim = func(_ context.Context, wants []outbox.Want, lease time.Duration) (ds []outbox.Delivery, err error) {
		m.change(func() {
			all := m.deliveries
			m.deliveries = slices.DeleteFunc(slices.Clone(all), func(d *delivery) bool { return completed[d.seq] })
			ds = m.lease(wants, lease)
			m.deliveries = all
		})
		return ds, nil
	}
}
