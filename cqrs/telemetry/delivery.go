package telemetry

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// These are the names of the instruments of durable deliveries.
const (
	deliveryDurationName = "cqrs.outbox.delivery.duration"
	relayErrorsName      = "cqrs.outbox.relay.errors"
)

// DeliveryMetrics returns an observer that measures the attempts of durable deliveries, and counts
// the errors of relays; the package documentation describes the instruments. Pass it to
// bootstrap.WithObserver in each process that has a relay. Of the options only
// [WithMeterProvider] matters. An invalid option, and an instrument that the meter provider
// rejects, is an [*Error].
func DeliveryMetrics(opts ...Option) (cqrs.Observer, error) {
	meter, err := meterOf(opts)
	if err != nil {
		return cqrs.Observer{}, err
	}
	d := new(deliveries)
	if problem := guard(func() { err = d.create(meter) }); problem != nil {
		err = providerError("meter", problem)
	}
	if err != nil {
		return cqrs.Observer{}, err
	}
	return cqrs.Observer{
		Delivered: d.delivered,
		RelayFailed: func(ctx context.Context, _ error) {
			d.errors.Add(ctx, 1)
		},
	}, nil
}

// deliveries are the instruments of durable deliveries.
type deliveries struct {
	duration metric.Float64Histogram
	errors   metric.Int64Counter
	known    sync.Map // from a kind of attempt to its attributes
}

// attempts are those of one subscription with one outcome.
type attempts struct{ subscription, outcome string }

func (d *deliveries) create(meter metric.Meter) (err error) {
	d.duration, err = meter.Float64Histogram(deliveryDurationName,
		metric.WithUnit("s"),
		metric.WithDescription("How long an attempt to make a durable delivery took."),
		metric.WithExplicitBucketBoundaries(bounds()...))
	if err != nil {
		return instrumentError(deliveryDurationName, err)
	}
	d.errors, err = meter.Int64Counter(relayErrorsName,
		metric.WithUnit("{error}"),
		metric.WithDescription("How many errors relays had, such as of their stores."))
	if err != nil {
		return instrumentError(relayErrorsName, err)
	}
	return nil
}

func (d *deliveries) delivered(ctx context.Context, o cqrs.DeliveryOutcome) {
	a := attempts{o.Subscription, "ok"}
	switch {
	case o.Err == nil:
	case o.Dead:
		a.outcome = "dead"
	case safe.Is(o.Err, cqrs.ErrLeaseLost):
		a.outcome = "lease_lost"
	default:
		a.outcome = "failed"
	}
	with, known := d.known.Load(a)
	if !known {
		set := attribute.NewSet(subscriptionKey.String(a.subscription), deliveryKey.String(a.outcome))
		with, _ = d.known.LoadOrStore(a, []metric.RecordOption{metric.WithAttributeSet(set)})
	}
	d.duration.Record(ctx, o.Took.Seconds(), with.([]metric.RecordOption)...)
}
