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

// An Option changes what [New] makes.
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

// WithTracerProvider sets where spans go. Default is otel.GetTracerProvider() as
// it is when New is called: a program may set the global provider later. The
// noop.TracerProvider of OpenTelemetry turns spans off.
func WithTracerProvider(p trace.TracerProvider) Option {
	return option{"WithTracerProvider", func(o *options) error {
		if p == nil {
			return errors.New("the provider is nil; leave the option out for the global one, or use noop.NewTracerProvider() for none")
		}
		o.tracers = p
		return nil
	}}
}

// WithMeterProvider sets where measurements go. Default is
// otel.GetMeterProvider() as it is when New is called: a program may set the
// global provider later. The noop.MeterProvider of OpenTelemetry turns
// measurements off.
func WithMeterProvider(p metric.MeterProvider) Option {
	return option{"WithMeterProvider", func(o *options) error {
		if p == nil {
			return errors.New("the provider is nil; leave the option out for the global one, or use noop.NewMeterProvider() for none")
		}
		o.meters = p
		return nil
	}}
}

// WithAttributes adds attributes to the spans and the measurements of a binding,
// like what [cqrs.Attached] finds there. attributes is called once for each
// binding, at start-up, where a panic of it is an [*Error]. What it returns of a key
// that this package uses itself is left out. A further WithAttributes adds to them.
func WithAttributes(attributes func(*cqrs.Binding) []attribute.KeyValue) Option {
	return option{"WithAttributes", func(o *options) error {
		if attributes == nil {
			return errors.New("the function is nil; leave the option out")
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
		case kindKey, typeKey, subscriptionKey, outcomeKey, functionKey, errorTypeKey:
			return true
		default:
			return false
		}
	})
}
