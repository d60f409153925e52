package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// Propagator returns a propagator that stores the trace context with events of durable
// subscriptions and with scheduled commands, as the headers traceparent and tracestate, so that
// the span of a delivery links to the span in which the event was recorded. Pass it to
// bootstrap.WithPropagator.
//
// With arguments it uses these instead of propagation.TraceContext. Baggage is not stored unless
// you pass propagation.Baggage: it comes from other systems, and may hold personal data that
// must not stay in a database. If it is stored, the handler has it in its context. A propagator
// that is nil is ignored, and one that panics stores nothing.
func Propagator(propagators ...propagation.TextMapPropagator) cqrs.Propagator {
	if len(propagators) == 0 {
		propagators = []propagation.TextMapPropagator{propagation.TraceContext{}}
	}
	return cqrs.Propagator{
		Inject: func(ctx context.Context) map[string]string {
			headers := propagation.MapCarrier{}
			for _, p := range propagators {
				safe.Do(func() { p.Inject(ctx, headers) })
			}
			if len(headers) == 0 {
				return nil
			}
			return headers
		},
		Extract: func(ctx context.Context, headers map[string]string) context.Context {
			for _, p := range propagators {
				safe.Do(func() { ctx = p.Extract(ctx, propagation.MapCarrier(headers)) })
			}
			return ctx
		},
	}
}

// withBaggage returns the context of a delivery with the baggage that was stored.
func withBaggage(ctx, origin context.Context) context.Context {
	if b := baggage.FromContext(origin); b.Len() > 0 {
		return baggage.ContextWithBaggage(ctx, b)
	}
	return ctx
}
