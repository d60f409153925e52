package outboxtest

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
)

func journalDefects() []Defect {
	return []Defect{
		{"a rollback keeps what was written", "records of a transaction that is rolled back never appear", func(m *mutant) {
			m.tx = func(_ context.Context, f func(cqrs.Journal) error) error {
				tx := m.Begin()
				err := f(NewJournal(tx))
				return cmp.Or(tx.Commit(), err)
			}
		}},
		{"records are visible before the commit", "records appear when the transaction commits, not before", func(m *mutant) {
			m.write = func(ctx context.Context, j journal, records []cqrs.Record, completed []cqrs.Claim) error {
				j.tx.unlock()
				return m.Tx(ctx, func(j cqrs.Journal) error { return j.Write(ctx, records, completed) })
			}
		}},
		{"a completion survives the rollback",
			"a completion that is rolled back leaves the delivery leased", func(m *mutant) {
				m.write = func(ctx context.Context, j journal, records []cqrs.Record, completed []cqrs.Claim) error {
					j.tx.unlock()
					err := m.Tx(ctx, func(j cqrs.Journal) error { return j.Write(ctx, nil, completed) })
					return cmp.Or(err, j.Write(ctx, records, nil))
				}
			}},
		{"a completion ignores the token",
			"completing a lost claim is ErrLeaseLost, and the records of its transaction never appear",
			func(m *mutant) {
				m.write = func(ctx context.Context, j journal, records []cqrs.Record, completed []cqrs.Claim) error {
					completed = slices.Clone(completed)
					for i, c := range completed {
						completed[i] = m.current(c)
					}
					return j.Write(ctx, records, completed)
				}
			}},
		{"a completion checks the token only", "a claim with the token of another one is lost", func(m *mutant) {
			m.write = func(ctx context.Context, j journal, records []cqrs.Record, completed []cqrs.Claim) error {
				completed = slices.Clone(completed)
				m.live(func(d *delivery) {
					for i, c := range completed {
						if d.token == c.Token && c.Token != "" {
							completed[i].Seq, completed[i].Subscription = d.seq, d.to.Subscription
						}
					}
				})
				return j.Write(ctx, records, completed)
			}
		}},
		{"an expired lease cannot be completed",
			"a claim is good as long as nobody else has claimed the delivery, even when its lease has expired", func(m *mutant) {
				m.write = func(ctx context.Context, j journal, records []cqrs.Record, completed []cqrs.Claim) error {
					expired := false
					m.live(func(d *delivery) {
						for _, c := range completed {
							expired = expired || d.token == c.Token && d.expires.Before(m.now())
						}
					})
					if expired {
						return cqrs.ErrLeaseLost
					}
					return j.Write(ctx, records, completed)
				}
			}},
		{"lost claims are left out of a batch", "several completions are all or nothing", func(m *mutant) {
			m.write = func(ctx context.Context, j journal, records []cqrs.Record, completed []cqrs.Claim) error {
				var good []cqrs.Claim
				for _, c := range completed {
					if m.current(c) == c {
						good = append(good, c)
					}
				}
				return j.Write(ctx, records, good)
			}
		}},
		{"a failed Write leaves a part",
			"a Write that fails has no part in its transaction, even if that is committed", func(m *mutant) {
				m.write = func(ctx context.Context, j journal, records []cqrs.Record, completed []cqrs.Claim) error {
					err := j.Write(ctx, records, nil)
					for _, c := range completed {
						err = cmp.Or(err, j.Write(ctx, nil, []cqrs.Claim{c}))
					}
					return err
				}
			}},
		{"a completion deletes all deliveries of its record",
			"a completion deletes its delivery and no other", func(m *mutant) {
				m.write = func(ctx context.Context, j journal, records []cqrs.Record, completed []cqrs.Claim) error {
					err := j.Write(ctx, records, completed)
					m.change(func() {
						for _, d := range m.deliveries {
							for removed := range j.tx.removed {
								if removed.record == d.record {
									j.tx.removed[d] = true
								}
							}
						}
					})
					return err
				}
			}},
		{"only the first destination gets the record",
			"each destination of a record is a delivery of its own", func(m *mutant) {
				m.write = func(ctx context.Context, j journal, records []cqrs.Record, completed []cqrs.Claim) error {
					records = slices.Clone(records)
					for i := range records {
						records[i].To = records[i].To[:1]
					}
					return j.Write(ctx, records, completed)
				}
			}},
		{"a payload ends at 64 KB", "a delivery returns what was written", func(m *mutant) {
			m.write = func(ctx context.Context, j journal, records []cqrs.Record, completed []cqrs.Claim) error {
				records = slices.Clone(records)
				for i, r := range records {
					records[i].Payload = r.Payload[:min(len(r.Payload), 1<<16)]
				}
				return j.Write(ctx, records, completed)
			}
		}},
		{"a due time is ignored", "a scheduled record is claimed when it is due, not before", func(m *mutant) {
			m.write = func(ctx context.Context, j journal, records []cqrs.Record, completed []cqrs.Claim) error {
				records = slices.Clone(records)
				for i := range records {
					records[i].Due = time.Time{}
				}
				return j.Write(ctx, records, completed)
			}
		}},
		{"a time loses its zone", "a time is the same in every time zone", func(m *mutant) {
			m.write = func(ctx context.Context, j journal, records []cqrs.Record, completed []cqrs.Claim) error {
				records = slices.Clone(records)
				for i, r := range records {
					if !r.Due.IsZero() {
						_, offset := r.Due.Zone()
						records[i].Due = r.Due.Add(time.Duration(offset) * time.Second)
					}
				}
				return j.Write(ctx, records, completed)
			}
		}},
		{"a cancellation survives the rollback", "a cancellation that is rolled back has no effect", func(m *mutant) {
			m.cancel = func(ctx context.Context, j journal, id string) (found bool, err error) {
				j.tx.unlock()
				err = m.Tx(ctx, func(j cqrs.Journal) (err error) {
					found, err = j.Cancel(ctx, id)
					return err
				})
				return found, err
			}
		}},
		{"Cancel always reports true", "Cancel reports false for an unknown ID", func(m *mutant) {
			m.cancel = func(ctx context.Context, j journal, id string) (bool, error) {
				_, err := j.Cancel(ctx, id)
				return true, err
			}
		}},
		{"Cancel leaves what is leased",
			"a record that is cancelled while it is leased cannot be completed", func(m *mutant) {
				m.cancel = func(ctx context.Context, j journal, id string) (bool, error) {
					found, err := j.Cancel(ctx, id)
					for d := range j.tx.removed {
						if d.token != "" {
							delete(j.tx.removed, d)
						}
					}
					return found, err
				}
			}},
		{"Cancel deletes dead letters", "Cancel reports false for a dead letter, and leaves it", func(m *mutant) {
			m.cancel = func(ctx context.Context, j journal, id string) (bool, error) {
				found, err := j.Cancel(ctx, id)
				for _, d := range m.deliveries {
					if d.ID == id {
						j.tx.removed[d], found = true, true
					}
				}
				return found, err
			}
		}},
		{"the journal ignores its context",
			"a method of the journal whose context has ended returns an error, and nothing is written",
			func(m *mutant) {
				m.write = func(_ context.Context, j journal, records []cqrs.Record, completed []cqrs.Claim) error {
					return j.Write(context.Background(), records, completed)
				}
			}},
		{"keys are compared without case", "keys, names and subscriptions are compared byte by byte", func(m *mutant) {
			m.pretending(func(d *delivery) { d.Key = strings.ToLower(d.Key) })
		}},
	}
}
