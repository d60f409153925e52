package telemetry

import (
	"errors"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// These are the reasons of an [*Error], for errors.Is.
var (
	ErrOption     = errors.New("telemetry: invalid option")
	ErrInstrument = errors.New("telemetry: instrument rejected")
)

// Error reports what is wrong with a middleware of [New], which bootstrap.New returns, or with the
// arguments of [OutboxMetrics] and [DeliveryMetrics]. Reason is [ErrOption] or [ErrInstrument].
type Error struct {
	Reason error
	Err    error // the error of the meter provider, or what is wrong with the option; may be nil
	text   string
}

func (e *Error) Error() string { return "telemetry: " + e.text }

// Unwrap returns the reason and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Reason}
	}
	return []error{e.Reason, e.Err}
}

func nilOptionError(i int) error {
	return &Error{Reason: ErrOption, text: errtext.Sprintf("option %d is nil; remove it", i+1)}
}

func nilStoreError() error {
	return &Error{Reason: ErrOption, text: "the store is nil; pass that of your database, such as sqlite.NewStore returns"}
}

func optionError(o Option, cause error) error {
	return &Error{Reason: ErrOption, Err: cause, text: errtext.Sprintf("%v: %v", o, cause)}
}

func providerError(name string, cause error) error {
	return &Error{Reason: ErrOption, Err: cause, text: errtext.Sprintf(
		"the %s provider panicked: %v; pass a working provider, not a nil pointer", name, cause)}
}

func attributesError(b *cqrs.Binding, cause error) error {
	return &Error{Reason: ErrOption, Err: cause, text: errtext.Sprintf(
		"the function of WithAttributes panicked for the %v %v: %v; return nil for bindings that it does not know",
		b.Kind(), b.Message(), cause)}
}

// guard calls f and returns a panic as an error whose text is the panic value.
func guard(f func()) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicError{value}
		}
	}()
	f()
	return nil
}

type panicError struct{ value any }

func (e *panicError) Error() string { return safe.Text(e.value) }

func instrumentError(name string, cause error) error {
	return &Error{Reason: ErrInstrument, Err: cause, text: errtext.Sprintf(
		"the meter provider rejected the instrument %s: %v; look for another instrument of that name, "+
			"or set another provider with telemetry.WithMeterProvider", name, cause)}
}
