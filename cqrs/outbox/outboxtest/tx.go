package outboxtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/digcqrs/digcqrs/cqrs"
)

// Tx is a transaction of a [Store]. Like an sql.Tx it ends with Commit or Rollback, and it is
// not safe for concurrent use. It does not block anything before its journal is first used.
type Tx struct {
	store   *Store
	end     func() // ends being the writer; nil before the first use of the journal
	done    bool
	records []*record
	added   []*delivery
	removed map[*delivery]bool
	erased  map[*record]bool
}

var errTxDone = errors.New("outboxtest: transaction has already been committed or rolled back")

// Begin begins a transaction.
func (s *Store) Begin() *Tx {
	return &Tx{store: s, removed: map[*delivery]bool{}, erased: map[*record]bool{}}
}

// Commit makes visible what the journal of tx has written. It returns an error if tx has ended.
func (tx *Tx) Commit() error {
	if tx.done {
		return errTxDone
	}
	defer tx.finish()
	s := tx.store
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records = append(s.records, tx.records...)
	s.records = slices.DeleteFunc(s.records, func(r *record) bool { return tx.erased[r] })
	s.deliveries = append(s.deliveries, tx.added...)
	s.remove(tx.removed)
	return nil
}

// Rollback drops what the journal of tx has written. It returns an error if tx has ended.
func (tx *Tx) Rollback() error {
	if tx.done {
		return errTxDone
	}
	tx.finish()
	return nil
}

func (tx *Tx) finish() {
	tx.done = true
	if tx.end != nil {
		tx.end()
	}
}

// NewJournal returns the journal of a transaction.
func NewJournal(tx *Tx) cqrs.Journal { return journal{tx} }

type journal struct{ tx *Tx }

// begin makes the transaction the only one that writes. As nothing else changes the store until
// it ends, what Write and Cancel find still holds when the transaction commits.
func (j journal) begin(ctx context.Context) error {
	if j.tx.done {
		return errTxDone
	}
	if j.tx.end != nil {
		return ctx.Err()
	}
	end, err := j.tx.store.beWriter(ctx)
	j.tx.end = end
	return err
}

func (j journal) Write(ctx context.Context, records []cqrs.Record, completed []cqrs.Claim) error {
	if err := j.begin(ctx); err != nil {
		return err
	}
	tx, s := j.tx, j.tx.store
	s.mu.Lock()
	defer s.mu.Unlock()
	removed := map[*delivery]bool{}
	for _, c := range completed {
		d := s.held(c)
		if d == nil || tx.removed[d] || removed[d] {
			return fmt.Errorf("outboxtest: completing delivery %d of %s: %w", c.Seq, c.Subscription, cqrs.ErrLeaseLost)
		}
		removed[d] = true
	}
	maps.Copy(tx.removed, removed)
	now := s.now()
	for _, r := range records {
		r.Payload, r.Headers, r.To = bytes.Clone(r.Payload), maps.Clone(r.Headers), slices.Clone(r.To)
		row := &record{Record: r, written: now}
		tx.records = append(tx.records, row)
		due := r.Due
		if due.IsZero() {
			due = now
		}
		for _, to := range r.To {
			s.seq++
			tx.added = append(tx.added, &delivery{record: row, seq: s.seq, to: to, due: due})
		}
	}
	return nil
}

func (j journal) Cancel(ctx context.Context, id string) (bool, error) {
	if err := j.begin(ctx); err != nil {
		return false, err
	}
	tx, s := j.tx, j.tx.store
	s.mu.Lock()
	defer s.mu.Unlock()
	found := false
	for _, d := range slices.Concat(s.deliveries, tx.added) {
		if d.ID == id && strings.HasPrefix(d.to.Subscription, "command:") && !d.dead() && !tx.removed[d] {
			tx.removed[d], tx.erased[d.record], found = true, true, true
		}
	}
	return found, nil
}

func (j journal) Database(ctx context.Context) (string, error) { return j.tx.store.Database(ctx) }
