package postgres_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/postgres"
)

// The application that the documents show takes a seat.
func TestDocumentedApplication(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	_, err := openPool(t).Exec(t.Context(), "CREATE SCHEMA "+schema)
	require.NoError(t, err)
	config, err := pgxpool.ParseConfig(databaseURL())
	require.NoError(t, err)
	config.ConnConfig.RuntimeParams["search_path"] = schema
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	_, err = pool.Exec(t.Context(), "CREATE TABLE seats (meeting TEXT, who TEXT)")
	require.NoError(t, err)
	store, err := postgres.NewStore(pool)
	require.NoError(t, err)
	require.NoError(t, store.Migrate(t.Context()))

	m, err := NewMediator(pool, store)
	require.NoError(t, err)
	require.NoError(t, m.Publish(t.Context(), UserJoined{Meeting: "a", User: "Ann"}))
	relay, err := outbox.NewRelay(store, m)
	require.NoError(t, err)
	require.NoError(t, relay.Drain(t.Context()))
	var seats int
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM seats").Scan(&seats))
	assert.Equal(t, 1, seats)

	assert.NoError(t, ProvideSQL(container.New(), openSQL(t)))
}
