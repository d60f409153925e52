package mysql_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/mysql"
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
	_, err := mysql.NewStore(nil)
	assertError(t, "nil_database", err)
	db, err := sql.Open("mysql", defaultDSN) // does not connect
	require.NoError(t, err)
	for golden, prefix := range map[string]string{
		"prefix_sql":   "x`; DROP TABLE users; --",
		"prefix_empty": "",
		"prefix_long":  strings.Repeat("x", 33),
	} {
		_, err := mysql.NewStore(db, mysql.WithPrefix(prefix))
		assertError(t, golden, err)
	}
	_, err = mysql.NewStore(db, nil)
	require.NoError(t, err)
	assert.Equal(t, `WithPrefix("a_")`, mysql.WithPrefix("a_").String())
}

func TestNewJournal_Arguments(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("mysql", defaultDSN)
	require.NoError(t, err)
	s, err := mysql.NewStore(db)
	require.NoError(t, err)
	for golden, j := range map[string]cqrs.Journal{
		"nil_store":       mysql.NewJournal(nil, &sql.Tx{}),
		"nil_transaction": mysql.NewJournal(s, nil),
	} {
		assertError(t, golden, j.Write(t.Context(), nil, nil))
		_, err := j.Cancel(t.Context(), "id")
		require.ErrorIs(t, err, outbox.ErrOption)
		_, err = j.Database(t.Context())
		require.ErrorIs(t, err, outbox.ErrOption)
	}
}

func TestWithPrefix(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	ctx := context.Background()
	for _, prefix := range []string{"Orders_", "select", "_"} {
		s := newStore(t, db, mysql.WithPrefix(prefix))
		require.NoError(t, inTx(ctx, db, s, func(j cqrs.Journal) error {
			to := []cqrs.Destination{{Subscription: prefix}}
			return j.Write(ctx, []cqrs.Record{{ID: "01890a5d-ac96-774b-bcce-b302099a8057", Name: "a", To: to}}, nil)
		}))
		all, err := s.Stats(ctx)
		require.NoError(t, err)
		require.Len(t, all, 1, "only those of its own tables")
		assert.Equal(t, prefix, all[0].Subscription)
	}
}
