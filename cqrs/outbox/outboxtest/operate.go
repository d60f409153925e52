package outboxtest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// letters returns the dead letters with these IDs.
func (s *Store) letters(ids []string) (map[*delivery]bool, error) {
	found := map[*delivery]bool{}
	for _, id := range ids {
		i := slices.IndexFunc(s.deliveries, func(d *delivery) bool { return d.dead() && d.id() == id })
		if i < 0 {
			return nil, fmt.Errorf("outboxtest: %w %q", outbox.ErrUnknownID, id)
		}
		found[s.deliveries[i]] = true
	}
	return found, nil
}

// Requeue implements [outbox.Store].
func (s *Store) Requeue(ctx context.Context, ids ...string) error {
	return s.update(ctx, func() error {
		letters, err := s.letters(ids)
		for d := range letters {
			d.died, d.attempts, d.due = time.Time{}, 0, s.now()
		}
		return err
	})
}

// Discard implements [outbox.Store].
func (s *Store) Discard(ctx context.Context, ids ...string) error {
	return s.update(ctx, func() error {
		letters, err := s.letters(ids)
		s.remove(letters)
		return err
	})
}

// Pause implements [outbox.Store].
func (s *Store) Pause(ctx context.Context, subscription string) error {
	return s.update(ctx, func() error {
		s.paused[subscription] = true
		return nil
	})
}

// Resume implements [outbox.Store].
func (s *Store) Resume(ctx context.Context, subscription string) error {
	return s.update(ctx, func() error {
		delete(s.paused, subscription)
		return nil
	})
}

// Purge implements [outbox.Store].
func (s *Store) Purge(ctx context.Context, olderThan time.Duration) (int, error) {
	purged := 0
	err := s.update(ctx, func() error {
		needed := map[*record]bool{}
		for _, d := range s.deliveries {
			needed[d.record] = true
		}
		before, limit := len(s.records), s.now().Add(-olderThan)
		s.records = slices.DeleteFunc(s.records, func(r *record) bool { return !needed[r] && r.written.Before(limit) })
		purged = before - len(s.records)
		return nil
	})
	return purged, err
}
