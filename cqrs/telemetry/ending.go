package telemetry

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/digcqrs/digcqrs/cqrs"
)

// An ending is what a span and a measurement say of how a message ended.
type ending struct {
	isError    bool
	attributes []attribute.KeyValue // for the span
	measured   []metric.RecordOption
}

func (s *subject) newEnding(outcome string, more ...attribute.KeyValue) *ending {
	attributes := append([]attribute.KeyValue{outcomeKey.String(outcome)}, more...)
	all := attribute.NewSet(slices.Concat(s.attributes, attributes)...)
	return &ending{attributes: attributes, measured: []metric.RecordOption{metric.WithAttributeSet(all)}}
}

func (s *subject) newFailure(errorType string) *ending {
	e := s.newEnding("error", errorTypeKey.String(errorType))
	e.isError = true
	return e
}

// mark tells a span that it ends. Its status has no description: what is known
// of an error, but for its text, is an attribute.
func (e *ending) mark(span trace.Span) {
	span.SetAttributes(e.attributes...)
	if e.isError {
		span.SetStatus(codes.Error, "")
	}
}

// ending returns how a message ended. returned is false if the chain has not
// returned; then nothing else is known.
func (s *subject) ending(err error, returned bool) *ending {
	kind := s.binding.Kind()
	switch {
	case !returned:
		return s.lost
	case err == nil:
		return s.succeeded
	case kind == cqrs.KindStream && cqrs.Cause(err) == cqrs.ErrStreamStopped:
		return s.stopped
	case kind != cqrs.KindEvent && cqrs.Done(err): // a handler of events may return what another request did
		return s.sideEffectFailed
	default:
		return s.failure(errorType(err))
	}
}

// maxErrorTypes is how many types of errors a subject is kept for. There are
// more only if an application makes them up as it runs, which must not fill the
// memory.
const maxErrorTypes = 100

func (s *subject) failure(errorType string) *ending {
	if e, ok := s.failed.Load(errorType); ok {
		return e.(*ending)
	}
	if s.failing.Add(1) > maxErrorTypes {
		s.failing.Add(-1)
		return s.lost
	}
	e, loaded := s.failed.LoadOrStore(errorType, s.newFailure(errorType))
	if loaded {
		s.failing.Add(-1)
	}
	return e.(*ending)
}
