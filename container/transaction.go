package container

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"github.com/digcqrs/digcqrs/internal/safe"
)

// Transaction returns a [Finalizer] that commits tx if the request succeeded, and
// rolls it back if not. The constructor of a transaction comes to this:
//
//	func NewTx(ctx context.Context, db *sql.DB) (*sql.Tx, container.Finalizer, error) {
//		tx, err := db.BeginTx(ctx, nil)
//		return tx, container.Transaction(tx, sql.ErrTxDone), err
//	}
//
// ended are errors by which Rollback says that there is nothing left to roll
// back; such an error of Rollback is ignored. For database/sql it is
// sql.ErrTxDone: database/sql rolls back by itself when the context is cancelled
// that the transaction was begun with.
//
// An error of Commit is returned whatever it is, so that the request fails. Then
// Rollback is called too, because the transaction may still be open, and its
// error is joined. A panic of Commit or Rollback passes on, as that of any
// Finalizer, and nothing is called after it.
//
// If tx is nil or a nil pointer, as it is beside the error of a constructor, the
// Finalizer is nil: there is nothing to end.
//
// The constructor is to be provided with [Scoped]. [Container.Compile] refuses a
// singleton with this Finalizer, and rolls the transaction back that it began.
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

// TransactionContext is [Transaction] for a tx whose methods take a context, such
// as that of pgx, where ended is pgx.ErrTxClosed. They get the context of the
// Finalizer: it is never cancelled and has no deadline.
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

// isTransaction reports whether f is the [Finalizer] of a transaction. It compares
// the code of the functions, which is the same for all transactions.
func isTransaction(f Finalizer) bool {
	return reflect.ValueOf(f).Pointer() == reflect.ValueOf(transaction{}.end).Pointer()
}

// isNil reports whether tx is nil, or an interface that holds a nil pointer.
func isNil(tx any) bool {
	v := reflect.ValueOf(tx)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}
