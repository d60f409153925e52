package telemetry

import "go.opentelemetry.io/otel/metric"

// These are the names of the instruments.
const (
	durationName = "cqrs.message.duration"
	activeName   = "cqrs.message.active"
)

// instruments are the instruments of a subject.
type instruments struct {
	duration metric.Float64Histogram
	active   metric.Int64UpDownCounter
}

// bounds returns the buckets that the semantic conventions recommend for HTTP requests,
// with four smaller ones, because a message within a process may take microseconds.
func bounds() []float64 {
	return []float64{0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}
}

func newInstruments(meter metric.Meter) (i instruments, problems []error) {
	var err error
	i.duration, err = meter.Float64Histogram(durationName,
		metric.WithUnit("s"),
		metric.WithDescription("How long it took to handle a message, with all that belongs to its request."),
		metric.WithExplicitBucketBoundaries(bounds()...))
	if err != nil {
		problems = append(problems, instrumentError(durationName, err))
	}
	i.active, err = meter.Int64UpDownCounter(activeName,
		metric.WithUnit("{message}"),
		metric.WithDescription("How many messages are being handled."))
	if err != nil {
		problems = append(problems, instrumentError(activeName, err))
	}
	return i, problems
}
