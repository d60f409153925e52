package outboxtest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

func TestStore_bubble(t *testing.T) {
	t.Parallel()
	t.Run("has the time of the bubble", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := outboxtest.NewStore()
			write(t, store)
			ds, err := store.Claim(t.Context(), []outbox.Want{{Subscription: "mail", Limit: 1}}, time.Minute)
			require.NoError(t, err)
			require.Len(t, ds, 1)
			require.NoError(t, store.Fail(t.Context(), ds[0].Claim, outbox.Failure{Retry: time.Hour}))
			time.Sleep(time.Hour - 1)
			ds, err = store.Claim(t.Context(), []outbox.Want{{Subscription: "mail", Limit: 1}}, time.Minute)
			require.NoError(t, err)
			assert.Empty(t, ds)
			time.Sleep(1 * time.Nanosecond)
			ds, err = store.Claim(t.Context(), []outbox.Want{{Subscription: "mail", Limit: 1}}, time.Minute)
			require.NoError(t, err)
			assert.Len(t, ds, 1)
		})
	})
	t.Run("lets time pass while a transaction waits for another one", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := outboxtest.NewStore()
			tx := store.Begin()
			require.NoError(t, outboxtest.NewJournal(tx).Write(t.Context(), nil, nil))
			go func() {
				time.Sleep(time.Hour)
				assert.NoError(t, tx.Commit())
			}()
			start := time.Now()
			write(t, store)
			assert.Equal(t, time.Hour, time.Since(start))
		})
	})
}

// write commits a record for the subscription "mail".
func write(t *testing.T, store *outboxtest.Store) {
	t.Helper()
	tx := store.Begin()
	r := cqrs.Record{ID: "id", Name: "event", To: []cqrs.Destination{{Subscription: "mail"}}}
	require.NoError(t, outboxtest.NewJournal(tx).Write(t.Context(), []cqrs.Record{r}, nil))
	require.NoError(t, tx.Commit())
}

func TestTx(t *testing.T) {
	t.Parallel()
	t.Run("ends once", func(t *testing.T) {
		t.Parallel()
		tx := outboxtest.NewStore().Begin()
		require.NoError(t, tx.Commit())
		require.EqualError(t, tx.Commit(), "outboxtest: transaction has already been committed or rolled back")
		require.Error(t, tx.Rollback())
		require.Error(t, outboxtest.NewJournal(tx).Write(t.Context(), nil, nil))
	})
	t.Run("lets others write after a rollback", func(t *testing.T) {
		t.Parallel()
		store := outboxtest.NewStore()
		tx := store.Begin()
		require.NoError(t, outboxtest.NewJournal(tx).Write(t.Context(), nil, nil))
		require.NoError(t, tx.Rollback())
		write(t, store)
	})
}
