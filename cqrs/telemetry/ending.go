package telemetry

import (
	"slices"
	"sync"
	"sync/atomic"

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
	if o == outcome.Rejected {
		return s.rejected.ending(outcome.TypeOf(err))
	}
	return s.failed.ending(outcome.TypeOf(err))
}

// byErrorType holds the endings of one outcome, which differ by the type of the error.
type byErrorType struct {
	new   func(errorType string) *ending
	known sync.Map     // from an error type to its *ending
	count atomic.Int64 // of the error types that are known
	other *ending      // of all other error types
}

func (b *byErrorType) prepare(new func(errorType string) *ending) {
	b.new, b.other = new, new("_OTHER")
}

// maxErrorTypes is the number of error types that a subject remembers. Only an application
// that makes up error types at run time has more, and these must not fill the memory.
const maxErrorTypes = 100

// ending returns the ending for a type of error.
func (b *byErrorType) ending(errorType string) *ending {
	if e, ok := b.known.Load(errorType); ok {
		return e.(*ending)
	}
	if b.count.Add(1) > maxErrorTypes {
		b.count.Add(-1)
		return b.other
	}
	e, loaded := b.known.LoadOrStore(errorType, b.new(errorType))
	if loaded {
		b.count.Add(-1)
	}
	return e.(*ending)
}
