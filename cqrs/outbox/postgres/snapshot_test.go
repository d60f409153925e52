package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/postgres"
)

// A transaction whose snapshot is older than the head of a key does not see it.
func TestJournal_OldSnapshot(t *testing.T) {
	t.Parallel()
	for _, level := range []pgx.TxIsoLevel{pgx.ReadCommitted, pgx.RepeatableRead, pgx.Serializable} {
		t.Run(string(level)+" does not break the order of a key", func(t *testing.T) {
			t.Parallel()
			pool, store := openPool(t), newStore(t, postgres.WithSchema(newSchema(t)))
			old, err := pool.BeginTx(t.Context(), pgx.TxOptions{IsoLevel: level})
			require.NoError(t, err)
			defer func() { _ = old.Rollback(t.Context()) }()
			_, err = old.Exec(t.Context(), "SELECT count(*) FROM pg_class")
			require.NoError(t, err)

			first, second := ordered("00000000-0000-7000-8000-000000000001"), ordered("00000000-0000-7000-8000-000000000002")
			require.NoError(t, inTx(t.Context(), pool, store, func(j cqrs.Journal) error {
				return j.Write(t.Context(), []cqrs.Record{first}, nil)
			}))
			err = postgres.NewJournal(store, old).Write(t.Context(), []cqrs.Record{second}, nil)
			if level == pgx.ReadCommitted {
				require.NoError(t, err)
				require.NoError(t, old.Commit(t.Context()))
			} else {
				failure, _ := errors.AsType[*pgconn.PgError](err)
				require.NotNil(t, failure, "%v", err)
				assert.Equal(t, "40001", failure.Code)
			}

			claimed, err := store.Claim(t.Context(), []outbox.Want{{Subscription: "orders", Limit: 9}}, time.Minute)
			require.NoError(t, err)
			require.Len(t, claimed, 1)
			assert.Equal(t, first.ID, claimed[0].RecordID)
		})
	}
}

func ordered(id string) cqrs.Record {
	return cqrs.Record{ID: id, Name: "moved", Key: "a", To: []cqrs.Destination{{Subscription: "orders", InOrder: true}}}
}
