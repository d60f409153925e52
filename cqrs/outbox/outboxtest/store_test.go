package outboxtest_test

import (
	"context"
	"testing"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

// database returns a Database of a new store.
func database(store *outboxtest.Store) outboxtest.Database {
	return outboxtest.Database{
		Store: store,
		Tx: func(_ context.Context, f func(cqrs.Journal) error) error {
			tx := store.Begin()
			if err := f(outboxtest.NewJournal(tx)); err != nil {
				_ = tx.Rollback()
				return err
			}
			return tx.Commit()
		},
	}
}

// open returns a database with the clock of the machine.
func open(*testing.T) outboxtest.Database { return database(outboxtest.NewStore()) }

// openMovable returns a database whose clock the suite moves.
func openMovable(*testing.T) outboxtest.Database {
	store := outboxtest.NewStore()
	db := database(store)
	db.Advance = store.Advance
	return db
}

func TestStore(t *testing.T) {
	t.Parallel()
	t.Run("passes the suite with the clock of the machine", func(t *testing.T) {
		t.Parallel()
		outboxtest.Run(t, open)
	})
	t.Run("passes the suite with a clock that is moved", func(t *testing.T) {
		t.Parallel()
		outboxtest.Run(t, openMovable)
	})
	t.Run("behaves like its model with the clock of the machine", func(t *testing.T) {
		t.Parallel()
		outboxtest.RunRandom(t, open, 5)
	})
	t.Run("behaves like its model with a clock that is moved", func(t *testing.T) {
		t.Parallel()
		outboxtest.RunRandom(t, openMovable, 200)
	})
}
