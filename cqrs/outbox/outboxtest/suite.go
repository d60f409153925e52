package outboxtest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// Database is an empty database with a store to test.
type Database struct {
	Store outbox.Store

	// Tx begins a transaction and calls f with its journal. It commits if f returns nil; otherwise it
	// rolls back and returns the error of f. It is called concurrently, and must wait at least five
	// seconds for a lock. Where the database may ask a client to repeat a transaction, after a
	// deadlock, say, Tx does that, so f may be called more than once.
	Tx func(ctx context.Context, f func(cqrs.Journal) error) error

	// Other is a store for the same database through another connection, as another process has it. Nil
	// means Store.
	Other outbox.Store

	// Advance moves the clock of the database forward. If it is nil, the clock is taken for
	// that of the machine, and the suite waits.
	Advance func(time.Duration)

	// Behead makes no delivery of an ordered subscription deliverable, as if the marks that a store keeps
	// for the first delivery of each key had been lost. Nil means that the store keeps none.
	Behead func(context.Context) error
}

// Run tests a store. It calls open for each case, and each time open must return an empty
// database of its own, with all tables that the store needs, and remove it when the test ends.
//
// A case that fails logs what the store must do and why.
func Run(t *testing.T, open func(t *testing.T) Database) {
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			c.test(t, func() Database { return open(t) })
		})
	}
}

// suiteCase is a case of the suite.
type suiteCase struct {
	name string // what the store does
	why  string // what would go wrong otherwise
	run  func(k *kit)
}

// cases returns all cases, the simple ones first.
func cases() []suiteCase {
	return slices.Concat(journalCases(), contentCases(), claimCases(), completeCases(), leaseCases(), failCases(),
		deadCases(), orderCases(), requeueCases(), scheduleCases(), operateCases(), contextCases(), concurrentCases())
}

func (c suiteCase) test(t testing.TB, open func() Database) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("The store must pass this: %s.\n%s", c.name, c.why)
		}
	}()
	c.run(newKit(t, open))
}
