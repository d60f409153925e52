package container_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/broken"
	"github.com/digcqrs/digcqrs/internal/safe"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// ledger is a transaction that notes the calls of its methods.
type ledger struct {
	calls            []string
	commit, rollback func() error // nil to succeed
}

func (l *ledger) call(name string, f func() error) error {
	l.calls = append(l.calls, name)
	if f == nil {
		return nil
	}
	return f()
}

func (l *ledger) Commit() error   { return l.call("commit", l.commit) }
func (l *ledger) Rollback() error { return l.call("rollback", l.rollback) }

// contextLedger is a ledger whose methods take a context.
type contextLedger struct {
	*ledger
	contexts []context.Context
}

func (l *contextLedger) Commit(ctx context.Context) error {
	l.contexts = append(l.contexts, ctx)
	return l.ledger.Commit()
}

func (l *contextLedger) Rollback(ctx context.Context) error {
	l.contexts = append(l.contexts, ctx)
	return l.ledger.Rollback()
}

var (
	errDone     = errors.New("the transaction is over")
	errClosed   = errors.New("the transaction is closed")
	errConflict = errors.New("conflict")
	errNoFunds  = errors.New("no funds")
)

func failing(err error) func() error { return func() error { return err } }

// Both functions, as functions of a ledger.
var transactions = map[string]func(*ledger, ...error) container.Finalizer{
	"Transaction": func(l *ledger, ended ...error) container.Finalizer {
		return container.Transaction(l, ended...)
	},
	"TransactionContext": func(l *ledger, ended ...error) container.Finalizer {
		return container.TransactionContext(&contextLedger{ledger: l}, ended...)
	},
}

func TestTransaction(t *testing.T) {
	t.Parallel()
	ended := []error{errDone, errClosed}

	for name, transaction := range transactions {
		for does, c := range map[string]struct {
			outcome          error
			commit, rollback error
			calls            []string
			want             []error // the errors that are returned, if any
		}{
			"commits if the request succeeded": {calls: []string{"commit"}},
			"rolls back if the request failed": {outcome: errNoFunds, calls: []string{"rollback"}},
			"returns an error of Rollback": {outcome: errNoFunds, rollback: errDown, calls: []string{"rollback"},
				want: []error{errDown}},
			"ignores that there is nothing to roll back": {outcome: errNoFunds, rollback: errDone, calls: []string{"rollback"}},
			"knows each of the errors that say so, however deep": {
				outcome: errNoFunds, rollback: fmt.Errorf("tx: %w", errClosed), calls: []string{"rollback"},
			},
			"returns an error of Commit, and rolls back": {
				commit: errConflict, calls: []string{"commit", "rollback"}, want: []error{errConflict},
			},
			"ignores that there is nothing to roll back after a failed Commit": {
				commit: errConflict, rollback: errDone, calls: []string{"commit", "rollback"}, want: []error{errConflict},
			},
			"never ignores an error of Commit": {
				commit: errDone, rollback: errDone, calls: []string{"commit", "rollback"}, want: []error{errDone},
			},
			"joins the errors of both": {
				commit: errConflict, rollback: errDown, calls: []string{"commit", "rollback"}, want: []error{errConflict, errDown},
			},
		} {
			t.Run(name+" "+does, func(t *testing.T) {
				t.Parallel()
				l := &ledger{commit: failing(c.commit), rollback: failing(c.rollback)}
				err := transaction(l, ended...)(t.Context(), c.outcome)
				assert.Equal(t, c.calls, l.calls)
				if len(c.want) == 0 {
					assert.NoError(t, err)
				}
				for _, want := range c.want {
					require.ErrorIs(t, err, want)
				}
				if len(c.want) == 1 {
					assert.Equal(t, c.want[0], err, "the error itself")
				}
			})
		}

		t.Run(name+" ignores no error where none is named", func(t *testing.T) {
			t.Parallel()
			err := transaction(&ledger{rollback: failing(errDone)})(t.Context(), errNoFunds)
			assert.Equal(t, errDone, err)
		})
	}
}

// TestTransaction_brokenErrors has the driver return errors whose methods panic.
func TestTransaction_brokenErrors(t *testing.T) {
	t.Parallel()
	for name, transaction := range transactions {
		for what, bad := range broken.Errors() {
			t.Run(name+" returns "+what+" of Rollback", func(t *testing.T) {
				t.Parallel()
				err := transaction(&ledger{rollback: failing(bad)}, errDone, errClosed)(t.Context(), errNoFunds)
				assert.True(t, safe.Same(bad, err))
			})

			t.Run(name+" knows that there is nothing to roll back beside "+what, func(t *testing.T) {
				t.Parallel()
				over := errors.Join(bad, errDone)
				require.NoError(t, transaction(&ledger{rollback: failing(over)}, errDone)(t.Context(), errNoFunds))
			})

			t.Run(name+" joins "+what+" of Commit with that of Rollback", func(t *testing.T) {
				t.Parallel()
				err := transaction(&ledger{commit: failing(bad), rollback: failing(errDown)}, errDone)(t.Context(), nil)
				assert.True(t, safe.Contains(err, bad))
				assert.True(t, safe.Contains(err, errDown))
			})
		}
	}
}

func TestTransaction_Nil(t *testing.T) {
	t.Parallel()

	t.Run("is no finalizer for a nil, or a pointer that is nil", func(t *testing.T) {
		t.Parallel()
		var plain *ledger
		var withContext *contextLedger
		assert.Nil(t, container.Transaction(nil, errDone))
		assert.Nil(t, container.Transaction(plain, errDone))
		assert.Nil(t, container.Transaction((*sql.Tx)(nil), sql.ErrTxDone))
		assert.Nil(t, container.TransactionContext(nil, errDone))
		assert.Nil(t, container.TransactionContext(withContext, errDone))
	})

	t.Run("may be returned along with an error", func(t *testing.T) {
		t.Parallel()
		begin := func() (*ledger, error) { return nil, errDown }
		s := newScope(t, planFor[*ledger](t, containerOf(t, scoped(func() (*ledger, container.Finalizer, error) {
			tx, err := begin()
			return tx, container.Transaction(tx, errDone), err
		}))))
		_, err := s.Build(0)
		require.ErrorIs(t, err, errDown)
		assert.Zero(t, container.Pending(s))
	})
}

func TestTransactionContext(t *testing.T) {
	t.Parallel()

	t.Run("gives both methods the context of the finalizer", func(t *testing.T) {
		t.Parallel()
		l := &contextLedger{ledger: &ledger{commit: failing(errConflict)}}
		require.ErrorIs(t, container.TransactionContext(l)(t.Context(), nil), errConflict)
		assert.Equal(t, []context.Context{t.Context(), t.Context()}, l.contexts)
	})
}

func TestTransaction_InScope(t *testing.T) {
	t.Parallel()
	holding := func(t *testing.T, l *ledger) wiring.Scope {
		c := containerOf(t, scoped(func() (*ledger, container.Finalizer) { return l, container.Transaction(l, errDone) }))
		s := newScope(t, planFor[*ledger](t, c))
		built[*holder[*ledger]](t, s, 0)
		return s
	}

	t.Run("fails the request if it cannot be committed", func(t *testing.T) {
		t.Parallel()
		s := holding(t, &ledger{commit: failing(errConflict), rollback: failing(errDone)})
		_, err := container.Finalize(t.Context(), s, nil)
		require.ErrorIs(t, err, errConflict)
		require.ErrorIs(t, err, container.ErrFinalizer)
		assert.NotErrorIs(t, err, errDone)
	})

	t.Run("passes on a panic of Commit, and calls nothing after it", func(t *testing.T) {
		t.Parallel()
		l := &ledger{commit: func() error { panic("on fire") }}
		s := holding(t, l)
		assert.PanicsWithValue(t, "on fire", func() { _, _ = container.Finalize(t.Context(), s, nil) })
		assert.Zero(t, container.Pending(s), "it counts as run")
		assert.Equal(t, []string{"commit"}, l.calls)
	})

	t.Run("passes on a panic of Rollback", func(t *testing.T) {
		t.Parallel()
		s := holding(t, &ledger{rollback: func() error { panic("on fire") }})
		assert.PanicsWithValue(t, "on fire", func() { _, _ = container.Finalize(t.Context(), s, errNoFunds) })
		assert.Zero(t, container.Pending(s))
	})
}
