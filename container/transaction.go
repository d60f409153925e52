package container

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"github.com/digcqrs/digcqrs/internal/safe"
)

// Transaction returns a [Finalizer] that commits tx if the request succeeded, and rolls it
// back otherwise. A typical constructor of a transaction is:
//
//	func NewTx(ctx context.Context, db *sql.DB) (*sql.Tx, container.Finalizer, error) {
//		tx, err := db.BeginTx(ctx, nil)
//		return tx, container.Transaction(tx, sql.ErrTxDone), err
//	}
//
// An error of Rollback that matches one of ended, by errors.Is, is ignored: it says that
// the transaction has ended already. For database/sql, pass sql.ErrTxDone: database/sql
// rolls back on its own when the context that the transaction was begun with is cancelled.
//
// Any error of Commit is returned, so the request fails. Rollback is then called as well,
// because the transaction may still be open, and its error is joined. A panic of Commit or
// Rollback is not recovered here, and no further method of tx is called after it.
//
// If tx is nil or a nil pointer, as it usually is when a constructor returns an error,
// Transaction returns nil.
//
// Provide the constructor with [Scoped]. [Container.Compile] refuses a singleton with this
// Finalizer, and rolls back the transaction that it began.
func Transaction(tx interface {
	Commit() error
	Rollback() error
}, ended ...error) Finalizer {
	if isNil(tx) {
		return nil
	}
	t := transaction{
		commit:   func(context.Context) error { return tx.Commit() },
		rollback: func(context.Context) error { return tx.Rollback() },
		ended:    ended,
	}
	return t.end
}

// TransactionContext is like [Transaction], for a tx whose methods take a context. For
// pgx, ended is pgx.ErrTxClosed. The methods receive the context of the Finalizer, which
// is never cancelled and has no deadline.
func TransactionContext(tx interface {
	Commit(context.Context) error
	Rollback(context.Context) error
}, ended ...error) Finalizer {
	if isNil(tx) {
		return nil
	}
	return transaction{tx.Commit, tx.Rollback, ended}.end
}

type transaction struct {
	commit   func(context.Context) error
	rollback func(context.Context) error
	ended    []error
}

// end is the [Finalizer] of a transaction.
func (t transaction) end(ctx context.Context, outcome error) error {
	if outcome != nil {
		return t.rollBack(ctx)
	}
	failed := t.commit(ctx)
	if failed == nil {
		return nil
	}
	if err := t.rollBack(ctx); err != nil {
		return errors.Join(failed, err)
	}
	return failed
}

func (t transaction) rollBack(ctx context.Context) error {
	err := t.rollback(ctx)
	if slices.ContainsFunc(t.ended, func(end error) bool { return safe.Is(err, end) }) {
		return nil
	}
	return err
}

// isTransaction reports whether f is the [Finalizer] of a transaction. It compares code
// pointers, which are the same for all transactions.
func isTransaction(f Finalizer) bool {
	return reflect.ValueOf(f).Pointer() == reflect.ValueOf(transaction{}.end).Pointer()
}

// isNil reports whether tx is nil, or an interface that holds a nil pointer.
func isNil(tx any) bool {
	v := reflect.ValueOf(tx)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}
