package sqloutbox

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/internal/errtext"
)

// errRows reports a command that has affected another number of rows than it must: in a fenced one,
// the lease is lost.
var errRows = errors.New("lease lost")

// attempts is how often a transaction of the store's own is tried that fails because of others.
const attempts = 5

// Store implements [outbox.Store].
type Store struct {
	db       Database
	dialect  *Dialect
	sql      Statements
	versions []migration
	identity atomic.Pointer[string]
	starts   starts
}

var _ outbox.Store = (*Store)(nil)

// New returns the store of a database, or an error if a name is not an identifier.
func New(db Database, d *Dialect) (*Store, error) {
	s := &Store{db: db, dialect: d}
	if err := d.checkNames(); err != nil {
		return nil, err
	}
	versions, err := readMigrations(d.Migrations)
	if err != nil {
		return nil, s.wrap("read the migrations", err)
	}
	s.versions = versions
	s.sql = d.Statements(d.compile)
	return s, nil
}

// NewError returns an error of a package that wraps a reason.
func NewError(reason error, pkg, format string, args ...any) error {
	return &outbox.Error{Reason: reason, Text: errtext.New(pkg, format, args...)}
}

// wrap says during what a statement has failed.
func (s *Store) wrap(what string, err error) error {
	if _, ok := errors.AsType[*outbox.Error](err); ok || err == nil {
		return err
	}
	return fmt.Errorf("%s: %s: %w", s.dialect.Package, what, err)
}

// inTx runs fn in a transaction, and again if it fails because of another one.
func (s *Store) inTx(ctx context.Context, fn func(Executor) error) error {
	return s.retry(func() error { return s.db.InTx(ctx, fn) })
}

func (s *Store) retry(fn func() error) error {
	err := fn()
	for range attempts - 1 {
		if err == nil || !s.dialect.Retry(err) {
			break
		}
		err = fn()
	}
	return err
}

// exec runs a statement in a transaction of its own.
func (s *Store) exec(ctx context.Context, c Command) (n int64, err error) {
	err = s.retry(func() error {
		n, err = s.db.Exec(ctx, c)
		return err
	})
	return n, err
}

// meta is what the tables say about themselves.
type meta struct {
	version  int // how many migrations were applied
	oldest   int // the oldest version of a program that can use them
	identity string
}

func (s *Store) readMeta(ctx context.Context, e Executor) (meta, error) {
	n, err := collect(ctx, e, s.sql.Tables.one(), value[int])
	if err != nil || n[0] == 0 {
		return meta{}, err
	}
	all, err := collect(ctx, e, s.sql.Meta.one(), func(scan Scan) (m meta, err error) {
		err = scan(&m.version, &m.oldest, &m.identity)
		return m, err
	})
	if err != nil || len(all) == 0 {
		return meta{}, err
	}
	return all[0], nil
}

// Check implements [outbox.Store].
func (s *Store) Check(ctx context.Context) error {
	m, err := s.readMeta(ctx, s.db)
	if err != nil {
		return s.wrap("read the version of the tables", err)
	}
	return s.checkVersion(m)
}

func (s *Store) checkVersion(m meta) error {
	latest := len(s.versions)
	table := s.dialect.Names.apply("outbox_meta")
	fail := func(format string, args ...any) error {
		return NewError(outbox.ErrTables, s.dialect.Package, format, args...)
	}
	switch {
	case m.version == 0:
		return fail("there is no table %s; call Migrate, or apply the files in migrations", table)
	case m.version < latest:
		return fail("the tables have version %d (%s), and this program needs %d; call Migrate, or apply "+
			"the newer files in migrations", m.version, table, latest)
	case m.oldest > latest:
		return fail("the tables have version %d (%s), which needs a program of version %d, and this "+
			"one has %d; update the program", m.version, table, m.oldest, latest)
	}
	s.identity.Store(&m.identity)
	return nil
}

// Database implements [outbox.Store].
func (s *Store) Database(ctx context.Context) (string, error) {
	if id := s.identity.Load(); id != nil {
		return *id, nil
	}
	if err := s.Check(ctx); err != nil {
		return "", err
	}
	return *s.identity.Load(), nil
}

// Extend implements [outbox.Store].
func (s *Store) Extend(ctx context.Context, claims []cqrs.Claim, lease time.Duration) (lost []cqrs.Claim, err error) {
	type claimID struct {
		seq   int64
		token string
	}
	held := map[claimID]bool{}
	err = s.inTx(ctx, func(tx Executor) error {
		clear(held)
		for l, rows := range byLease(claims) {
			for _, c := range s.sql.Held.each(rows, l.token) {
				seqs, err := collect(ctx, tx, c, value[int64])
				if err != nil {
					return err
				}
				for _, seq := range seqs {
					held[claimID{seq, l.token}] = true
				}
			}
			if err := tx.Batch(ctx, s.sql.Extend.each(rows, lease.Microseconds(), l.token)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, s.wrap("extend leases", err)
	}
	for _, c := range claims {
		if !held[claimID{c.Seq, c.Token}] {
			lost = append(lost, c)
		}
	}
	return lost, nil
}

// Release implements [outbox.Store].
func (s *Store) Release(ctx context.Context, claims []cqrs.Claim) error {
	err := s.inTx(ctx, func(tx Executor) error {
		for l, rows := range byLease(claims) {
			if err := tx.Batch(ctx, s.sql.Release.each(rows, l.token)); err != nil {
				return err
			}
		}
		return nil
	})
	return s.wrap("release leases", err)
}

// Fail implements [outbox.Store].
func (s *Store) Fail(ctx context.Context, claim cqrs.Claim, f outbox.Failure) error {
	if !isUUID(claim.Token) {
		return s.lost(claim)
	}
	text := cleanText(f.Error)
	c := s.sql.Fail.one(text, f.Retry.Microseconds(), claim.Seq, claim.Token)
	if f.Dead {
		c = s.sql.Bury.one(text, claim.Seq, claim.Token)
	}
	c.Rows = 1
	var err error
	if f.Dead && claim.InOrder {
		k := keyOf(claim)
		err = s.inTx(ctx, func(tx Executor) error {
			return tx.Batch(ctx, append(append(s.lock([]key{k}), c), s.promote([]key{k})...))
		})
	} else {
		var n int64
		if n, err = s.exec(ctx, c); err == nil {
			err = CheckRows(c, n)
		}
	}
	if errors.Is(err, errRows) {
		return s.lost(claim)
	}
	return s.wrap("record a failed attempt", err)
}

// lost returns the error for a claim that somebody else has.
func (s *Store) lost(c cqrs.Claim) error {
	return fmt.Errorf("%s: delivery %d of subscription %.100q: %w", s.dialect.Package, c.Seq, c.Subscription,
		cqrs.ErrLeaseLost)
}
