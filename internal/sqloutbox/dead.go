package sqloutbox

import (
	"context"
	"math"
	"time"

	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// DeadLetters implements [outbox.Store].
func (s *Store) DeadLetters(ctx context.Context, f outbox.Filter) ([]outbox.DeadLetter, error) {
	var id, subscription = "", f.Subscription
	if f.ID != "" {
		record, to, ok := splitID(f.ID)
		if !ok || subscription != "" && subscription != to {
			return nil, nil
		}
		id, subscription = record, to
	}
	limit := f.Limit
	if limit <= 0 {
		limit = math.MaxInt32
	}
	args := []any{f.Payload, id, id, subscription, subscription, f.Event, f.Event, limit}
	all, err := collect(ctx, s.db, s.sql.DeadLetters.one(args...), readDeadLetter)
	return all, s.wrap("read dead letters", err)
}

func readDeadLetter(scan Scan) (d outbox.DeadLetter, err error) {
	var id string
	var recorded, died int64
	var headers, lastError *string
	err = scan(&id, &d.Subscription, &d.Event, &d.Key, &d.Attempts, &lastError,
		&recorded, &died, &headers, &d.Payload)
	d.ID = formatUUID(id) + "/" + d.Subscription
	d.Recorded, d.Died = time.UnixMicro(recorded).UTC(), time.UnixMicro(died).UTC()
	d.Headers = decodeHeaders(headers)
	if lastError != nil {
		d.LastError = *lastError
	}
	return d, err
}

// deadRow is the row of a dead letter.
type deadRow struct {
	seq int64
	key *key // nil unless in order
}

// Requeue implements [outbox.Store].
func (s *Store) Requeue(ctx context.Context, ids ...string) error {
	err := s.inTx(ctx, func(tx Executor) error {
		dead, err := s.findDead(ctx, tx, ids)
		if err != nil {
			return err
		}
		var keys []key
		for _, d := range dead {
			if d.key != nil {
				keys = append(keys, *d.key)
			}
		}
		if err := tx.Batch(ctx, s.lock(keys)); err != nil {
			return err
		}
		for _, d := range dead {
			c := s.sql.Revive.one(d.seq)
			c.Rows = 1
			if err := tx.Batch(ctx, []Command{c}); err != nil {
				return err
			}
		}
		for _, k := range keys {
			if _, err := s.promoteIfHeadless(ctx, tx, k); err != nil {
				return err
			}
		}
		return nil
	})
	return s.wrap("requeue dead letters", err)
}

// Discard implements [outbox.Store].
func (s *Store) Discard(ctx context.Context, ids ...string) error {
	err := s.inTx(ctx, func(tx Executor) error {
		dead, err := s.findDead(ctx, tx, ids)
		if err != nil {
			return err
		}
		for _, d := range dead {
			if _, err := tx.Exec(ctx, s.sql.Discard.one(d.seq)); err != nil {
				return err
			}
		}
		return nil
	})
	return s.wrap("discard dead letters", err)
}

// findDead returns the rows of dead letters, or an error if there is one that is not dead.
func (s *Store) findDead(ctx context.Context, tx Executor, ids []string) ([]deadRow, error) {
	var dead []deadRow
	known := map[string]bool{}
	for _, id := range ids {
		record, subscription, ok := splitID(id)
		if known[record+"/"+subscription] {
			continue
		}
		known[record+"/"+subscription] = true
		if !ok {
			return nil, s.unknownID(id)
		}
		c := s.sql.FindDead.one(record, subscription)
		rows, err := collect(ctx, tx, c, func(scan Scan) (d deadRow, err error) {
			var k *string
			err = scan(&d.seq, &k)
			if k != nil {
				d.key = &key{subscription, *k}
			}
			return d, err
		})
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			return nil, s.unknownID(id)
		}
		dead = append(dead, rows[0])
	}
	return dead, nil
}

func (s *Store) unknownID(id string) error {
	return NewError(outbox.ErrUnknownID, s.dialect.Package,
		"no dead letter has the ID %.300q; list them with DeadLetters", id)
}

// promoteIfHeadless makes the first living delivery of a locked key claimable if the key has no
// claimable one, and reports whether it did.
func (s *Store) promoteIfHeadless(ctx context.Context, tx Executor, k key) (bool, error) {
	heads, err := collect(ctx, tx, s.sql.HasHead.one(k.subscription, k.key), value[int])
	if err != nil || heads[0] > 0 {
		return false, err
	}
	n, err := tx.Exec(ctx, s.promote([]key{k})[0])
	return n > 0, err
}
