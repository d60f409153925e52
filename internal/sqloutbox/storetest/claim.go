package storetest

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/internal/uuid"
)

// event returns a new record.
func event(name string, subscriptions ...string) cqrs.Record {
	r := cqrs.Record{ID: uuid.New(), Name: name, Payload: []byte("{}")}
	for _, s := range subscriptions {
		r.To = append(r.To, cqrs.Destination{Subscription: s})
	}
	return r
}

// keyed returns a new record that keeps its order.
func keyed(name, key, subscription string) cqrs.Record {
	r := event(name, subscription)
	r.Key, r.To[0].InOrder = key, true
	return r
}

func claim(t testing.TB, s Store, subscription string, limit int) []outbox.Delivery {
	t.Helper()
	wants := []outbox.Want{{Subscription: subscription, Limit: limit}}
	deliveries, err := s.Claim(t.Context(), wants, time.Minute)
	require.NoError(t, err)
	return deliveries
}

// backlog writes more records than a claim takes.
func backlog(t testing.TB, tables Tables, s Store, n int) {
	var records []cqrs.Record
	for i := range n {
		records = append(records, event(strconv.Itoa(i), "mail"))
	}
	tables.write(t, s, records...)
}

func pauseInBacklog(t *testing.T, open func(t testing.TB) Tables) {
	tables, s := migrated(t, open)
	backlog(t, tables, s, 10)
	require.Len(t, claim(t, s, "mail", 2), 2)
	require.Len(t, claim(t, s, "mail", 2), 2)
	require.NoError(t, tables.New(t).Pause(t.Context(), "mail"))
	assert.Empty(t, claim(t, s, "mail", 2))
	require.NoError(t, s.Resume(t.Context(), "mail"))
	assert.Len(t, claim(t, s, "mail", 9), 6)
}

// lateCommitInBacklog checks that what becomes claimable before the start of a claim is found: at once if
// there is not enough after it, and in the order of due times.
func lateCommitInBacklog(t *testing.T, open func(t testing.TB) Tables) {
	tables, s := migrated(t, open)
	backlog(t, tables, s, 4)
	require.Len(t, claim(t, s, "mail", 2), 2)
	late := event("late", "mail")
	late.Due = time.Now().Add(-time.Hour)
	tables.write(t, s, late)

	got := claim(t, s, "mail", 9)
	require.Len(t, got, 3)
	assert.Equal(t, "late", got[0].Name)
	require.NoError(t, tables.complete(t, s, got...), "with the tokens of two claims")
}

func severalLeases(t *testing.T, open func(t testing.TB) Tables) {
	tables, s := migrated(t, open)
	tables.write(t, s, event("a", "mail", "audit"), event("b", "mail"), keyed("c", "1", "rooms"), keyed("d", "2", "rooms"))
	deliveries := append(claim(t, s, "mail", 1), claim(t, s, "mail", 1)...)
	deliveries = append(append(deliveries, claim(t, s, "rooms", 9)...), claim(t, s, "audit", 9)...)
	require.Len(t, deliveries, 5)
	require.NoError(t, tables.complete(t, s, deliveries...))
	require.ErrorIs(t, tables.complete(t, s, deliveries...), cqrs.ErrLeaseLost)
	all, err := s.Stats(t.Context())
	require.NoError(t, err)
	assert.Empty(t, all)
}

func severalKeys(t *testing.T, open func(t testing.TB) Tables) {
	const keys = 21 // more than one statement
	tables, s := migrated(t, open)
	var records []cqrs.Record
	for round := range 3 {
		for key := range keys {
			records = append(records, keyed(strconv.Itoa(round), strconv.Itoa(key), "rooms"))
		}
	}
	tables.write(t, s, records...)
	for round := range 3 {
		heads := claim(t, s, "rooms", 99)
		require.Len(t, heads, keys)
		for _, d := range heads {
			assert.Equal(t, strconv.Itoa(round), d.Name)
		}
		require.NoError(t, tables.complete(t, s, heads...))
	}
}
