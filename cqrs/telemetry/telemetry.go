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

// New returns a middleware that makes a span of each request, stream and event
// handler, and measures it; the package documentation says which spans and
// instruments there are. It is for bootstrap.WithMiddleware, where it is best the
// first one: whatever stands around the scope inside of it is then measured too.
// Several mediators may share it.
//
// bootstrap.New reports an [*Error] for an invalid option, an instrument that the meter
// provider refuses, and a provider that panics. A later panic, such as one of a span
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
func (s *subject) around(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	o := observation{subject: s, ctx: ctx}
	o.begin(in)
	return outcome.Observe(o.ctx, in, next, o.end)
}
