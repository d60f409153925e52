package telemetry

import (
	"errors"
	"fmt"
	"slices"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/digcqrs/digcqrs/cqrs"
)

// Option configures the middleware that [New] returns.
type Option interface {
	fmt.Stringer
	apply(*options) error
}

type options struct {
	tracers    trace.TracerProvider
	meters     metric.MeterProvider
	attributes []func(*cqrs.Binding) []attribute.KeyValue
}

type option struct {
	name string
	set  func(*options) error
}

func (o option) String() string            { return o.name }
func (o option) apply(opts *options) error { return o.set(opts) }

func readOptions(opts []Option) (o options, problems []error) {
	o = options{tracers: otel.GetTracerProvider(), meters: otel.GetMeterProvider()}
	for i, opt := range opts {
		if opt == nil {
			problems = append(problems, nilOptionError(i))
		} else if err := opt.apply(&o); err != nil {
			problems = append(problems, optionError(opt, err))
		}
	}
	return o, problems
}

// WithTracerProvider sets the provider of tracers. The default is
// otel.GetTracerProvider(), read when New is called: a program may set the global provider
// later. OpenTelemetry's noop.TracerProvider turns spans off.
func WithTracerProvider(p trace.TracerProvider) Option {
	return option{"WithTracerProvider", func(o *options) error {
		if p == nil {
			return errors.New("the provider is nil; omit the option to use the global one, " +
				"or pass noop.NewTracerProvider() to turn spans off")
		}
		o.tracers = p
		return nil
	}}
}

// WithMeterProvider sets the provider of meters. The default is otel.GetMeterProvider(),
// read when New is called: a program may set the global provider later. OpenTelemetry's
// noop.MeterProvider turns measurements off.
func WithMeterProvider(p metric.MeterProvider) Option {
	return option{"WithMeterProvider", func(o *options) error {
		if p == nil {
			return errors.New("the provider is nil; omit the option to use the global one, " +
				"or pass noop.NewMeterProvider() to turn metrics off")
		}
		o.meters = p
		return nil
	}}
}

// WithAttributes adds attributes to the spans and measurements of a binding, for example
// from what [cqrs.Attached] returns for it. attributes is called once per binding, at
// start-up; a panic there is an [*Error]. Attributes with a key that this package uses
// itself are ignored. Several WithAttributes accumulate.
func WithAttributes(attributes func(*cqrs.Binding) []attribute.KeyValue) Option {
	return option{"WithAttributes", func(o *options) error {
		if attributes == nil {
			return errors.New("the function is nil; omit the option")
		}
		o.attributes = append(o.attributes, attributes)
		return nil
	}}
}

// attributesOf returns the attributes that the options add to those of a binding.
func (o *options) attributesOf(b *cqrs.Binding) []attribute.KeyValue {
	var all []attribute.KeyValue
	for _, attributes := range o.attributes {
		all = append(all, attributes(b)...)
	}
	return slices.DeleteFunc(all, func(a attribute.KeyValue) bool {
		switch a.Key {
		case kindKey, typeKey, subscriptionKey, outcomeKey, attemptKey, retriesKey,
			deliveryIDKey, deliveryKey, functionKey, errorTypeKey:
			return true
		default:
			return false
		}
	})
}
