package sqloutbox

import (
	"context"
	"errors"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// Journal implements [cqrs.Journal] in a transaction.
type Journal struct {
	store *Store
	tx    Executor
}

var _ cqrs.Journal = (*Journal)(nil)

// Journal returns the journal of a transaction that somebody else ends.
func (s *Store) Journal(tx Executor) *Journal { return &Journal{store: s, tx: tx} }

// Write implements [cqrs.Journal].
func (j *Journal) Write(ctx context.Context, records []cqrs.Record, completed []cqrs.Claim) error {
	commands, err := j.store.write(records, completed)
	if err != nil || len(commands) == 0 {
		return err
	}
	// The fence comes before anything else is written. Only if some claims of several are
	// lost, something has to be undone.
	undo := len(completed) > 1 && j.store.dialect.Abort == ""
	if undo {
		if _, err := j.tx.Exec(ctx, Command{Text: "SAVEPOINT outbox_write"}); err != nil {
			return j.store.wrap("write to the outbox", err)
		}
	}
	err = j.tx.Batch(ctx, commands)
	if errors.Is(err, errRows) {
		return j.lost(ctx, undo, completed)
	}
	return j.store.wrap("write to the outbox", err)
}

// lost undoes what Write has done, and says what is wrong with the claims.
func (j *Journal) lost(ctx context.Context, undo bool, completed []cqrs.Claim) error {
	err := j.store.lost(completed[0])
	if known := j.store.identity.Load(); known != nil {
		if here, readErr := j.Database(ctx); readErr == nil && here != *known {
			err = NewError(outbox.ErrOtherDatabase, j.store.dialect.Package, "the journal's transaction does not belong "+
				"to the database of the store; build both from the same database")
		}
	}
	if undo {
		_, undoErr := j.tx.Exec(ctx, Command{Text: "ROLLBACK TO SAVEPOINT outbox_write"})
		return errors.Join(err, undoErr)
	}
	if abort := j.store.dialect.Abort; abort != "" {
		_, _ = j.tx.Exec(ctx, Command{Text: abort})
	}
	return err
}

// Cancel implements [cqrs.Journal].
func (j *Journal) Cancel(ctx context.Context, id string) (bool, error) {
	cancelled, err := j.cancel(ctx, id)
	return cancelled, j.store.wrap("cancel a command", err)
}

func (j *Journal) cancel(ctx context.Context, id string) (bool, error) {
	if !isUUID(id) {
		return false, nil
	}
	keys, err := collect(ctx, j.tx, j.store.sql.CancelledKeys.one(id), func(scan Scan) (k key, err error) {
		err = scan(&k.subscription, &k.key)
		return k, err
	})
	if err != nil {
		return false, err
	}
	if err := j.tx.Batch(ctx, j.store.lock(keys)); err != nil {
		return false, err
	}
	n, err := j.tx.Exec(ctx, j.store.sql.CancelDeliveries.one(id))
	if err != nil || n == 0 {
		return false, err
	}
	return true, j.tx.Batch(ctx, append(j.store.promote(keys), j.store.sql.CancelRecord.one(id)))
}

// Database implements [cqrs.Journal].
func (j *Journal) Database(ctx context.Context) (string, error) {
	m, err := j.store.readMeta(ctx, j.tx)
	if err != nil {
		return "", j.store.wrap("read the version of the tables", err)
	}
	if m.version == 0 {
		return "", j.store.checkVersion(m)
	}
	return m.identity, nil
}

// write returns the commands of a Write.
func (s *Store) write(records []cqrs.Record, completed []cqrs.Claim) ([]Command, error) {
	var rows recordRows
	for i := range records {
		if err := s.addRecord(&rows, &records[i]); err != nil {
			return nil, err
		}
	}
	var vacated []key
	for _, c := range completed {
		if !isUUID(c.Token) {
			return nil, s.lost(c)
		}
		if c.InOrder {
			vacated = append(vacated, keyOf(c))
		}
	}
	commands := s.lock(append(vacated, rows.keys...))
	for l, seqs := range byLease(completed) {
		for _, c := range s.sql.Complete.each(seqs, l.token, l.subscription) {
			c.Rows = int64(len(c.Args) - 2)
			commands = append(commands, c)
		}
	}
	commands = append(commands, s.promote(vacated)...)
	commands = append(commands, s.sql.InsertRecords.each(rows.records)...)
	commands = append(commands, s.sql.InsertDeliveries.each(rows.deliveries)...)
	return append(commands, s.sql.InsertOrdered.each(rows.ordered)...), nil
}

// recordRows are the rows that store records.
type recordRows struct {
	records, deliveries, ordered [][]any
	keys                         []key // of ordered
}

func (s *Store) addRecord(rows *recordRows, r *cqrs.Record) error {
	if err := s.checkRecord(r); err != nil {
		return err
	}
	headers, err := encodeHeaders(r.Headers)
	if err != nil {
		return s.wrap("encode headers", err)
	}
	payload := r.Payload
	if payload == nil {
		payload = []byte{}
	}
	rows.records = append(rows.records, []any{r.ID, r.Name, payload, headers, r.Key})
	due := encodeDue(r.Due)
	for _, to := range r.To {
		if !to.InOrder {
			rows.deliveries = append(rows.deliveries, []any{r.ID, to.Subscription, due})
			continue
		}
		k := key{to.Subscription, storedKey(r.Key)}
		first := true
		for _, earlier := range rows.keys {
			first = first && earlier != k
		}
		rows.keys = append(rows.keys, k)
		rows.ordered = append(rows.ordered, []any{r.ID, k.subscription, k.key, first, due})
	}
	return nil
}

// maxName is how long the name of a record or a subscription can be, in bytes.
const maxName = 255

// checkRecord returns an error if the database cannot store a record.
func (s *Store) checkRecord(r *cqrs.Record) error {
	fail := func(format string, args ...any) error {
		return NewError(outbox.ErrOption, s.dialect.Package, format, args...)
	}
	switch {
	case !isUUID(r.ID):
		return fail("the ID %.40q of a record of %.100q is not a UUID; generate one", r.ID, r.Name)
	case len(r.Name) > maxName || !isText(r.Name):
		return fail("the name %.100q of a record is not a text of at most %d bytes; register another one",
			r.Name, maxName)
	case !isText(r.Key):
		return fail("the key of a record of %.100q is not UTF-8 without zero bytes; encode it as text", r.Name)
	}
	for _, to := range r.To {
		if err := s.checkSubscription(to.Subscription); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) checkSubscription(name string) error {
	if len(name) > maxName || !isText(name) {
		return NewError(outbox.ErrOption, s.dialect.Package, "the name %.100q of a subscription is not a text of at "+
			"most %d bytes; use another one", name, maxName)
	}
	return nil
}

// NoJournal returns a journal whose methods return an error.
func NoJournal(err error) cqrs.Journal { return noJournal{err} }

type noJournal struct{ err error }

func (n noJournal) Write(context.Context, []cqrs.Record, []cqrs.Claim) error { return n.err }
func (n noJournal) Cancel(context.Context, string) (bool, error)             { return false, n.err }
func (n noJournal) Database(context.Context) (string, error)                 { return "", n.err }
