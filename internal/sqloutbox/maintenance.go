package sqloutbox

import (
	"context"
	"time"

	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// Repair implements [outbox.Store].
func (s *Store) Repair(ctx context.Context) (int, error) {
	keys, err := collect(ctx, s.db, s.sql.Headless.one(), func(scan Scan) (k key, err error) {
		err = scan(&k.subscription, &k.key)
		return k, err
	})
	if err != nil {
		return 0, s.wrap("look for keys that are stuck", err)
	}
	repaired := 0
	for _, k := range keys {
		var changed bool
		err := s.inTx(ctx, func(tx Executor) (err error) {
			if err := tx.Batch(ctx, s.lock([]key{k})); err != nil {
				return err
			}
			changed, err = s.promoteIfHeadless(ctx, tx, k)
			return err
		})
		if err != nil {
			return repaired, s.wrap("repair a key that is stuck", err)
		}
		if changed {
			repaired++
		}
	}
	return repaired, nil
}

// Stats implements [outbox.Store].
func (s *Store) Stats(ctx context.Context) ([]outbox.Stats, error) {
	all, err := collect(ctx, s.db, s.sql.Stats.one(), func(scan Scan) (st outbox.Stats, err error) {
		var oldest *int64
		err = scan(&st.Subscription, &st.Pending, &st.Dead, &oldest, &st.Paused)
		if oldest != nil {
			st.Oldest = time.Duration(max(0, *oldest)) * time.Microsecond
		}
		return st, err
	})
	return all, s.wrap("read statistics", err)
}

// Pause implements [outbox.Store].
func (s *Store) Pause(ctx context.Context, subscription string) error {
	if err := s.checkSubscription(subscription); err != nil {
		return err
	}
	_, err := s.exec(ctx, s.sql.Pause.one(subscription))
	return s.wrap("pause a subscription", err)
}

// Resume implements [outbox.Store].
func (s *Store) Resume(ctx context.Context, subscription string) error {
	if !isText(subscription) {
		return nil // so that it cannot be paused
	}
	_, err := s.exec(ctx, s.sql.Resume.one(subscription))
	return s.wrap("resume a subscription", err)
}

// purgePage is how many records one transaction of Purge deletes.
const purgePage = 1000

// Purge implements [outbox.Store]. A record gets no deliveries after it was written, so that
// one that has none can be deleted later.
func (s *Store) Purge(ctx context.Context, olderThan time.Duration) (int, error) {
	purged := 0
	last := "00000000-0000-0000-0000-000000000000"
	for {
		c := s.sql.OldRecords.one(olderThan.Microseconds(), last, purgePage)
		page, err := collect(ctx, s.db, c, value[string])
		if err != nil {
			return purged, s.wrap("look for old records", err)
		}
		n, err := s.deleteRecords(ctx, page)
		purged += n
		if err != nil {
			return purged, s.wrap("purge old records", err)
		}
		if len(page) < purgePage {
			return purged, nil
		}
		last = formatUUID(page[len(page)-1])
	}
}

func (s *Store) deleteRecords(ctx context.Context, ids []string) (n int, err error) {
	rows := make([][]any, len(ids))
	for i, id := range ids {
		rows[i] = []any{formatUUID(id)}
	}
	err = s.inTx(ctx, func(tx Executor) error {
		n = 0
		for _, c := range s.sql.DeleteRecords.each(rows) {
			deleted, err := tx.Exec(ctx, c)
			if err != nil {
				return err
			}
			n += int(deleted)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}
