package mysql_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/mysql"
)

// The application that the documents show takes a seat.
func TestDocumentedApplication(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	prefix := newPrefix(t, db)
	store := newStore(t, db, mysql.WithPrefix(prefix))
	_, err := db.Exec("CREATE TABLE IF NOT EXISTS seats (meeting VARCHAR(50), who VARCHAR(50))")
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := db.Exec("DROP TABLE seats")
		require.NoError(t, err)
	})

	m, err := NewMediator(db, store)
	require.NoError(t, err)
	require.NoError(t, m.Publish(t.Context(), UserJoined{Meeting: prefix, User: "Ann"}))
	relay, err := outbox.NewRelay(store, m)
	require.NoError(t, err)
	require.NoError(t, relay.Drain(t.Context()))
	var seats int
	require.NoError(t, db.QueryRow("SELECT count(*) FROM seats WHERE meeting = ?", prefix).Scan(&seats))
	assert.Equal(t, 1, seats)
}
