package telemetry

import (
	"context"
	"reflect"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/digcqrs/digcqrs/cqrs"
)

// scope is the name of the tracer and of the meter.
const scope = "github.com/digcqrs/digcqrs/cqrs/telemetry"

// New returns a middleware that makes a span of each request, stream and event
// handler, and measures it; the package documentation says which spans and
// instruments there are. It is for bootstrap.WithMiddleware, where it is best the
// first one: whatever stands around the scope inside of it is then measured too.
// Several mediators may share it.
//
// What is wrong with the options, and an instrument that the meter provider
// refuses, is an [*Error] that bootstrap.New reports.
func New(opts ...Option) cqrs.Middleware {
	o, problems := readOptions(opts)
	instruments, refused := newInstruments(o.meters.Meter(scope))
	problems = append(problems, refused...)
	tracer := o.tracers.Tracer(scope)
	return cqrs.Checked(
		func([]*cqrs.Binding) []error { return slices.Clip(problems) },
		cqrs.AroundScope(cqrs.PerBinding(func(b *cqrs.Binding) cqrs.Middleware {
			binding := &observed{tracer: tracer, instruments: instruments, binding: b, extra: o.attributesOf(b)}
			if b.Message().Kind() == reflect.Interface {
				return cqrs.Around(binding.aroundAny)
			}
			return cqrs.Around(binding.subject(b.Message()).around)
		})),
	)
}

// An observed is a binding with all that is needed to observe its handler.
type observed struct {
	tracer trace.Tracer
	instruments
	binding *cqrs.Binding
	extra   []attribute.KeyValue
	known   sync.Map // of a subscription to an interface: from the type of an event to its *subject
}

// aroundAny is for a subscription to an interface: each type of event that
// implements it is a subject of its own, made when one is first met.
func (o *observed) aroundAny(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	t := reflect.TypeOf(in.Message())
	s, ok := o.known.Load(t)
	if !ok {
		s, _ = o.known.LoadOrStore(t, o.subject(t))
	}
	return s.(*subject).around(ctx, in, next)
}

// around has a message handled and observes that.
func (s *subject) around(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (result any, err error) {
	ctx, span := s.startSpan(ctx, in)
	recording := span.IsRecording()
	active, timed := s.active.Enabled(ctx), s.duration.Enabled(ctx)
	if active {
		s.active.Add(ctx, 1, s.activeOf...)
	}
	var start time.Time
	if timed {
		start = time.Now()
	}
	returned := false // unless something ends the goroutine, or a panic passes through
	defer func() {
		var took time.Duration
		if timed {
			took = time.Since(start)
		}
		if recording || timed {
			end := s.ending(err, returned)
			if recording {
				end.mark(span)
			}
			if timed {
				s.duration.Record(ctx, took.Seconds(), end.measured...)
			}
		}
		if active {
			s.active.Add(ctx, -1, s.activeOf...)
		}
		span.End()
	}()
	result, err = next(ctx, in)
	returned = true
	return result, err
}
