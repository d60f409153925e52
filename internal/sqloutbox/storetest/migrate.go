package storetest

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

func missing(t *testing.T, open func(t testing.TB) Tables) {
	tables := open(t)
	err := tables.New(t).Check(t.Context())
	require.Error(t, err)
	testkit.AssertErrorText(t, "tables_missing", err)
	require.Error(t, tables.New(t).Check(t.Context()), "Check has created something")
}

func migrateTwice(t *testing.T, open func(t testing.TB) Tables) {
	tables, s := migrated(t, open)
	identity, err := s.Database(t.Context())
	require.NoError(t, err)
	tables.write(t, s, event("a", "mail"))

	again := tables.New(t)
	require.NoError(t, again.Migrate(t.Context()))
	same, err := again.Database(t.Context())
	require.NoError(t, err)
	assert.Equal(t, identity, same)
	assert.Len(t, claim(t, again, "mail", 9), 1)
}

func migrateConcurrently(t *testing.T, open func(t testing.TB) Tables) {
	tables := open(t)
	var wg sync.WaitGroup
	for range 8 {
		s := tables.New(t)
		wg.Go(func() {
			assert.NoError(t, s.Migrate(t.Context()))
			assert.NoError(t, s.Check(t.Context()))
		})
	}
	wg.Wait()
}

// applyFile runs the statements of a migration as they are in the file.
func applyFile(t testing.TB, tables Tables, file string) {
	text, err := os.ReadFile(filepath.Join("migrations", file))
	require.NoError(t, err)
	for statement := range strings.SplitSeq(string(text), ";\n") {
		if strings.TrimSpace(statement) != "" {
			require.NoError(t, tables.Exec(t.Context(), statement))
		}
	}
}

func upgrade(t *testing.T, open func(t testing.TB) Tables) {
	tables := open(t)
	applyFile(t, tables, "0001_create.sql")
	s := tables.New(t)
	err := s.Check(t.Context())
	require.Error(t, err)
	testkit.AssertErrorText(t, "tables_too_old", err)

	tables.write(t, s, event("a", "mail")) // version 1 has the tables for it
	require.NoError(t, s.Migrate(t.Context()))
	require.NoError(t, s.Check(t.Context()))
	assert.Len(t, claim(t, s, "mail", 9), 1)
	require.NoError(t, s.Pause(t.Context(), "mail"))
}

func tooNew(t *testing.T, open func(t testing.TB) Tables) {
	tables, _ := migrated(t, open)
	require.NoError(t, tables.Exec(t.Context(), "UPDATE outbox_meta SET version = 9, oldest = 8"))
	s := tables.New(t)
	err := s.Check(t.Context())
	require.Error(t, err)
	testkit.AssertErrorText(t, "tables_too_new", err)
	_, err = s.Database(t.Context())
	require.Error(t, err)
}

func newer(t *testing.T, open func(t testing.TB) Tables) {
	tables, old := migrated(t, open)
	require.NoError(t, tables.Exec(t.Context(), "UPDATE outbox_meta SET version = 9, oldest = 2"))
	s := tables.New(t)
	require.NoError(t, s.Check(t.Context()))
	require.NoError(t, s.Migrate(t.Context()), "there is nothing to do")
	tables.write(t, old, event("a", "mail"))
	assert.Len(t, claim(t, s, "mail", 9), 1)
}

func otherDatabase(t *testing.T, open func(t testing.TB) Tables) {
	tables, s := migrated(t, open)
	others, other := migrated(t, open)
	_, err := s.Database(t.Context())
	require.NoError(t, err)
	tables.write(t, s, event("a", "mail"))
	d := claim(t, s, "mail", 9)[0]

	err = others.Tx(t.Context(), s, func(j cqrs.Journal) error {
		here, err := j.Database(t.Context())
		require.NoError(t, err)
		there, err := other.Database(t.Context())
		require.NoError(t, err)
		assert.Equal(t, there, here)
		return j.Write(t.Context(), []cqrs.Record{event("b", "mail")}, []cqrs.Claim{d.Claim})
	})
	require.ErrorIs(t, err, outbox.ErrOtherDatabase)
	testkit.AssertErrorText(t, "other_database", err)
	assert.Empty(t, claim(t, other, "mail", 9))
	require.NoError(t, tables.complete(t, s, d))
}

func badRecords(t *testing.T, open func(t testing.TB) Tables) {
	tables, s := migrated(t, open)
	for name, change := range map[string]func(*cqrs.Record){
		"record_id":           func(r *cqrs.Record) { r.ID = "first" },
		"record_name":         func(r *cqrs.Record) { r.Name = strings.Repeat("n", 256) },
		"record_key":          func(r *cqrs.Record) { r.Key = "\xff" },
		"record_subscription": func(r *cqrs.Record) { r.To[0].Subscription = "a\x00b" },
	} {
		r := event("a", "mail")
		change(&r)
		err := tables.Tx(t.Context(), s, func(j cqrs.Journal) error {
			return j.Write(t.Context(), []cqrs.Record{r}, nil)
		})
		require.Error(t, err, name)
		testkit.AssertErrorText(t, name, err)
	}
	all, err := s.Stats(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []outbox.Stats(nil), all)
}
