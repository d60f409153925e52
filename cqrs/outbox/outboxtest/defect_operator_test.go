package outboxtest

import (
	"context"
	"slices"
	"time"

	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

func operatorDefects() []Defect {
	return []Defect{
		{"Requeue keeps the attempts",
			"a requeued dead letter is due at once and has all its attempts again", func(m *mutant) {
				m.requeue = func(ctx context.Context, ids ...string) error {
					attempts := map[string]int{}
					m.change(func() {
						for _, d := range m.deliveries {
							attempts[d.id()] = d.attempts
						}
					})
					err := m.Store.Requeue(ctx, ids...)
					m.live(func(d *delivery) { d.attempts = max(d.attempts, attempts[d.id()]) })
					return err
				}
			}},
		{"Requeue does those before an unknown ID",
			"Requeue and Discard with an unknown ID return ErrUnknownID and change nothing",
			func(m *mutant) {
				m.requeue = func(ctx context.Context, ids ...string) error {
					for _, id := range ids {
						if err := m.Store.Requeue(ctx, id); err != nil {
							return err
						}
					}
					return nil
				}
			}},
		{"Discard ignores unknown IDs",
			"Requeue and Discard with an unknown ID return ErrUnknownID and change nothing", func(m *mutant) {
				m.discard = func(ctx context.Context, ids ...string) error {
					_ = m.Store.Discard(ctx, ids...)
					return nil
				}
			}},
		{"Requeue refuses an ID that is there twice",
			"several dead letters are requeued or discarded together", func(m *mutant) {
				m.requeue = func(ctx context.Context, ids ...string) error {
					if slices.Sort(ids); len(slices.Compact(slices.Clone(ids))) != len(ids) {
						return outbox.ErrUnknownID
					}
					return m.Store.Requeue(ctx, ids...)
				}
			}},
		{"Discard deletes all deliveries of the record",
			"a discarded dead letter is deleted, and nothing else", func(m *mutant) {
				m.discard = func(ctx context.Context, ids ...string) error {
					gone := map[*record]bool{}
					m.change(func() {
						for _, d := range m.deliveries {
							gone[d.record] = gone[d.record] || slices.Contains(ids, d.id())
						}
					})
					err := m.Store.Discard(ctx, ids...)
					m.change(func() {
						m.deliveries = slices.DeleteFunc(m.deliveries, func(d *delivery) bool { return gone[d.record] })
					})
					return err
				}
			}},
		{"a filter is ignored", "dead letters are filtered", func(m *mutant) {
			m.letters = func(ctx context.Context, f outbox.Filter) ([]outbox.DeadLetter, error) {
				f.Event = ""
				return m.Store.DeadLetters(ctx, f)
			}
		}},
		{"Pause does nothing", "a paused subscription is not claimed until it is resumed, by any process", func(m *mutant) {
			m.pause = func(context.Context, string) error { return nil }
		}},
		{"Resume does nothing", "a paused subscription is not claimed until it is resumed, by any process", func(m *mutant) {
			m.resume = func(context.Context, string) error { return nil }
		}},
		{"Pause drops what is in flight",
			"what is in flight when its subscription is paused can be extended, released and failed",
			func(m *mutant) {
				m.pause = func(ctx context.Context, s string) error {
					m.live(func(d *delivery) { d.token = "" })
					return m.Store.Pause(ctx, s)
				}
			}},
		{"Stats counts dead letters as pending", "Stats counts each subscription, sorted by name", func(m *mutant) {
			m.stats = func(ctx context.Context) ([]outbox.Stats, error) {
				all, err := m.Store.Stats(ctx)
				for i := range all {
					all[i].Pending += all[i].Dead
				}
				return all, err
			}
		}},
		{"Stats leaves out paused subscriptions without deliveries",
			"Stats counts each subscription, sorted by name", func(m *mutant) {
				m.stats = func(ctx context.Context) ([]outbox.Stats, error) {
					all, err := m.Store.Stats(ctx)
					return slices.DeleteFunc(all, func(s outbox.Stats) bool { return s.Pending+s.Dead == 0 }), err
				}
			}},
		{"Purge deletes what has deliveries", "Purge deletes old records without deliveries, and no others", func(m *mutant) {
			m.purge = func(ctx context.Context, d time.Duration) (int, error) {
				n := 0
				m.change(func() {
					n = len(m.records)
					m.records, m.deliveries = nil, nil
				})
				return n, nil
			}
		}},
		{"Purge deletes dead letters", "Purge deletes old records without deliveries, and no others", func(m *mutant) {
			m.purge = func(ctx context.Context, d time.Duration) (int, error) {
				m.change(func() { m.deliveries = slices.DeleteFunc(m.deliveries, (*delivery).dead) })
				return m.Store.Purge(ctx, d)
			}
		}},
		{"Purge ignores the age", "Purge lets new records be", func(m *mutant) {
			m.purge = func(ctx context.Context, _ time.Duration) (int, error) { return m.Store.Purge(ctx, 0) }
		}},
		{"dead letters have no headers", "a dead letter is listed with all that is known about it", func(m *mutant) {
			m.letters = func(ctx context.Context, f outbox.Filter) ([]outbox.DeadLetter, error) {
				letters, err := m.Store.DeadLetters(ctx, f)
				for _, letter := range letters {
					clear(letter.Headers)
				}
				return letters, err
			}
		}},
	}
}
