package telemetry

import (
	"context"
	"slices"

	"go.opentelemetry.io/otel/trace"

	"github.com/digcqrs/digcqrs/cqrs"
)

// startSpan starts the span of a message. The span of an event that is handled in the scope
// of the request is a child of the span in which the event was raised. The span of an event
// that is handled in a scope of its own is a child of the span of its context, and links to
// the span in which the event was raised. So does the span of a durable delivery, in a batch, too.
func (s *subject) startSpan(ctx context.Context, in *cqrs.Invocation) (context.Context, trace.Span) {
	origin := in.Origin()
	if origin == nil {
		return s.tracer.Start(ctx, s.spanName, s.spanStart...)
	}
	spanStart := slices.Clip(s.spanStart)
	id, isDelivery := in.DeliveryID()
	if isDelivery {
		ctx = withBaggage(ctx, origin)
		spanStart = append(spanStart, trace.WithSpanKind(trace.SpanKindConsumer),
			trace.WithAttributes(deliveryIDKey.String(id), attemptKey.Int(in.Attempt())))
	}
	raised := trace.SpanFromContext(origin)
	from := raised.SpanContext()
	switch {
	case !from.IsValid():
		// The event was published with a context that has no span.
	case isDelivery || !in.Nested():
		link := trace.WithLinks(trace.Link{SpanContext: from})
		return s.tracer.Start(ctx, s.spanName, append(spanStart, link)...)
	case !isSpan(trace.SpanContextFromContext(ctx), from):
		ctx = trace.ContextWithSpan(ctx, raised)
	}
	return s.tracer.Start(ctx, s.spanName, spanStart...)
}

// markAttempt sets which attempt the outcome of a span is from, unless that is the first.
func markAttempt(span trace.Span, attempt int) {
	if attempt > 1 {
		span.SetAttributes(attemptKey.Int(attempt), retriesKey.Int(attempt-1))
	}
}

func isSpan(a, b trace.SpanContext) bool {
	return a.SpanID() == b.SpanID() && a.TraceID() == b.TraceID()
}
