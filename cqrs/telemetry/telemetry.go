package telemetry

import (
	"context"
	"reflect"
	"slices"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/outcome"
)

// scope is the name of the tracer and of the meter.
const scope = "github.com/digcqrs/digcqrs/cqrs/telemetry"

// New returns a middleware that creates a span for each request, stream and event handler,
// and measures it; the package documentation describes the spans and instruments. Pass it
// to bootstrap.WithMiddleware, preferably as the first middleware, so that all other
// middleware around the scope is inside the span. Several mediators may share it.
//
// bootstrap.New returns an [*Error] for an invalid option, an instrument that the meter
// provider rejects, and a provider that panics. A later panic, such as one of a span
// processor, has no effect on the message.
func New(opts ...Option) cqrs.Middleware {
	o, problems := readOptions(opts)
	var meter instruments
	var tracer trace.Tracer
	if err := guard(func() { tracer = o.tracers.Tracer(scope) }); err != nil {
		problems = append(problems, providerError("tracer", err))
	}
	if err := guard(func() {
		var refused []error
		meter, refused = newInstruments(o.meters.Meter(scope))
		problems = append(problems, refused...)
	}); err != nil {
		problems = append(problems, providerError("meter", err))
	}
	return cqrs.Checked(
		func([]*cqrs.Binding) []error { return slices.Clip(problems) },
		cqrs.AroundScope(cqrs.PerBinding(func(b *cqrs.Binding) cqrs.Middleware {
			binding := &observed{tracer: tracer, instruments: meter, binding: b}
			if err := guard(func() { binding.extra = o.attributesOf(b) }); err != nil {
				return cqrs.Checked(func([]*cqrs.Binding) []error { return []error{attributesError(b, err)} })
			}
			if b.Message().Kind() == reflect.Interface {
				return cqrs.MiddlewareFunc(binding.aroundAny)
			}
			return cqrs.MiddlewareFunc(binding.subject(b.Message()).around)
		})),
	)
}

// observed is a binding with everything that is needed to observe its handler.
type observed struct {
	tracer trace.Tracer
	instruments
	binding *cqrs.Binding
	extra   []attribute.KeyValue
	known   sync.Map // for a subscription to an interface: from the type of an event to its *subject
}

// aroundAny handles the events of a subscription to an interface. Each type of event that
// implements the interface is a subject of its own, created when it first occurs.
func (o *observed) aroundAny(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	t := reflect.TypeOf(in.Message())
	s, ok := o.known.Load(t)
	if !ok {
		s, _ = o.known.LoadOrStore(t, o.subject(t))
	}
	return s.(*subject).around(ctx, in, next)
}

// around calls next and observes it.
func (s *subject) around(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	o := observation{subject: s, in: in, ctx: ctx}
	o.begin()
	return outcome.Observe(o.ctx, in, next, o.end)
}
