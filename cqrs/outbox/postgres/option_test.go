package postgres_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/postgres"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// assertError compares the text of an error about an argument.
func assertError(t testing.TB, name string, err error) {
	t.Helper()
	require.ErrorIs(t, err, outbox.ErrOption)
	testkit.AssertErrorText(t, name, err)
}

func TestNewStore_Arguments(t *testing.T) {
	t.Parallel()
	_, err := postgres.NewStore(nil)
	assertError(t, "nil_pool", err)
	_, err = postgres.NewSQLStore(nil)
	assertError(t, "nil_database", err)
	pool, err := pgxpool.New(t.Context(), defaultURL) // does not connect
	require.NoError(t, err)
	defer pool.Close()
	for golden, option := range map[string]postgres.Option{
		"prefix_sql":   postgres.WithPrefix(`x"; DROP TABLE users; --`),
		"prefix_empty": postgres.WithPrefix(""),
		"prefix_long":  postgres.WithPrefix(strings.Repeat("x", 33)),
		"schema_sql":   postgres.WithSchema(`x"; DROP TABLE users; --`),
		"schema_empty": postgres.WithSchema(""),
	} {
		_, err := postgres.NewStore(pool, option)
		assertError(t, golden, err)
	}
	_, err = postgres.NewStore(pool, nil)
	require.NoError(t, err)
	assert.Equal(t, `WithPrefix("a_")`, postgres.WithPrefix("a_").String())
	assert.Equal(t, `WithSchema("a")`, postgres.WithSchema("a").String())
}

// otherTx is a transaction that nothing uses.
type otherTx struct{ pgx.Tx }

func TestNewJournal_Arguments(t *testing.T) {
	t.Parallel()
	pool, err := pgxpool.New(t.Context(), defaultURL)
	require.NoError(t, err)
	defer pool.Close()
	s, err := postgres.NewStore(pool)
	require.NoError(t, err)
	db, err := sql.Open("pgx", defaultURL)
	require.NoError(t, err)
	sqlStore, err := postgres.NewSQLStore(db)
	require.NoError(t, err)
	for golden, journals := range map[string][]cqrs.Journal{
		"nil_store":       {postgres.NewJournal(nil, otherTx{}), postgres.NewSQLJournal(nil, &sql.Tx{})},
		"nil_transaction": {postgres.NewJournal(s, nil), postgres.NewSQLJournal(sqlStore, nil)},
	} {
		for _, j := range journals {
			assertError(t, golden, j.Write(t.Context(), nil, nil))
			_, err := j.Cancel(t.Context(), "id")
			require.ErrorIs(t, err, outbox.ErrOption)
			_, err = j.Database(t.Context())
			require.ErrorIs(t, err, outbox.ErrOption)
		}
	}
}

func TestWithPrefix(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	schema := newSchema(t)
	for _, prefix := range []string{"Orders_", "select", "_"} {
		s := newStore(t, postgres.WithSchema(schema), postgres.WithPrefix(prefix))
		require.NoError(t, inTx(ctx, openPool(t), s, func(j cqrs.Journal) error {
			to := []cqrs.Destination{{Subscription: prefix}}
			return j.Write(ctx, []cqrs.Record{{ID: "01890a5d-ac96-774b-bcce-b302099a8057", Name: "a", To: to}}, nil)
		}))
		all, err := s.Stats(ctx)
		require.NoError(t, err)
		require.Len(t, all, 1, "only those of its own tables")
		assert.Equal(t, prefix, all[0].Subscription)
	}
}
