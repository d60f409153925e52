package telemetry_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/digcqrs/digcqrs/cqrs"
)

// metricsOf returns all measurements as text, a line for each set of attributes:
// the name of the instrument, the attributes without the path of this package, and the number
// of measurements or the value.
func metricsOf(t *testing.T, o *observed) string {
	t.Helper()
	var lines []string
	for _, m := range collect(t, o).Metrics {
		switch data := m.Data.(type) {
		case metricdata.Histogram[float64]:
			for _, p := range data.DataPoints {
				lines = append(lines, fmt.Sprintf("%s{%s} %d", m.Name, p.Attributes.Encoded(attribute.DefaultEncoder()), p.Count))
			}
		case metricdata.Sum[int64]:
			for _, p := range data.DataPoints {
				lines = append(lines, fmt.Sprintf("%s{%s} %d", m.Name, p.Attributes.Encoded(attribute.DefaultEncoder()), p.Value))
			}
		default:
			require.Failf(t, "another kind of instrument", "%T", data)
		}
	}
	short := strings.NewReplacer(here, "", "telemetry_test.", "")
	for i, line := range lines {
		lines[i] = short.Replace(line) + "\n"
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// collect returns what was measured.
func collect(t *testing.T, o *observed) metricdata.ScopeMetrics {
	t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(t, o.reader.Collect(t.Context(), &all))
	require.Len(t, all.ScopeMetrics, 1)
	assert.Equal(t, "github.com/digcqrs/digcqrs/cqrs/telemetry", all.ScopeMetrics[0].Scope.Name)
	return all.ScopeMetrics[0]
}

func TestMetrics(t *testing.T) {
	t.Parallel()

	t.Run("count by message, handler, outcome and type of error", func(t *testing.T) {
		t.Parallel()
		calls := 0
		o := shop(t, script{
			"PlaceOrder": func(ctx context.Context, h *self) error {
				h.Record(orderPlaced)
				switch calls++; calls {
				case 1:
					return fail(ctx, h)
				case 2:
					return panics(ctx, h)
				case 3:
					return fmt.Errorf("wrapped: %w", fail(ctx, h))
				}
				return nil
			},
			"Courier": fail,
		})
		for range 5 {
			require.Error(t, o.Send(t.Context(), placeOrder))
		}
		require.NoError(t, drain(o, t.Context()))
		for range cqrs.Stream(t.Context(), o, exportOrders) {
			break
		}
		assert.Equal(t, `cqrs.message.active{code.function.name=(*Courier).Handle,cqrs.message.kind=event,cqrs.message.type=OrderPlaced,cqrs.subscription=*Courier} 0
cqrs.message.active{code.function.name=(*ExportOrdersHandler).Handle,cqrs.message.kind=stream,cqrs.message.type=ExportOrders} 0
cqrs.message.active{code.function.name=(*Ledger).Handle,cqrs.message.kind=event,cqrs.message.type=OrderPlaced,cqrs.subscription=*Ledger} 0
cqrs.message.active{code.function.name=(*Mailer).Handle,cqrs.message.kind=event,cqrs.message.type=OrderPlaced,cqrs.subscription=mailer} 0
cqrs.message.active{code.function.name=(*OrderList).Handle,cqrs.message.kind=event,cqrs.message.type=OrderPlaced,cqrs.subscription=orders} 0
cqrs.message.active{code.function.name=(*PlaceOrderHandler).Handle,cqrs.message.kind=command,cqrs.message.type=PlaceOrder} 0
cqrs.message.duration{code.function.name=(*Courier).Handle,cqrs.message.kind=event,cqrs.message.type=OrderPlaced,cqrs.outcome=error,cqrs.subscription=*Courier,error.type=*DeclinedError} 2
cqrs.message.duration{code.function.name=(*ExportOrdersHandler).Handle,cqrs.message.kind=stream,cqrs.message.type=ExportOrders,cqrs.outcome=ok} 1
cqrs.message.duration{code.function.name=(*ExportOrdersHandler).Handle,cqrs.message.kind=stream,cqrs.message.type=ExportOrders,cqrs.outcome=stopped} 1
cqrs.message.duration{code.function.name=(*Ledger).Handle,cqrs.message.kind=event,cqrs.message.type=OrderPlaced,cqrs.outcome=ok,cqrs.subscription=*Ledger} 2
cqrs.message.duration{code.function.name=(*Mailer).Handle,cqrs.message.kind=event,cqrs.message.type=OrderPlaced,cqrs.outcome=ok,cqrs.subscription=mailer} 2
cqrs.message.duration{code.function.name=(*OrderList).Handle,cqrs.message.kind=event,cqrs.message.type=OrderPlaced,cqrs.outcome=ok,cqrs.subscription=orders} 2
cqrs.message.duration{code.function.name=(*PlaceOrderHandler).Handle,cqrs.message.kind=command,cqrs.message.type=PlaceOrder,cqrs.outcome=error,error.type=*DeclinedError} 2
cqrs.message.duration{code.function.name=(*PlaceOrderHandler).Handle,cqrs.message.kind=command,cqrs.message.type=PlaceOrder,cqrs.outcome=panic,error.type=*cqrs.PanicError} 1
cqrs.message.duration{code.function.name=(*PlaceOrderHandler).Handle,cqrs.message.kind=command,cqrs.message.type=PlaceOrder,cqrs.outcome=side_effect_failed} 2
`, metricsOf(t, o))
	})

	t.Run("report what is being handled", func(t *testing.T) {
		t.Parallel()
		var during string
		o := shop(t, script{
			"PlaceOrder": sends(),
			"ReserveStock": func(ctx context.Context, _ *self) error {
				during = metricsOf(t, ctx.Value(appKey{}).(*observed))
				return nil
			},
		})
		require.NoError(t, o.Send(context.WithValue(t.Context(), appKey{}, o), placeOrder))
		assert.Equal(t, `cqrs.message.active{code.function.name=(*PlaceOrderHandler).Handle,cqrs.message.kind=command,cqrs.message.type=PlaceOrder} 1
cqrs.message.active{code.function.name=(*ReserveStockHandler).Handle,cqrs.message.kind=command,cqrs.message.type=ReserveStock} 1
`, during)
	})

	t.Run("are in seconds, and count the events and after-scope handlers of a request", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			wait := func(context.Context, *self) error { time.Sleep(20 * time.Millisecond); return nil }
			o := shop(t, script{"PlaceOrder": record(stockReserved, mailSent), "Shelf": wait, "Archive": wait})
			require.NoError(t, o.Send(t.Context(), placeOrder))
			for _, m := range collect(t, o).Metrics {
				if m.Name != "cqrs.message.duration" {
					assert.Equal(t, "{message}", m.Unit)
					assert.False(t, m.Data.(metricdata.Sum[int64]).IsMonotonic)
					continue
				}
				assert.Equal(t, "s", m.Unit)
				want := map[string]float64{"PlaceOrder": 0.04, "StockReserved": 0.02}
				for _, p := range m.Data.(metricdata.Histogram[float64]).DataPoints {
					message, _ := p.Attributes.Value("cqrs.message.type")
					if seconds, ok := want[strings.TrimPrefix(message.AsString(), here)]; ok {
						assert.InDelta(t, seconds, p.Sum, 1e-9, message.AsString())
						assert.Equal(t, 0.0001, p.Bounds[0])
						assert.Equal(t, 10.0, p.Bounds[len(p.Bounds)-1])
						delete(want, strings.TrimPrefix(message.AsString(), here))
					}
				}
				assert.Empty(t, want)
			}
		})
	})

	t.Run("point to a span of the same message", func(t *testing.T) {
		t.Parallel()
		o := shop(t, nil)
		require.NoError(t, o.Send(t.Context(), placeOrder))
		for _, m := range collect(t, o).Metrics {
			if data, ok := m.Data.(metricdata.Histogram[float64]); ok {
				require.Len(t, data.DataPoints[0].Exemplars, 1)
				id := o.spans.Ended()[0].SpanContext().SpanID()
				assert.Equal(t, id[:], data.DataPoints[0].Exemplars[0].SpanID)
			}
		}
	})
}
