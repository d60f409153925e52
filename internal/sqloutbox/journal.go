package sqloutbox

import (
	"context"
	"errors"
	"slices"

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
	rows, err := j.store.recordRows(records)
	if err != nil || len(records)+len(completed) == 0 {
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
	err = j.write(ctx, rows, completed)
	if errors.Is(err, errRows) {
		return j.lost(ctx, undo, completed)
	}
	return j.store.wrap("write to the outbox", err)
}

// write runs the statements: all at once if the database can find the heads of keys by itself.
func (j *Journal) write(ctx context.Context, rows recordRows, completed []cqrs.Claim) error {
	s := j.store
	commands, err := s.complete(completed, rows.keys)
	if err != nil {
		return err
	}
	if s.sql.Living != nil && len(rows.keys) > 0 {
		if err := j.tx.Batch(ctx, commands); err != nil {
			return err
		}
		if err := j.findHeads(ctx, &rows); err != nil {
			return err
		}
		commands = nil
	}
	commands = append(commands, s.sql.InsertRecords.each(rows.records)...)
	commands = append(commands, s.sql.InsertDeliveries.each(rows.deliveries)...)
	return j.tx.Batch(ctx, append(commands, s.sql.InsertOrdered.each(rows.ordered)...))
}

// findHeads corrects which of the ordered rows are the first living ones of their keys. The keys are locked.
func (j *Journal) findHeads(ctx context.Context, rows *recordRows) error {
	living := map[key]bool{}
	for _, c := range j.store.sql.Living.each(keyRows(rows.keys)) {
		err := j.tx.Query(ctx, c, func(scan Scan) error {
			var k key
			err := scan(&k.subscription, &k.key)
			living[k] = true
			return err
		})
		if err != nil {
			return err
		}
	}
	for i, k := range rows.keys {
		if living[k] {
			rows.ordered[i][3] = false
		}
	}
	return nil
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
	n, err := j.tx.Exec(ctx, j.store.sql.CancelDeliveries.one(id))
	if err != nil || n == 0 {
		return false, err
	}
	_, err = j.tx.Exec(ctx, j.store.sql.CancelRecord.one(id))
	return true, err
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

// complete returns the commands that complete deliveries, after locking their keys and others.
func (s *Store) complete(completed []cqrs.Claim, keys []key) ([]Command, error) {
	var vacated []key
	for _, c := range completed {
		if !isUUID(c.Token) {
			return nil, errRows
		}
		if c.InOrder {
			vacated = append(vacated, keyOf(c))
		}
	}
	commands := s.lock(slices.Concat(vacated, keys))
	for l, seqs := range byLease(completed) {
		for _, c := range s.sql.Complete.each(seqs, l.token, l.subscription) {
			c.Rows = int64(len(c.Args) - 2)
			commands = append(commands, c)
		}
	}
	return append(commands, s.promote(vacated)...), nil
}

// recordRows are the rows that store records.
type recordRows struct {
	records, deliveries, ordered [][]any
	keys                         []key // of ordered
	seen                         map[key]bool
}

func (s *Store) recordRows(records []cqrs.Record) (rows recordRows, err error) {
	for i := range records {
		if err := s.addRecord(&rows, &records[i]); err != nil {
			return recordRows{}, err
		}
	}
	return rows, nil
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
		first := !rows.seen[k]
		if rows.seen == nil {
			rows.seen = map[key]bool{}
		}
		rows.seen[k] = true
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

// WithoutStore returns the journal of a package for a store that is nil: its methods return an error.
func WithoutStore(pkg string) cqrs.Journal {
	return noJournal{NewError(outbox.ErrOption, pkg, "the store of the journal is nil; pass the result of NewStore")}
}

// WithoutTransaction returns the journal of a package for a transaction that is nil: its methods
// return an error.
func WithoutTransaction(pkg string) cqrs.Journal {
	return noJournal{NewError(outbox.ErrOption, pkg, "the transaction of the journal is nil; "+
		"pass the one in which the request writes")}
}

type noJournal struct{ err error }

func (n noJournal) Write(context.Context, []cqrs.Record, []cqrs.Claim) error { return n.err }
func (n noJournal) Cancel(context.Context, string) (bool, error)             { return false, n.err }
func (n noJournal) Database(context.Context) (string, error)                 { return "", n.err }
