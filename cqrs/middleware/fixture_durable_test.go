package middleware_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

// durably makes an application store the event joined.
func durably(a *app, decode func(string, []byte) (joined, error)) *outboxtest.Store {
	a.t.Helper()
	store := outboxtest.NewStore()
	a.provide(func() (*outboxtest.Tx, container.Finalizer) {
		tx := store.Begin()
		return tx, container.Transaction(tx)
	}, container.Scoped())
	a.provide(outboxtest.NewJournal, container.Scoped())
	a.events = append(a.events, func(m *cqrs.EventMap) {
		cqrs.RegisterEvent(m, cqrs.EventType[joined]{Name: "joined", Decode: decode})
	})
	return store
}

// deliver makes all deliveries, with two attempts for each.
func deliver(t *testing.T, store outbox.Store, m *cqrs.Mediator) {
	t.Helper()
	relay, err := outbox.NewRelay(store, m, outbox.Retry(outbox.RetryPolicy{Attempts: 2, Initial: time.Second}))
	require.NoError(t, err)
	require.NoError(t, relay.Drain(context.Background()))
}
