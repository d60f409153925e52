package postgres_test

import (
	"testing"

	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	t.Run("passes the suite", func(t *testing.T) {
		t.Parallel()
		outboxtest.Run(t, database)
	})
	t.Run("behaves like its model", func(t *testing.T) {
		t.Parallel()
		outboxtest.RunRandom(t, database, 5)
	})
}

func TestSQLStore(t *testing.T) {
	t.Parallel()
	t.Run("passes the suite", func(t *testing.T) {
		t.Parallel()
		outboxtest.Run(t, sqlDatabase)
	})
	t.Run("behaves like its model", func(t *testing.T) {
		t.Parallel()
		outboxtest.RunRandom(t, sqlDatabase, 5)
	})
}
