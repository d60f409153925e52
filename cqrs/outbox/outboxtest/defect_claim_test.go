package outboxtest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

func claimDefects() []Defect {
	return []Defect{
		{"a claim ignores leases", "a leased delivery is not claimed again", func(m *mutant) {
			m.pretending(func(d *delivery) { d.expires = time.Time{} })
		}},
		{"leases never expire", "a delivery whose lease has expired is claimed again, with another token", func(m *mutant) {
			m.claim = func(ctx context.Context, wants []outbox.Want, _ time.Duration) ([]outbox.Delivery, error) {
				return m.Store.Claim(ctx, wants, 1000*time.Hour)
			}
		}},
		{"a second claim has the token of the first",
			"a delivery whose lease has expired is claimed again, with another token",
			func(m *mutant) {
				tokens := map[int64]string{}
				m.claim = func(ctx context.Context, wants []outbox.Want, lease time.Duration) ([]outbox.Delivery, error) {
					ds, err := m.Store.Claim(ctx, wants, lease)
					for i, c := range ds {
						tokens[c.Seq] = cmp.Or(tokens[c.Seq], c.Token)
						ds[i].Token = tokens[c.Seq]
						m.live(func(d *delivery) {
							if d.seq == c.Seq {
								d.token = tokens[c.Seq]
							}
						})
					}
					return ds, err
				}
			}},
		{"a claim has no limit", "each subscription has a limit of its own", func(m *mutant) {
			m.claim = func(ctx context.Context, wants []outbox.Want, lease time.Duration) ([]outbox.Delivery, error) {
				wants = slices.Clone(wants)
				for i := range wants {
					wants[i].Limit = 1000
				}
				return m.Store.Claim(ctx, wants, lease)
			}
		}},
		{"a limit counts all subscriptions", "each subscription has a limit of its own", func(m *mutant) {
			m.claim = func(ctx context.Context, wants []outbox.Want, lease time.Duration) ([]outbox.Delivery, error) {
				return m.Store.Claim(ctx, wants[:min(len(wants), 1)], lease)
			}
		}},
		{"a claim takes subscriptions that are not wanted", "only the wanted subscriptions are claimed", func(m *mutant) {
			m.claim = func(ctx context.Context, wants []outbox.Want, lease time.Duration) ([]outbox.Delivery, error) {
				return m.Store.Claim(ctx, append(slices.Clone(wants), outbox.Want{Subscription: "mail", Limit: 9}), lease)
			}
		}},
		{"the newest deliveries come first", "the oldest deliveries are claimed first", func(m *mutant) {
			m.pretending(func(d *delivery) { d.due = d.due.Add(-time.Duration(d.seq) * time.Hour) })
		}},
		{"a delay is ignored",
			"a failed delivery is claimed again when its delay is over, as the next attempt", func(m *mutant) {
				m.fail = func(ctx context.Context, c cqrs.Claim, f outbox.Failure) error {
					f.Retry = 0
					return m.Store.Fail(ctx, c, f)
				}
			}},
		{"a failure does not count",
			"a failed delivery is claimed again when its delay is over, as the next attempt", func(m *mutant) {
				m.fail = func(ctx context.Context, c cqrs.Claim, f outbox.Failure) error {
					err := m.Store.Fail(ctx, c, f)
					m.live(func(d *delivery) { d.attempts = 0 })
					return err
				}
			}},
		{"Fail ignores the token", "failing a lost claim is ErrLeaseLost and changes nothing", func(m *mutant) {
			m.fail = func(ctx context.Context, c cqrs.Claim, f outbox.Failure) error {
				return m.Store.Fail(ctx, m.current(c), f)
			}
		}},
		{"Fail hides that the claim is lost", "failing a lost claim is ErrLeaseLost and changes nothing", func(m *mutant) {
			m.fail = func(ctx context.Context, c cqrs.Claim, f outbox.Failure) error {
				_ = m.Store.Fail(ctx, c, f)
				return nil
			}
		}},
		{"Fail keeps the token", "a failure ends the claim", func(m *mutant) {
			m.fail = func(ctx context.Context, c cqrs.Claim, f outbox.Failure) error {
				err := m.Store.Fail(ctx, c, f)
				m.live(func(d *delivery) {
					if d.seq == c.Seq && err == nil {
						d.token, d.expires = c.Token, d.due
					}
				})
				return err
			}
		}},
		{"Fail forgets the error", "a dead letter is listed with all that is known about it", func(m *mutant) {
			m.fail = func(ctx context.Context, c cqrs.Claim, f outbox.Failure) error {
				f.Error = ""
				return m.Store.Fail(ctx, c, f)
			}
		}},
		{"dead letters are claimed", "a dead letter is never claimed", func(m *mutant) {
			m.pretending(func(d *delivery) { d.died = time.Time{} })
		}},
		{"a claim ignores its context", "a method of the store whose context has ended returns an error and changes nothing",
			func(m *mutant) {
				m.claim = func(_ context.Context, wants []outbox.Want, lease time.Duration) ([]outbox.Delivery, error) {
					return m.Store.Claim(context.Background(), wants, lease)
				}
			}},
	}
}
