package middleware

import (
	"context"
	"errors"
	"reflect"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
)

// These are the errors of this package, for errors.Is. The types below carry the details.
// A [*TimeoutError] matches context.DeadlineExceeded.
var (
	ErrInvalid = errors.New("middleware: a message is invalid")
	ErrDenied  = errors.New("middleware: a message is denied")
	ErrUnfit   = errors.New("middleware: a middleware is unfit")
)

// text is embedded by an UnfitError so that other errors can quote it.
type text = errtext.Text

func newText(format string, args ...any) text { return errtext.New("middleware", format, args...) }

// ValidationError reports a message that [Validation] rejected. Its handler was neither
// built nor called. errors.Is matches [ErrInvalid] and the error that Validate returned.
type ValidationError struct {
	Message reflect.Type
	Fields  []FieldError // all field errors in Err, in order; nil if there are none
	Err     error        // the error that Validate returned
}

func (e *ValidationError) Error() string {
	return errtext.Write(newText("%v is invalid: %v; correct it and send it again", e.Message, e.Err))
}

// Unwrap returns [ErrInvalid] and the error of the message.
func (e *ValidationError) Unwrap() []error { return []error{ErrInvalid, e.Err} }

// FieldError reports what is wrong with one field of a message. [Fields] collects field
// errors.
type FieldError struct {
	Field string // the application's name for the field, like "guests[2].name"
	Err   error
}

func (e *FieldError) Error() string { return errtext.Sprintf("%s: %v", e.Field, e.Err) }

// Unwrap returns the error of the application.
func (e *FieldError) Unwrap() error { return e.Err }

// AuthorizationError reports a message that [Authorization] rejected. Its handler was
// neither built nor called. errors.Is matches [ErrDenied] and the error that the check
// returned.
type AuthorizationError struct {
	Message reflect.Type
	Handler reflect.Type
	Err     error // the error that the check returned
}

func (e *AuthorizationError) Error() string {
	return errtext.Write(newText("%v is denied, and was kept from %v: %v; send it on behalf of somebody who may",
		e.Message, e.Handler, e.Err))
}

// Unwrap returns [ErrDenied] and the error of the check.
func (e *AuthorizationError) Unwrap() []error { return []error{ErrDenied, e.Err} }

// TimeoutError reports a handler that failed after the time set by [Timeout] was over.
// errors.Is matches context.DeadlineExceeded and the error that the handler returned.
type TimeoutError struct {
	Message reflect.Type
	Handler reflect.Type
	After   time.Duration // the time limit
	Err     error         // the error that the handler returned
}

func (e *TimeoutError) Error() string {
	return errtext.Write(newText("%v was not handled by %v within %v: %v; give it more time, or make it quicker",
		e.Message, e.Handler, e.After, e.Err))
}

// Unwrap returns the error of the handler and context.DeadlineExceeded.
func (e *TimeoutError) Unwrap() []error { return []error{e.Err, context.DeadlineExceeded} }

// UnfitError reports a middleware that is invalid, or that cannot be used for a binding.
// bootstrap.New returns it. errors.Is matches [ErrUnfit].
type UnfitError struct {
	Middleware string       // "Timeout"
	Where      string       // file:line of its creation
	Message    reflect.Type // nil if no message is involved
	Bound      string       // file:line of the binding; empty if none is involved
	text
}

func (e *UnfitError) Error() string { return errtext.Write(e.text) }

// Unwrap returns [ErrUnfit].
func (e *UnfitError) Unwrap() error { return ErrUnfit }

// maker is the name and the place of a middleware under construction, for errors.
type maker struct{ name, where string }

// unfit returns an error whose text begins with the middleware.
func (m maker) unfit(format string, args ...any) error {
	return &UnfitError{Middleware: m.name, Where: m.where, text: newText(
		"%s at %s %v", m.name, m.where, errtext.Part(format, args...))}
}

// unfitBecause is like unfit, but the text consists of the given sentence.
func (m maker) unfitBecause(format string, args ...any) error {
	return &UnfitError{Middleware: m.name, Where: m.where, text: newText(
		"%s at %s: %v", m.name, m.where, errtext.Part(format, args...))}
}

// unfitFor returns an error whose text begins with a message and the place where it is
// bound.
func (m maker) unfitFor(b *cqrs.Binding, format string, args ...any) error {
	return &UnfitError{Middleware: m.name, Where: m.where, Message: b.Message(), Bound: b.Where(), text: newText(

		"%s at %s: the %v %v, bound at %s, %v",
		m.name, m.where, b.Kind(), b.Message(), b.Where(), errtext.Part(format, args...))}
}

func (m maker) pointerError(b *cqrs.Binding, method string) error {
	return m.unfitFor(b,
		"has the method %s on its pointer, but messages are values, so that it would never be called; give it a value "+
			"receiver", method)
}
