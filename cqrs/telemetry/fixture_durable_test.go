package telemetry_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
	"github.com/digcqrs/digcqrs/cqrs/telemetry"
)

// durableShop is a shop in which the order list is a durable subscription, and orders can be placed later.
func durableShop(t *testing.T, s script, durable []cqrs.DurableOption, opts ...bootstrap.Option) (*observed,
	*outboxtest.Store) {
	t.Helper()
	store := outboxtest.NewStore()
	c := handlers(t, s)
	require.NoError(t, c.Provide(func() (*outboxtest.Tx, container.Finalizer) {
		tx := store.Begin()
		return tx, container.Transaction(tx)
	}, container.Scoped()))
	require.NoError(t, c.Provide(outboxtest.NewJournal, container.Scoped()))
	o, middleware := observe(t)
	o.start(t, c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*PlaceOrderHandler](m)
		cqrs.RegisterCommand(m, cqrs.CommandType[PlaceOrder]{Name: "shop.place_order"})
	}, func(m *cqrs.EventMap) {
		cqrs.RegisterEvent(m, cqrs.EventType[OrderPlaced]{Name: "shop.order_placed"})
		cqrs.BindEvent[*OrderList](m, cqrs.Durable("orders", durable...))
	}, append([]bootstrap.Option{bootstrap.WithMiddleware(middleware), bootstrap.WithPropagator(telemetry.Propagator())},
		opts...)...)
	return o, store
}

// relay makes all deliveries that are due, with two attempts for each.
func relay(t *testing.T, store outbox.Store, o *observed) {
	t.Helper()
	r, err := outbox.NewRelay(store, o.Mediator, outbox.Retry(outbox.RetryPolicy{Attempts: 2, Initial: time.Second}))
	require.NoError(t, err)
	require.NoError(t, r.Drain(context.Background()))
}

// valueOf returns an attribute of a span, or nil.
func valueOf(s sdktrace.ReadWriteSpan, key attribute.Key) any {
	for _, a := range s.Attributes() {
		if a.Key == key {
			return a.Value.AsInterface()
		}
	}
	return nil
}
