package container_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

func beginShared() (*transaction, container.Finalizer) {
	return &transaction{}, container.Transaction(&ledger{})
}

// A transaction without container.Scoped() would begin once, be shared by all requests,
// and commit when the application ends.
func TestContainer_Compile_refuses_transactions_of_singletons(t *testing.T) {
	t.Parallel()
	makers := map[string]func(*ledger) provided{
		"Transaction": func(tx *ledger) provided {
			return ctor(func() (*ledger, container.Finalizer) { return tx, container.Transaction(tx) })
		},
		"TransactionContext": func(tx *ledger) provided {
			return ctor(func() (*ledger, container.Finalizer, error) {
				return tx, container.TransactionContext(&contextLedger{ledger: tx}, errDone), nil
			})
		},
		"a Transaction among other finalizers": func(tx *ledger) provided {
			return ctor(func() (container.Finalizer, *ledger, container.Finalizer) {
				other := func(context.Context, error) error { tx.calls = append(tx.calls, "other"); return nil }
				return container.Transaction(tx), tx, other
			})
		},
	}

	for name, maker := range makers {
		t.Run("made by "+name+", and rolls them back", func(t *testing.T) {
			t.Parallel()
			tx := &ledger{}
			c := containerOf(t, maker(tx), ctor(func(*ledger) levelA { return levelA{} }), ctor(hold[levelA]))
			for range 2 {
				fault := soleFault(t, c, rootOf[*holder[levelA]]())
				require.Equal(t, container.ErrCaptive, fault.Reason)
				for _, part := range []string{"shared_transaction_test.go:", "bound at main.go:7", "container.Scoped()"} {
					assert.ErrorContains(t, fault, part)
				}
				assert.Equal(t, []string{"rollback"}, tx.calls)
			}
			require.NoError(t, c.Close(t.Context()))
			assert.NotContains(t, tx.calls, "commit")
		})
	}

	t.Run("that a decorator begins", func(t *testing.T) {
		t.Parallel()
		tx := &ledger{}
		c := containerOf(t, ctor(func() *ledger { return nil }), ctor(hold[*ledger]))
		decorated(t, c, func(*ledger) (*ledger, container.Finalizer) { return tx, container.Transaction(tx) })
		fault := soleFault(t, c, rootOf[*holder[*ledger]]())
		require.ErrorContains(t, fault, "mark the decorator with container.Scoped()")
		assert.Equal(t, []string{"rollback"}, tx.calls)
	})

	t.Run("that a singleton handler begins", func(t *testing.T) {
		t.Parallel()
		tx := &ledger{}
		c := containerOf(t, ctor(func() (*holder[int], container.Finalizer) {
			return hold(1), container.Transaction(tx)
		}, container.Singleton()))
		fault := soleFault(t, c, rootOf[*holder[int]]())
		require.ErrorContains(t, fault, "remove container.Singleton()")
		assert.Equal(t, []string{"rollback"}, tx.calls)
	})

	t.Run("that Invoke has begun", func(t *testing.T) {
		t.Parallel()
		tx := &ledger{}
		c := containerOf(t, makers["Transaction"](tx), ctor(hold[*ledger]))
		require.NoError(t, c.Invoke(func(*ledger) {}))
		require.ErrorIs(t, soleFault(t, c, rootOf[*holder[*ledger]]()), container.ErrCaptive)
		assert.Equal(t, []string{"rollback"}, tx.calls)
	})

	t.Run("and says so if rolling back fails", func(t *testing.T) {
		t.Parallel()
		tx := &ledger{rollback: failing(errConflict)}
		c := containerOf(t, makers["Transaction"](tx), ctor(hold[*ledger]))
		all := compileError(t, c, rootOf[*holder[*ledger]]())
		require.Len(t, all, 2)
		require.ErrorIs(t, all[0], container.ErrCaptive)
		require.ErrorIs(t, all[1], container.ErrFinalizer)
		require.ErrorIs(t, all[1], errConflict)
	})

	t.Run("all of them, though rolling one back ends the goroutine", func(t *testing.T) {
		t.Parallel()
		first, last := &ledger{}, &ledger{rollback: func() error { runtime.Goexit(); return nil }}
		type lastTx *ledger
		c := containerOf(t,
			makers["Transaction"](first),
			ctor(func(*ledger) (lastTx, container.Finalizer) { return last, container.Transaction(last) }),
			ctor(hold[lastTx]),
		)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = c.Compile([]wiring.Root{rootOf[*holder[lastTx]]()}) })
		wg.Wait()
		assert.Equal(t, []string{"rollback"}, last.calls)
		assert.Equal(t, []string{"rollback"}, first.calls)
	})

	t.Run("but not other finalizers, nor what no handler needs, nor what is scoped", func(t *testing.T) {
		t.Parallel()
		script, scopedTx := &ledger{}, &ledger{}
		var log []string
		c := containerOf(t,
			ctor(func() (string, container.Finalizer) { return "", logTo(&log, "string") }),
			ctor(func() (*ledger, container.Finalizer) { return script, container.Transaction(script) }),
			scoped(func(string) (levelA, container.Finalizer) { return levelA{}, container.Transaction(scopedTx) }),
			ctor(hold[levelA]),
		)
		require.NoError(t, c.Invoke(func(*ledger) {}))
		s := newScope(t, compiled(t, c, rootOf[*holder[levelA]]()))
		built[*holder[levelA]](t, s, 0)
		require.NoError(t, finalizeAll(t, s, nil))
		require.NoError(t, c.Close(t.Context()))
		assert.Equal(t, []string{"commit"}, scopedTx.calls)
		assert.Equal(t, []string{"commit"}, script.calls)
		assert.Equal(t, []string{"string: <nil>"}, log)
	})

	t.Run("nor a nil one", func(t *testing.T) {
		t.Parallel()
		c := containerOf(t, ctor(func() (*ledger, container.Finalizer) {
			var none *ledger
			return none, container.Transaction(none)
		}), ctor(hold[*ledger]))
		compiled(t, c, rootOf[*holder[*ledger]]())
	})

	t.Run("nor one that could not be begun", func(t *testing.T) {
		t.Parallel()
		tx := &ledger{}
		c := containerOf(t, ctor(func() (*ledger, container.Finalizer, error) {
			return tx, container.Transaction(tx), errors.New("no connection")
		}), ctor(hold[*ledger]))
		require.ErrorIs(t, soleFault(t, c, rootOf[*holder[*ledger]]()), container.ErrBuild)
		assert.Empty(t, tx.calls)
	})
}
