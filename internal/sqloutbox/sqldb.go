package sqloutbox

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"time"
)

// SQL is a Database over database/sql. It prepares each statement once.
type SQL struct {
	db        *sql.DB
	isolation sql.IsolationLevel
	exclusive func(ctx context.Context, fn func(Executor) error) error

	mu        sync.RWMutex
	prepared  map[string]*sql.Stmt
	preparing sync.Mutex
}

// SQLOptions is what differs between databases.
type SQLOptions struct {
	Isolation sql.IsolationLevel // of the transactions that it begins
	// Exclusive implements that method of [Database]. It is nil if a transaction is enough, because it has
	// no other writers beside it or because LockMigrations locks them out.
	Exclusive func(ctx context.Context, fn func(Executor) error) error
}

// NewSQL returns the Database of a pool of connections.
func NewSQL(db *sql.DB, o SQLOptions) *SQL {
	return &SQL{db: db, isolation: o.Isolation, exclusive: o.Exclusive, prepared: map[string]*sql.Stmt{}}
}

// Tx returns the executor of a transaction that somebody else ends.
func (s *SQL) Tx(tx *sql.Tx) Executor { return &sqlTx{db: s, tx: tx} }

// Exec implements [Executor].
func (s *SQL) Exec(ctx context.Context, c Command) (int64, error) {
	stmt, err := s.stmt(ctx, c.Text)
	if err != nil {
		return 0, err
	}
	return affected(stmt.ExecContext(ctx, c.Args...))
}

// Query implements [Executor].
func (s *SQL) Query(ctx context.Context, c Command, scan func(Scan) error) error {
	stmt, err := s.stmt(ctx, c.Text)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(ctx, c.Args...)
	return scanAll(rows, err, scan)
}

// Batch implements [Executor].
func (s *SQL) Batch(ctx context.Context, commands []Command) error { return batch(ctx, s, commands) }

// InTx implements [Database].
func (s *SQL) InTx(ctx context.Context, fn func(Executor) error) (err error) {
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{Isolation: s.isolation})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // has no effect after Commit
	if err := fn(s.Tx(tx)); err != nil {
		return err
	}
	return tx.Commit()
}

// Exclusive implements [Database].
func (s *SQL) Exclusive(ctx context.Context, fn func(Executor) error) error {
	if s.exclusive != nil {
		return s.exclusive(ctx, fn)
	}
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{Isolation: s.isolation})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // has no effect after Commit
	if err := fn(Unprepared(tx)); err != nil {
		return err
	}
	return tx.Commit()
}

// stmt returns the prepared statement of a text.
func (s *SQL) stmt(ctx context.Context, text string) (*sql.Stmt, error) {
	if stmt := s.find(text); stmt != nil {
		return stmt, nil
	}
	stmt, err := s.db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if first := s.prepared[text]; first != nil { // another goroutine was faster
		_ = stmt.Close()
		return first, nil
	}
	s.prepared[text] = stmt
	return stmt, nil
}

func (s *SQL) find(text string) *sql.Stmt {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.prepared[text]
}

// spareConnection is how long a transaction waits for the connection that prepares a statement.
const spareConnection = 10 * time.Millisecond

// stmtInTx returns the prepared statement of a text, or nil if there is none and preparing it could
// wait for a connection that only the end of the caller's transaction sets free.
func (s *SQL) stmtInTx(ctx context.Context, text string) *sql.Stmt {
	if stmt := s.find(text); stmt != nil {
		return stmt
	}
	pool := s.db.Stats()
	if pool.MaxOpenConnections > 0 && pool.InUse >= pool.MaxOpenConnections || !s.preparing.TryLock() {
		return nil
	}
	defer s.preparing.Unlock()
	ctx, cancel := context.WithTimeout(ctx, spareConnection)
	defer cancel()
	stmt, err := s.stmt(ctx, text)
	if err != nil {
		return nil // the transaction reports what is wrong with the statement
	}
	return stmt
}

// sqlTx is the Executor of a transaction.
type sqlTx struct {
	db      *SQL
	tx      *sql.Tx
	foreign bool // begun by another sql.DB, whose connections know nothing of the prepared statements
}

// errForeign is the text of what database/sql returns then, before it has done anything.
const errForeign = "statement from different database used"

func (t *sqlTx) Exec(ctx context.Context, c Command) (n int64, err error) {
	err = t.run(ctx, c, func(stmt *sql.Stmt) (err error) {
		n, err = affected(stmt.ExecContext(ctx, c.Args...))
		return err
	}, func(e Executor) (err error) {
		n, err = e.Exec(ctx, c)
		return err
	})
	return n, err
}

func (t *sqlTx) Query(ctx context.Context, c Command, scan func(Scan) error) error {
	return t.run(ctx, c, func(stmt *sql.Stmt) error {
		rows, err := stmt.QueryContext(ctx, c.Args...)
		return scanAll(rows, err, scan)
	}, func(e Executor) error { return e.Query(ctx, c, scan) })
}

func (t *sqlTx) Batch(ctx context.Context, commands []Command) error { return batch(ctx, t, commands) }

// run runs a command with a prepared statement if it can.
func (t *sqlTx) run(
	ctx context.Context, c Command, prepared func(*sql.Stmt) error, otherwise func(Executor) error,
) error {
	if !t.foreign {
		if stmt := t.db.stmtInTx(ctx, c.Text); stmt != nil {
			err := prepared(t.tx.StmtContext(ctx, stmt))
			if err == nil || !strings.Contains(err.Error(), errForeign) {
				return err
			}
			t.foreign = true
		}
	}
	return otherwise(Unprepared(t.tx))
}

// Queryer is a [sql.Tx], [sql.Conn] or [sql.DB].
type Queryer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Unprepared returns an executor that prepares nothing.
func Unprepared(q Queryer) Executor { return unprepared{q} }

type unprepared struct{ q Queryer }

func (u unprepared) Exec(ctx context.Context, c Command) (int64, error) {
	return affected(u.q.ExecContext(ctx, c.Text, c.Args...))
}

func (u unprepared) Query(ctx context.Context, c Command, scan func(Scan) error) error {
	rows, err := u.q.QueryContext(ctx, c.Text, c.Args...)
	return scanAll(rows, err, scan)
}

func (u unprepared) Batch(ctx context.Context, commands []Command) error {
	return batch(ctx, u, commands)
}

// batch runs commands one after the other.
func batch(ctx context.Context, e Executor, commands []Command) error {
	for _, c := range commands {
		n, err := e.Exec(ctx, c)
		if err != nil {
			return err
		}
		if err := CheckRows(c, n); err != nil {
			return err
		}
	}
	return nil
}

// CheckRows returns an error if a command has affected another number of rows than it must.
func CheckRows(c Command, n int64) error {
	if c.Rows != 0 && c.Rows != n {
		return errRows
	}
	return nil
}

func affected(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func scanAll(rows *sql.Rows, err error, scan func(Scan) error) error {
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := scan(rows.Scan); err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}
