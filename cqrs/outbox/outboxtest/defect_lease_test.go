package outboxtest

import (
	"context"
	"slices"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

func leaseDefects() []Defect {
	return []Defect{
		{"Extend does nothing", "an extended lease lasts for the new time from now", func(m *mutant) {
			m.extend = func(context.Context, []cqrs.Claim, time.Duration) ([]cqrs.Claim, error) { return nil, nil }
		}},
		{"Extend adds to the lease", "an extended lease lasts for the new time from now", func(m *mutant) {
			m.extend = func(ctx context.Context, claims []cqrs.Claim, lease time.Duration) (lost []cqrs.Claim, err error) {
				before := map[*delivery]time.Time{}
				m.live(func(d *delivery) { before[d] = d.expires })
				lost, err = m.Store.Extend(ctx, claims, lease)
				m.live(func(d *delivery) {
					if d.expires != before[d] {
						d.expires = before[d].Add(lease)
					}
				})
				return lost, err
			}
		}},
		{"Extend does not report lost claims",
			"Extend reports the claims that are lost and extends the others", func(m *mutant) {
				m.extend = func(ctx context.Context, claims []cqrs.Claim, lease time.Duration) ([]cqrs.Claim, error) {
					_, err := m.Store.Extend(ctx, claims, lease)
					return nil, err
				}
			}},
		{"Extend does nothing if a claim is lost",
			"Extend reports the claims that are lost and extends the others", func(m *mutant) {
				m.extend = func(ctx context.Context, claims []cqrs.Claim, lease time.Duration) (lost []cqrs.Claim, err error) {
					for _, c := range claims {
						if m.current(c) != c || c.Token == "" {
							lost = append(lost, c)
						}
					}
					m.change(func() {
						lost = slices.DeleteFunc(slices.Clone(claims), func(c cqrs.Claim) bool { return m.held(c) != nil })
					})
					if len(lost) > 0 {
						return lost, nil
					}
					return m.Store.Extend(ctx, claims, lease)
				}
			}},
		{"Extend looks for the delivery of a claim", "a lost claim is lost beside the new claim of the same delivery",
			func(m *mutant) {
				m.extend = func(ctx context.Context, claims []cqrs.Claim, lease time.Duration) ([]cqrs.Claim, error) {
					lost, err := m.Store.Extend(ctx, claims, lease)
					return slices.DeleteFunc(lost, func(l cqrs.Claim) bool {
						return slices.ContainsFunc(claims, func(c cqrs.Claim) bool { return c.Seq == l.Seq && c != l })
					}), err
				}
			}},
		{"Extend revives lost claims", "Extend reports the claims that are lost and extends the others", func(m *mutant) {
			m.extend = func(ctx context.Context, claims []cqrs.Claim, lease time.Duration) ([]cqrs.Claim, error) {
				m.live(func(d *delivery) {
					for _, c := range claims {
						if c.Seq == d.seq {
							d.token = c.Token
						}
					}
				})
				return m.Store.Extend(ctx, claims, lease)
			}
		}},
		{"Extend moves the lease of another owner",
			"extending a lost claim changes nothing for its new owner", func(m *mutant) {
				m.extend = func(ctx context.Context, claims []cqrs.Claim, lease time.Duration) ([]cqrs.Claim, error) {
					lost, err := m.Store.Extend(ctx, claims, lease)
					for _, c := range lost {
						_, _ = m.Store.Extend(ctx, []cqrs.Claim{m.current(c)}, lease)
					}
					return lost, err
				}
			}},
		{"Release counts as an attempt",
			"a released delivery can be claimed at once, and the attempt does not count", func(m *mutant) {
				m.release = func(ctx context.Context, claims []cqrs.Claim) error {
					for _, c := range claims {
						if err := m.Store.Fail(ctx, c, outbox.Failure{}); err != nil {
							return err
						}
					}
					return nil
				}
			}},
		{"Release ends the leases of others", "Release ignores lost claims", func(m *mutant) {
			m.release = func(ctx context.Context, claims []cqrs.Claim) error {
				claims = slices.Clone(claims)
				for i, c := range claims {
					claims[i] = m.current(c)
				}
				return m.Store.Release(ctx, claims)
			}
		}},
		{"Release does nothing",
			"a released delivery can be claimed at once, and the attempt does not count", func(m *mutant) {
				m.release = func(context.Context, []cqrs.Claim) error { return nil }
			}},
	}
}
