package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
	"github.com/digcqrs/digcqrs/cqrs/telemetry"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// statStore is a store with statistics of its own.
type statStore struct {
	*outboxtest.Store
	calls int
	stats func(ctx context.Context) ([]outbox.Stats, error)
}

func (s *statStore) Stats(ctx context.Context) ([]outbox.Stats, error) {
	s.calls++
	return s.stats(ctx)
}

// readings returns a line for each data point: the name, the unit, the attributes, and the value or the count.
func readings(t *testing.T, reader sdkmetric.Reader) (lines []string, err error) {
	t.Helper()
	var all metricdata.ResourceMetrics
	err = reader.Collect(context.Background(), &all)
	for _, s := range all.ScopeMetrics {
		for _, m := range s.Metrics {
			assert.NotEmpty(t, m.Description)
			add := func(attributes attribute.Set, value any) {
				of := attributes.Encoded(attribute.DefaultEncoder())
				lines = append(lines, fmt.Sprintf("%s [%s] {%s} %v", m.Name, m.Unit, of, value))
			}
			switch d := m.Data.(type) {
			case metricdata.Gauge[int64]:
				for _, p := range d.DataPoints {
					add(p.Attributes, p.Value)
				}
			case metricdata.Gauge[float64]:
				for _, p := range d.DataPoints {
					add(p.Attributes, p.Value)
				}
			case metricdata.Sum[int64]:
				for _, p := range d.DataPoints {
					add(p.Attributes, p.Value)
				}
			case metricdata.Histogram[float64]:
				for _, p := range d.DataPoints {
					add(p.Attributes, p.Count)
				}
			}
		}
	}
	slices.Sort(lines)
	return lines, err
}

func meters(t *testing.T) (*sdkmetric.ManualReader, *sdkmetric.MeterProvider) {
	reader := sdkmetric.NewManualReader()
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	return reader, provider
}

func TestOutboxMetrics(t *testing.T) {
	t.Parallel()

	t.Run("reports the statistics, read once for each collection", func(t *testing.T) {
		t.Parallel()
		reader, provider := meters(t)
		store := &statStore{stats: func(context.Context) ([]outbox.Stats, error) {
			return []outbox.Stats{
				{Subscription: "mail", Pending: 3, Dead: 1, Oldest: 90 * time.Second},
				{Subscription: "rooms", Paused: true},
			}, nil
		}}
		registration, err := telemetry.OutboxMetrics(store, telemetry.WithMeterProvider(provider))
		require.NoError(t, err)
		lines, err := readings(t, reader)
		require.NoError(t, err)
		assert.Equal(t, []string{
			"cqrs.outbox.dead.count [{delivery}] {cqrs.subscription=mail} 1",
			"cqrs.outbox.dead.count [{delivery}] {cqrs.subscription=rooms} 0",
			"cqrs.outbox.paused [1] {cqrs.subscription=mail} 0",
			"cqrs.outbox.paused [1] {cqrs.subscription=rooms} 1",
			"cqrs.outbox.pending.age [s] {cqrs.subscription=mail} 90",
			"cqrs.outbox.pending.age [s] {cqrs.subscription=rooms} 0",
			"cqrs.outbox.pending.count [{delivery}] {cqrs.subscription=mail} 3",
			"cqrs.outbox.pending.count [{delivery}] {cqrs.subscription=rooms} 0",
		}, lines)
		assert.Equal(t, 1, store.calls)

		store.stats = func(context.Context) ([]outbox.Stats, error) { return nil, nil }
		lines, err = readings(t, reader)
		require.NoError(t, err)
		require.Len(t, lines, 8, "a subscription without deliveries has zeros")
		for _, l := range lines {
			assert.True(t, strings.HasSuffix(l, " 0"), l)
		}

		require.NoError(t, registration.Unregister())
		lines, err = readings(t, reader)
		require.NoError(t, err)
		assert.Empty(t, lines)
		assert.Equal(t, 2, store.calls)
	})

	t.Run("returns a failure of the store to the reader", func(t *testing.T) {
		t.Parallel()
		reader, provider := meters(t)
		store := &statStore{stats: func(context.Context) ([]outbox.Stats, error) { return nil, errTaken }}
		_, err := telemetry.OutboxMetrics(store, telemetry.WithMeterProvider(provider))
		require.NoError(t, err)
		_, err = readings(t, reader)
		require.ErrorIs(t, err, errTaken)
		store.stats = func(context.Context) ([]outbox.Stats, error) { panic("no statistics") }
		_, err = readings(t, reader)
		require.ErrorContains(t, err, "no statistics")
	})

	t.Run("waits for the store for five seconds", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			reader, provider := meters(t)
			store := &statStore{stats: func(ctx context.Context) ([]outbox.Stats, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}}
			_, err := telemetry.OutboxMetrics(store, telemetry.WithMeterProvider(provider))
			require.NoError(t, err)
			start := time.Now()
			_, err = readings(t, reader)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, 5*time.Second, time.Since(start))
		})
	})

	t.Run("rejects what it cannot use", func(t *testing.T) {
		t.Parallel()
		for _, store := range []outbox.Store{nil, (*outboxtest.Store)(nil)} {
			_, err := telemetry.OutboxMetrics(store)
			require.ErrorIs(t, err, telemetry.ErrOption)
			testkit.AssertErrorText(t, "nil_store", err)
		}
		_, err := telemetry.OutboxMetrics(outboxtest.NewStore(), nil)
		require.ErrorIs(t, err, telemetry.ErrOption)
		_, err = telemetry.OutboxMetrics(outboxtest.NewStore(), telemetry.WithMeterProvider(brokenMeters{}))
		require.ErrorIs(t, err, telemetry.ErrOption)
	})
}

func TestDeliveryMetrics(t *testing.T) {
	t.Parallel()

	t.Run("measures attempts by subscription and outcome", func(t *testing.T) {
		t.Parallel()
		reader, provider := meters(t)
		observer, err := telemetry.DeliveryMetrics(telemetry.WithMeterProvider(provider))
		require.NoError(t, err)
		fails := true
		o, store := durableShop(t, script{"OrderList": func(ctx context.Context, h *self) error {
			if fails {
				return fail(ctx, h)
			}
			return nil
		}}, nil, bootstrap.WithObserver(observer))
		require.NoError(t, o.Publish(t.Context(), orderPlaced))
		for range 2 {
			relay(t, store, o)
			store.Advance(time.Minute)
		}
		fails = false
		for range 3 {
			require.NoError(t, o.Publish(t.Context(), orderPlaced))
		}
		relay(t, store, o)
		o.Deliverer().Report(t.Context(), cqrs.DeliveryOutcome{Subscription: "orders", Err: cqrs.ErrLeaseLost})
		o.Deliverer().ReportTrouble(t.Context(), errors.New("no connection"))
		lines, err := readings(t, reader)
		require.NoError(t, err)
		assert.Equal(t, []string{
			"cqrs.outbox.delivery.duration [s] {cqrs.delivery.outcome=dead,cqrs.subscription=orders} 1",
			"cqrs.outbox.delivery.duration [s] {cqrs.delivery.outcome=failed,cqrs.subscription=orders} 1",
			"cqrs.outbox.delivery.duration [s] {cqrs.delivery.outcome=lease_lost,cqrs.subscription=orders} 1",
			"cqrs.outbox.delivery.duration [s] {cqrs.delivery.outcome=ok,cqrs.subscription=orders} 3",
			"cqrs.outbox.relay.errors [{error}] {} 1",
		}, lines)
	})

	t.Run("rejects what it cannot use", func(t *testing.T) {
		t.Parallel()
		_, err := telemetry.DeliveryMetrics(telemetry.WithMeterProvider(refusingMeters{err: errTaken}))
		require.ErrorIs(t, err, telemetry.ErrInstrument)
		_, err = telemetry.DeliveryMetrics(telemetry.WithMeterProvider(brokenMeters{}))
		require.ErrorIs(t, err, telemetry.ErrOption)
		observer, err := telemetry.DeliveryMetrics(telemetry.WithMeterProvider(noop.NewMeterProvider()))
		require.NoError(t, err)
		observer.RelayFailed(t.Context(), errTaken)
		observer.Delivered(t.Context(), cqrs.DeliveryOutcome{})
	})
}
