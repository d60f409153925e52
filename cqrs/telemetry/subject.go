package telemetry

import (
	"reflect"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/outcome"
)

// These are the keys of attributes. Those that do not begin with cqrs come from the
// semantic conventions.
const (
	kindKey         = attribute.Key("cqrs.message.kind")
	typeKey         = attribute.Key("cqrs.message.type")
	subscriptionKey = attribute.Key("cqrs.subscription")
	outcomeKey      = attribute.Key("cqrs.outcome")
	attemptKey      = attribute.Key("cqrs.attempt")
	retriesKey      = attribute.Key("cqrs.retry.count")
	deliveryIDKey   = attribute.Key("cqrs.delivery.id")
	deliveryKey     = attribute.Key("cqrs.delivery.outcome")
	functionKey     = attribute.Key("code.function.name")
	errorTypeKey    = attribute.Key("error.type")
)

// subject is a type of message and its handler, with the attributes of their spans and
// measurements. The attributes are created once, so that a request creates none.
type subject struct {
	*observed
	spanName   string
	spanStart  []trace.SpanStartOption
	activeOf   []metric.AddOption
	attributes []attribute.KeyValue

	endings  map[outcome.Outcome]*ending // except outcome.Rejected and outcome.Failed
	rejected byErrorType
	failed   byErrorType
}

// subject returns the subject of a message type that a binding handles. The type is the
// binding's own unless that is an interface.
func (o *observed) subject(message reflect.Type) *subject {
	b := o.binding
	s := &subject{observed: o, spanName: spanName(b, message)}
	s.attributes = append(s.attributes, o.extra...)
	s.attributes = append(s.attributes,
		kindKey.String(b.Kind().String()),
		typeKey.String(fullName(message)),
		functionKey.String(functionName(b.Handler())),
	)
	if b.Kind() == cqrs.KindEvent {
		s.attributes = append(s.attributes, subscriptionKey.String(b.Subscription()))
	}
	s.spanStart = []trace.SpanStartOption{
		trace.WithSpanKind(trace.SpanKindInternal),
		trace.WithAttributes(s.attributes...),
	}
	s.activeOf = []metric.AddOption{metric.WithAttributeSet(attribute.NewSet(s.attributes...))}
	s.endings = map[outcome.Outcome]*ending{
		outcome.OK:               s.newEnding(outcome.OK),
		outcome.Stopped:          s.newEnding(outcome.Stopped),
		outcome.SideEffectFailed: s.newEnding(outcome.SideEffectFailed),
		outcome.Panicked:         s.newFailure(outcome.Panicked, outcome.TypeOf(new(cqrs.PanicError))),
		outcome.Exited:           s.newFailure(outcome.Exited, outcome.TypeOf(cqrs.ErrExit)),
	}
	s.rejected.prepare(func(errorType string) *ending { return s.newEnding(outcome.Rejected, errorTypeKey.String(errorType)) })
	s.failed.prepare(func(errorType string) *ending { return s.newFailure(outcome.Failed, errorType) })
	return s
}

// spanName returns the name of a span: the message and, for an event, which may have
// several handlers, also the handler.
func spanName(b *cqrs.Binding, message reflect.Type) string {
	name := b.Kind().String() + " " + errtext.ShortName(message)
	if b.Kind() == cqrs.KindEvent {
		name += " to " + errtext.ShortName(b.Handler())
	}
	return name
}

// fullName returns the name of a type with the path of its package.
func fullName(t reflect.Type) string {
	if t.PkgPath() == "" {
		return t.String()
	}
	return t.PkgPath() + "." + t.Name()
}

// functionName returns the name of a handler's method Handle, as the runtime writes it.
func functionName(handler reflect.Type) string {
	if handler.Kind() == reflect.Pointer && handler.Elem().PkgPath() != "" {
		return handler.Elem().PkgPath() + ".(*" + handler.Elem().Name() + ").Handle"
	}
	return fullName(handler) + ".Handle"
}
