// Package storetest tests what the stores over SQL have in common beyond the conformance suite: the
// versions of their tables, their names, and how they claim from a backlog.
package storetest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// Store is a store of one of the packages.
type Store interface {
	outbox.Store
	Migrate(ctx context.Context) error
}

// Tables is an empty database, or a part of one, where a test can create the tables of an outbox under
// their default names.
type Tables struct {
	// New returns another store with these tables.
	New func(t testing.TB) Store
	// Tx runs f with the journal of a transaction, and commits unless f fails.
	Tx func(ctx context.Context, s Store, f func(cqrs.Journal) error) error
	// Exec runs a statement, as a tool such as psql does.
	Exec func(ctx context.Context, text string) error
}

// Run runs all tests. Each calls open once or twice.
func Run(t *testing.T, open func(t testing.TB) Tables) {
	for name, test := range map[string]func(t *testing.T, open func(t testing.TB) Tables){
		"says that tables are missing":            missing,
		"migrates once":                           migrateTwice,
		"migrates in several processes":           migrateConcurrently,
		"upgrades tables that another tool made":  upgrade,
		"refuses tables that need a newer one":    tooNew,
		"works with newer tables that allow it":   newer,
		"refuses a journal of another database":   otherDatabase,
		"refuses a record that it cannot store":   badRecords,
		"stops in a backlog when it is paused":    pauseInBacklog,
		"finds late commits in a backlog":         lateCommitInBacklog,
		"completes with several leases and keys":  severalLeases,
		"promotes when several keys end together": severalKeys,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open)
		})
	}
}

// migrated opens tables and creates them.
func migrated(t testing.TB, open func(t testing.TB) Tables) (Tables, Store) {
	tables := open(t)
	s := tables.New(t)
	require.NoError(t, s.Migrate(t.Context()))
	return tables, s
}

// write commits records.
func (tables Tables) write(t testing.TB, s Store, records ...cqrs.Record) {
	t.Helper()
	require.NoError(t, tables.Tx(t.Context(), s, func(j cqrs.Journal) error {
		return j.Write(t.Context(), records, nil)
	}))
}

// complete commits completions.
func (tables Tables) complete(t testing.TB, s Store, deliveries ...outbox.Delivery) error {
	return tables.Tx(t.Context(), s, func(j cqrs.Journal) error {
		var claims []cqrs.Claim
		for _, d := range deliveries {
			claims = append(claims, d.Claim)
		}
		return j.Write(t.Context(), nil, claims)
	})
}
