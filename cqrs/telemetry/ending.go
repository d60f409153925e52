package telemetry

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/digcqrs/digcqrs/internal/outcome"
)

// ending describes how a message ended, for its span and its measurements.
type ending struct {
	isError    bool
	attributes []attribute.KeyValue // for the span
	measured   []metric.RecordOption
}

func (s *subject) newEnding(o outcome.Outcome, more ...attribute.KeyValue) *ending {
	attributes := append([]attribute.KeyValue{outcomeKey.String(string(o))}, more...)
	all := attribute.NewSet(slices.Concat(s.attributes, attributes)...)
	return &ending{attributes: attributes, measured: []metric.RecordOption{metric.WithAttributeSet(all)}}
}

func (s *subject) newFailure(o outcome.Outcome, errorType string) *ending {
	e := s.newEnding(o, errorTypeKey.String(errorType))
	e.isError = true
	return e
}

// mark sets the outcome of a span that is about to end. The status has no description:
// everything about the error, except for its text, is an attribute.
func (e *ending) mark(span trace.Span) {
	span.SetAttributes(e.attributes...)
	if e.isError {
		span.SetStatus(codes.Error, "")
	}
}

// ending returns the description of how a message ended.
func (s *subject) ending(o outcome.Outcome, err error) *ending {
	if e, known := s.endings[o]; known {
		return e
	}
	return s.failure(outcome.TypeOf(err))
}

// maxErrorTypes is the number of error types that a subject remembers. Only an application
// that makes up error types at run time has more, and these must not fill the memory.
const maxErrorTypes = 100

func (s *subject) failure(errorType string) *ending {
	if e, ok := s.failed.Load(errorType); ok {
		return e.(*ending)
	}
	if s.failing.Add(1) > maxErrorTypes {
		s.failing.Add(-1)
		return s.other
	}
	e, loaded := s.failed.LoadOrStore(errorType, s.newFailure(outcome.Failed, errorType))
	if loaded {
		s.failing.Add(-1)
	}
	return e.(*ending)
}
