package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/sqlite"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// assertError compares the text of an error, in which the folder of the test is left out.
func assertError(t testing.TB, name, folder string, err error) {
	t.Helper()
	require.ErrorIs(t, err, outbox.ErrOption)
	text := err.Error()
	if folder != "" {
		text = strings.ReplaceAll(text, folder+"/", "")
	}
	testkit.AssertErrorText(t, name, errors.New(text))
}

func TestNewStore_Settings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, golden, settings string }{
		{"deferred locks", "settings_deferred", "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)"},
		{"deferred locks without a WAL", "settings_deferred", "?_pragma=busy_timeout(5000)"},
		{"no busy timeout", "settings_timeout", "?_txlock=immediate"},
	} {
		t.Run("refuses "+c.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			for _, conns := range []int{0, 1} {
				db := openDB(t, filepath.Join(folder, "app.db"), c.settings)
				db.SetMaxOpenConns(conns)
				_, err := sqlite.NewStore(db)
				assertError(t, c.golden, folder, err)
			}
		})
	}
	for _, c := range []struct{ name, settings string }{
		{"a WAL", "?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)"},
		{"a rollback journal", "?_txlock=immediate&_pragma=busy_timeout(5000)"},
		{"exclusive locks", "?_txlock=exclusive&_pragma=busy_timeout(5000)"},
	} {
		t.Run("accepts "+c.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "app.db")
			for _, conns := range []int{0, 1} {
				db := openDB(t, file, c.settings)
				db.SetMaxOpenConns(conns)
				_, err := sqlite.NewStore(db)
				require.NoError(t, err)
			}
		})
	}
	t.Run("refuses a database in memory", func(t *testing.T) {
		t.Parallel()
		for _, dsn := range []string{":memory:", "file:shared?mode=memory&cache=shared&_txlock=immediate", ""} {
			db, err := sql.Open("sqlite", dsn)
			require.NoError(t, err)
			_, err = sqlite.NewStore(db)
			assertError(t, "settings_memory", "", err)
			require.NoError(t, db.Close())
		}
	})
	t.Run("is not misled by another process that has the lock", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		file := filepath.Join(folder, "app.db")
		tx, err := openDB(t, file, settings).BeginTx(t.Context(), nil)
		require.NoError(t, err)
		result := make(chan error, 1)
		db := openDB(t, file, "?_pragma=busy_timeout(5000)")
		go func() {
			_, err := sqlite.NewStore(db)
			result <- err
		}()
		require.Empty(t, result)
		require.NoError(t, tx.Rollback())
		assertError(t, "settings_deferred", folder, <-result)
	})
	t.Run("writes nothing", func(t *testing.T) {
		t.Parallel()
		db := newDB(t)
		_, err := sqlite.NewStore(db)
		require.NoError(t, err)
		var n int
		require.NoError(t, db.QueryRow("SELECT count(*) FROM sqlite_master").Scan(&n))
		assert.Zero(t, n)
	})
}

func TestNewStore_Arguments(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	_, err := sqlite.NewStore(nil)
	assertError(t, "nil_database", "", err)
	for golden, prefix := range map[string]string{
		"prefix_sql":   `x"; DROP TABLE users; --`,
		"prefix_empty": "",
		"prefix_long":  strings.Repeat("x", 33),
	} {
		_, err := sqlite.NewStore(db, sqlite.WithPrefix(prefix))
		assertError(t, golden, "", err)
	}
	_, err = sqlite.NewStore(db, nil)
	require.NoError(t, err)
	assert.Equal(t, `WithPrefix("a_")`, sqlite.WithPrefix("a_").String())
}

func TestNewJournal_Arguments(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	s := newStore(t, db)
	for golden, j := range map[string]cqrs.Journal{
		"nil_store":       sqlite.NewJournal(nil, &sql.Tx{}),
		"nil_transaction": sqlite.NewJournal(s, nil),
	} {
		assertError(t, golden, "", j.Write(t.Context(), nil, nil))
		_, err := j.Cancel(t.Context(), "id")
		require.ErrorIs(t, err, outbox.ErrOption)
		_, err = j.Database(t.Context())
		require.ErrorIs(t, err, outbox.ErrOption)
	}
}

func TestWithPrefix(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	ctx := context.Background()
	for _, prefix := range []string{"Orders_", "select", "_"} {
		s := newStore(t, db, sqlite.WithPrefix(prefix))
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

// TestStore_OneConnection checks that a journal does not wait for a connection that only its own
// transaction sets free.
func TestStore_OneConnection(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	db.SetMaxOpenConns(1)
	s := newStore(t, db)
	ctx := context.Background()
	for i := range 3 {
		require.NoError(t, inTx(ctx, db, s, func(j cqrs.Journal) error {
			id := "01890a5d-ac96-774b-bcce-b302099a805" + string(rune('0'+i))
			to := []cqrs.Destination{{Subscription: "mail"}, {Subscription: "rooms", InOrder: true}}
			return j.Write(ctx, []cqrs.Record{{ID: id, Name: "a", To: to}}, nil)
		}))
		all, err := s.Claim(ctx, []outbox.Want{{Subscription: "rooms", Limit: 1}}, 1e9)
		require.NoError(t, err)
		require.Len(t, all, 1)
		require.NoError(t, inTx(ctx, db, s, func(j cqrs.Journal) error {
			return j.Write(ctx, nil, []cqrs.Claim{all[0].Claim})
		}))
	}
}

func TestStore_UnknownID(t *testing.T) {
	t.Parallel()
	s := newStore(t, newDB(t))
	err := s.Requeue(context.Background(), "01890a5d-ac96-774b-bcce-b302099a8057/mail")
	require.ErrorIs(t, err, outbox.ErrUnknownID)
	testkit.AssertErrorText(t, "unknown_id", err)
}

func TestNewStore_FileName(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "100% sure?.db")
	dsn := (&url.URL{Scheme: "file", Path: file}).String() + settings
	db, err := sql.Open("sqlite", dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.NoError(t, newStore(t, db).Check(t.Context()))
	assert.FileExists(t, file)
}
