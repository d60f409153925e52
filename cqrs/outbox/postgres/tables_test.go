package postgres_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox/postgres"
	"github.com/digcqrs/digcqrs/internal/sqloutbox/storetest"
)

// inSchema returns the configuration of connections that use a new schema by default.
func inSchema(t testing.TB) *pgxpool.Config {
	schema := newSchema(t)
	_, err := openPool(t).Exec(t.Context(), "CREATE SCHEMA "+schema)
	require.NoError(t, err)
	config := openPool(t).Config()
	config.ConnConfig.RuntimeParams["search_path"] = schema
	return config
}

func TestStore_Tables(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t testing.TB) storetest.Tables {
		pool, err := pgxpool.NewWithConfig(t.Context(), inSchema(t))
		require.NoError(t, err)
		t.Cleanup(pool.Close)
		return storetest.Tables{
			New: func(t testing.TB) storetest.Store {
				s, err := postgres.NewStore(pool)
				require.NoError(t, err)
				return s
			},
			Tx: func(ctx context.Context, s storetest.Store, f func(cqrs.Journal) error) error {
				return inTx(ctx, pool, s.(*postgres.Store), f)
			},
			Exec: func(ctx context.Context, text string) error {
				_, err := pool.Exec(ctx, text)
				return err
			},
		}
	})
}

func TestSQLStore_Tables(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t testing.TB) storetest.Tables {
		db := openConfig(t, inSchema(t).ConnConfig)
		return storetest.Tables{
			New: func(t testing.TB) storetest.Store {
				s, err := postgres.NewSQLStore(db)
				require.NoError(t, err)
				return s
			},
			Tx: func(ctx context.Context, s storetest.Store, f func(cqrs.Journal) error) error {
				return inSQLTx(ctx, db, s.(*postgres.SQLStore), f)
			},
			Exec: func(ctx context.Context, text string) error {
				_, err := db.ExecContext(ctx, text)
				return err
			},
		}
	})
}
