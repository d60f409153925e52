package telemetry

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/digcqrs/digcqrs/cqrs/outbox"
)

// These are the names of the instruments of a store.
const (
	pendingName = "cqrs.outbox.pending.count"
	ageName     = "cqrs.outbox.pending.age"
	deadName    = "cqrs.outbox.dead.count"
	pausedName  = "cqrs.outbox.paused"
)

// statsTimeout bounds how long a collection waits for the database.
const statsTimeout = 5 * time.Second

// OutboxMetrics creates the instruments of a store, which the package documentation describes. At
// each collection they read the statistics of the store once, for at most five seconds. A failure
// is returned to the reader, which passes it to the error handler of OpenTelemetry, and the values
// are missing from that collection.
//
// The values are those of the database, whichever process reads them: one that does is enough. Of
// the options only [WithMeterProvider] matters. The instruments exist until Unregister is called. An
// invalid argument, and an instrument that the meter provider rejects, is an [*Error].
func OutboxMetrics(store outbox.Store, opts ...Option) (metric.Registration, error) {
	if v := reflect.ValueOf(store); store == nil || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, nilStoreError()
	}
	meter, err := meterOf(opts)
	if err != nil {
		return nil, err
	}
	g := &gauges{store: store, known: make(map[string]metric.MeasurementOption)}
	var registration metric.Registration
	if problem := guard(func() { registration, err = g.register(meter) }); problem != nil {
		return nil, providerError("meter", problem)
	}
	return registration, err
}

// gauges are the instruments of a store.
type gauges struct {
	store   outbox.Store
	pending metric.Int64ObservableGauge
	age     metric.Float64ObservableGauge
	dead    metric.Int64ObservableGauge
	paused  metric.Int64ObservableGauge

	mu    sync.Mutex
	known map[string]metric.MeasurementOption // the attributes of each subscription that was ever seen
}

func (g *gauges) register(meter metric.Meter) (metric.Registration, error) {
	for _, i := range []struct {
		gauge             *metric.Int64ObservableGauge
		name, unit, about string
	}{
		{&g.pending, pendingName, "{delivery}", "How many deliveries are not made yet, without dead letters."},
		{&g.dead, deadName, "{delivery}", "How many deliveries are dead letters."},
		{&g.paused, pausedName, "1", "1 if the subscription is paused, and 0 otherwise."},
	} {
		var err error
		*i.gauge, err = meter.Int64ObservableGauge(i.name, metric.WithUnit(i.unit), metric.WithDescription(i.about))
		if err != nil {
			return nil, instrumentError(i.name, err)
		}
	}
	var err error
	g.age, err = meter.Float64ObservableGauge(ageName, metric.WithUnit("s"),
		metric.WithDescription("For how long the oldest delivery has been due that is not made yet."))
	if err != nil {
		return nil, instrumentError(ageName, err)
	}
	registration, err := meter.RegisterCallback(g.observe, g.pending, g.age, g.dead, g.paused)
	if err != nil {
		return nil, instrumentError(pendingName, err)
	}
	return registration, nil
}

// observe reports the statistics of the store. A subscription that has none any more is reported
// with zeros, so that its last values do not stay.
func (g *gauges) observe(ctx context.Context, to metric.Observer) error {
	ctx, cancel := context.WithTimeout(ctx, statsTimeout)
	defer cancel()
	var all []outbox.Stats
	var err error
	if problem := guard(func() { all, err = g.store.Stats(ctx) }); problem != nil {
		err = fmt.Errorf("the store panicked: %w", problem)
	}
	if err != nil {
		return fmt.Errorf("telemetry: read the statistics of the outbox: %w", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := make(map[string]outbox.Stats, len(all))
	for _, s := range all {
		now[s.Subscription] = s
		if g.known[s.Subscription] == nil {
			g.known[s.Subscription] = metric.WithAttributeSet(attribute.NewSet(subscriptionKey.String(s.Subscription)))
		}
	}
	for subscription, of := range g.known {
		s := now[subscription]
		paused := int64(0)
		if s.Paused {
			paused = 1
		}
		to.ObserveInt64(g.pending, int64(s.Pending), of)
		to.ObserveFloat64(g.age, s.Oldest.Seconds(), of)
		to.ObserveInt64(g.dead, int64(s.Dead), of)
		to.ObserveInt64(g.paused, paused, of)
	}
	return nil
}

// meterOf returns the meter that the options select.
func meterOf(opts []Option) (meter metric.Meter, err error) {
	o, problems := readOptions(opts)
	if len(problems) > 0 {
		return nil, problems[0]
	}
	if err := guard(func() { meter = o.meters.Meter(scope) }); err != nil {
		return nil, providerError("meter", err)
	}
	return meter, nil
}
