package telemetry_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/telemetry"
)

func TestDurableDelivery(t *testing.T) {
	t.Parallel()

	t.Run("begins a trace that links to the handler that recorded the event", func(t *testing.T) {
		t.Parallel()
		o, store := durableShop(t, script{"PlaceOrder": record(orderPlaced), "OrderList": fail}, nil)
		require.NoError(t, o.Send(t.Context(), placeOrder))
		for range 2 {
			relay(t, store, o)
			store.Advance(time.Minute)
		}
		assert.Equal(t, `command PlaceOrder: ok
event OrderPlaced to *OrderList: error *DeclinedError <- command PlaceOrder
event OrderPlaced to *OrderList: error *DeclinedError <- command PlaceOrder
`, treesOf(t, o))
		spans := o.spans.Started()
		for i, s := range spans[1:] {
			assert.Equal(t, trace.SpanKindConsumer, s.SpanKind())
			assert.Equal(t, "orders", valueOf(s, "cqrs.subscription"))
			assert.EqualValues(t, i+1, valueOf(s, "cqrs.attempt"))
			assert.Regexp(t, "^[0-9a-f-]{36}/orders$", valueOf(s, "cqrs.delivery.id"))
			assert.NotEqual(t, spans[0].SpanContext().TraceID(), s.SpanContext().TraceID())
		}
		assert.Equal(t, trace.SpanKindInternal, spans[0].SpanKind())
		assert.Nil(t, valueOf(spans[0], "cqrs.delivery.id"))
	})

	t.Run("links each event of a batch to its own origin", func(t *testing.T) {
		t.Parallel()
		o, store := durableShop(t, script{"PlaceOrder": record(orderPlaced)}, []cqrs.DurableOption{cqrs.InBatches(10)})
		for range 2 {
			require.NoError(t, o.Send(t.Context(), placeOrder))
		}
		relay(t, store, o)
		spans := o.spans.Started()
		require.Len(t, spans, 4)
		for i, s := range spans[2:] {
			require.Len(t, s.Links(), 1)
			assert.Equal(t, spans[i].SpanContext().SpanID(), s.Links()[0].SpanContext.SpanID())
			assert.False(t, s.Parent().IsValid())
			assert.NotNil(t, valueOf(s, "cqrs.delivery.id"))
		}
		assert.NotEqual(t, valueOf(spans[2], "cqrs.delivery.id"), valueOf(spans[3], "cqrs.delivery.id"))
	})

	t.Run("of a scheduled command links to the span that scheduled it", func(t *testing.T) {
		t.Parallel()
		o, store := durableShop(t, nil, nil)
		ctx, span := o.tracer.Tracer("test").Start(t.Context(), "caller")
		_, err := cqrs.Schedule(ctx, o.Mediator, placeOrder, time.Now())
		require.NoError(t, err)
		span.End()
		relay(t, store, o)
		assert.Equal(t, "caller\ncommand PlaceOrder: ok <- caller\n", treesOf(t, o))
	})

	t.Run("has no link if the event was recorded without a span", func(t *testing.T) {
		t.Parallel()
		o, store := durableShop(t, nil, nil)
		require.NoError(t, o.Publish(t.Context(), orderPlaced))
		relay(t, store, o)
		assert.Equal(t, "event OrderPlaced to *OrderList: ok\n", treesOf(t, o))
	})
}

func TestPropagator(t *testing.T) {
	t.Parallel()
	member, err := baggage.NewMember("tenant", "acme")
	require.NoError(t, err)
	bag, err := baggage.New(member)
	require.NoError(t, err)
	span := trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled,
	})
	ctx := trace.ContextWithSpanContext(baggage.ContextWithBaggage(t.Context(), bag), span)

	t.Run("stores the trace context, and no baggage", func(t *testing.T) {
		t.Parallel()
		p := telemetry.Propagator()
		headers := p.Inject(ctx)
		assert.Equal(t, map[string]string{"traceparent": "00-01000000000000000000000000000000-0200000000000000-01"}, headers)
		got := trace.SpanContextFromContext(p.Extract(context.Background(), headers))
		assert.True(t, got.Equal(span.WithRemote(true)))
		assert.Nil(t, p.Inject(t.Context()), "there is no span")
	})

	t.Run("ignores headers that are missing or invalid", func(t *testing.T) {
		t.Parallel()
		for _, headers := range []map[string]string{nil, {}, {"traceparent": "nonsense"}} {
			assert.Equal(t, context.Background(), telemetry.Propagator().Extract(context.Background(), headers))
		}
	})

	t.Run("gives the handler the baggage if it is stored", func(t *testing.T) {
		t.Parallel()
		var tenant string
		o, store := durableShop(t, script{"OrderList": func(ctx context.Context, _ *self) error {
			tenant = baggage.FromContext(ctx).Member("tenant").Value()
			return nil
		}}, nil, bootstrap.WithPropagator(telemetry.Propagator(propagation.Baggage{}, nil)))
		require.NoError(t, o.Publish(ctx, orderPlaced))
		relay(t, store, o)
		assert.Equal(t, "acme", tenant)
	})
}
