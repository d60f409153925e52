package sqloutbox

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/internal/uuid"
)

// claimed is a delivery of one claim.
type claimed struct {
	outbox.Delivery
	due int64 // in microseconds since 1970
}

// noWant completes the rows of a statement that takes a power of two of them.
var noWant = []any{"", 0, int64(0)}

// Claim implements [outbox.Store].
func (s *Store) Claim(ctx context.Context, wants []outbox.Want, lease time.Duration) ([]outbox.Delivery, error) {
	var deliveries []outbox.Delivery
	for page := range slices.Chunk(wants, maxRows) {
		all, err := s.claimPage(ctx, page, lease)
		if err != nil {
			return nil, s.wrap("claim deliveries", err)
		}
		for _, d := range all {
			deliveries = append(deliveries, d.Delivery)
		}
	}
	return deliveries, nil
}

// claimPage claims from where the last claims have ended, and what is missing then from the beginning.
func (s *Store) claimPage(ctx context.Context, wants []outbox.Want, lease time.Duration) ([]claimed, error) {
	claim := s.claimInSteps
	if s.sql.ClaimAll != nil {
		claim = s.claimAtOnce
	}
	rows, skipped := s.starts.rows(wants)
	if len(rows) == 0 {
		return nil, nil
	}
	all, err := claim(ctx, rows, lease)
	if err != nil {
		return nil, err
	}
	missing := s.starts.update(wants, all, skipped)
	if len(missing) == 0 {
		return all, nil
	}
	rest, err := claim(ctx, missing, lease)
	if err != nil {
		return all, nil // they are leased, so that they must be delivered
	}
	return merge(all, rest), nil
}

// merge adds the deliveries of a later claim. If the first leases have expired meanwhile, because the
// process was stopped, the later one has some of the same.
func merge(all, rest []claimed) []claimed {
	again := make(map[int64]bool, len(rest))
	for _, d := range rest {
		again[d.Seq] = true
	}
	all = slices.DeleteFunc(all, func(d claimed) bool { return again[d.Seq] })
	all = append(all, rest...)
	slices.SortFunc(all, func(a, b claimed) int {
		return cmp.Or(cmp.Compare(a.Subscription, b.Subscription), cmp.Compare(a.due, b.due), cmp.Compare(a.Seq, b.Seq))
	})
	return all
}

// claimAtOnce claims with one statement. The rows are subscription, limit and first due time.
func (s *Store) claimAtOnce(ctx context.Context, rows [][]any, lease time.Duration) (all []claimed, err error) {
	token := uuid.New()
	c := s.sql.ClaimAll.padded(rows, noWant, lease.Microseconds(), token)
	err = s.retry(func() error {
		all, err = collect(ctx, s.db, c, func(scan Scan) (claimed, error) {
			d := claimed{Delivery: outbox.Delivery{Claim: cqrs.Claim{Token: token}}}
			var headers *string
			err := scan(&d.Seq, &d.RecordID, &d.Subscription, &d.InOrder, &d.Key, &d.Attempt, &d.due,
				&d.Name, &d.Payload, &headers)
			d.Headers = decodeHeaders(headers)
			return complete(d), err
		})
		return err
	})
	return all, err
}

// claimInSteps looks for deliveries, without any lock, and then claims them in a transaction.
func (s *Store) claimInSteps(ctx context.Context, rows [][]any, lease time.Duration) (all []claimed, err error) {
	rows, err = s.ready(ctx, rows)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	err = s.inTx(ctx, func(tx Executor) error {
		token := uuid.New()
		all = nil
		for _, row := range rows {
			picked, err := s.pick(ctx, tx, row, token)
			if err != nil {
				return err
			}
			all = append(all, picked...)
		}
		if len(all) == 0 {
			return nil
		}
		if err := s.load(ctx, tx, all); err != nil {
			return err
		}
		seqs := make([][]any, len(all))
		for i, d := range all {
			seqs[i] = []any{d.Seq}
		}
		return tx.Batch(ctx, s.sql.Lease.each(seqs, lease.Microseconds(), token))
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// ready returns the rows for which there may be something to claim.
func (s *Store) ready(ctx context.Context, rows [][]any) ([][]any, error) {
	var ready, unknown [][]any
	for _, row := range rows {
		if row[2] != int64(0) {
			ready = append(ready, row) // there is a backlog
		} else {
			unknown = append(unknown, row[:1])
		}
	}
	if len(unknown) == 0 {
		return ready, nil
	}
	c := s.sql.Ready.padded(unknown, unknown[0])
	subscriptions, err := collect(ctx, s.db, c, value[string])
	for _, row := range rows {
		if row[2] == int64(0) && slices.Contains(subscriptions, row[0].(string)) {
			ready = append(ready, row)
		}
	}
	return ready, err
}

// pick returns the deliveries of a subscription that can be claimed, without their records.
func (s *Store) pick(ctx context.Context, tx Executor, want []any, token string) ([]claimed, error) {
	return collect(ctx, tx, s.sql.Pick.one(want[0], want[2], want[1]), func(scan Scan) (claimed, error) {
		d := claimed{Delivery: outbox.Delivery{Claim: cqrs.Claim{Subscription: want[0].(string), Token: token}}}
		var key *string
		err := scan(&d.Seq, &d.RecordID, &key, &d.Attempt, &d.due)
		if key != nil {
			d.InOrder, d.Key = true, *key
		}
		return complete(d), err
	})
}

// load reads the records of deliveries.
func (s *Store) load(ctx context.Context, tx Executor, deliveries []claimed) error {
	type record struct {
		name, key string
		payload   []byte
		headers   *string
	}
	records := make(map[string]record, len(deliveries))
	ids := make([][]any, len(deliveries))
	for i, d := range deliveries {
		ids[i] = []any{d.RecordID}
	}
	for _, c := range s.sql.Load.each(ids) {
		err := tx.Query(ctx, c, func(scan Scan) error {
			var id string
			var r record
			err := scan(&id, &r.name, &r.payload, &r.headers, &r.key)
			records[formatUUID(id)] = r
			return err
		})
		if err != nil {
			return err
		}
	}
	for i := range deliveries {
		d := &deliveries[i]
		r, ok := records[d.RecordID]
		if !ok {
			continue // somebody has deleted it by hand: a delivery without a name, which the relay gives up
		}
		d.Name, d.Payload, d.Headers = r.name, r.payload, decodeHeaders(r.headers)
		if d.InOrder {
			d.Key = r.key
		}
	}
	return nil
}

// complete makes the columns of a delivery its fields.
func complete(d claimed) claimed {
	d.RecordID = formatUUID(d.RecordID)
	d.Attempt++
	return d
}
