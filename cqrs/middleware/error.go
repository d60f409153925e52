package middleware

import (
	"context"
	"reflect"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/expected"
)

// These errors match a [*ValidationError] and an [*AuthorizationError] under errors.Is, for
// functions that take errors to compare with, such as [FailureLevel]. A [*TimeoutError]
// matches context.DeadlineExceeded.
var (
	ErrInvalid = expected.New("middleware.ErrInvalid", "middleware: message is invalid")
	ErrDenied  = expected.New("middleware.ErrDenied", "middleware: message is denied")
)

// text is embedded by a ConfigError so that other errors can quote it.
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
	return errtext.Write(newText("permission to send %v to %v denied: %v; send it on behalf of someone who has permission",
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
	return errtext.Write(newText("%v did not handle %v within %v: %v; raise the timeout, or make the handler faster",
		e.Handler, e.Message, e.After, e.Err))
}

// Unwrap returns the error of the handler and context.DeadlineExceeded.
func (e *TimeoutError) Unwrap() []error { return []error{e.Err, context.DeadlineExceeded} }

// ConfigError reports a middleware that is configured incorrectly, or that cannot be used
// for a binding. bootstrap.New returns it.
type ConfigError struct {
	Middleware string       // "Timeout"
	Where      string       // file:line of its creation
	Message    reflect.Type // nil if no message is involved
	Bound      string       // file:line of the binding; empty if none is involved
	text
}

func (e *ConfigError) Error() string { return errtext.Write(e.text) }

// origin is the name of a middleware and the place where it was created, for errors.
type origin struct{ name, where string }

// errorf returns an error of the middleware.
func (o origin) errorf(format string, args ...any) error {
	return &ConfigError{Middleware: o.name, Where: o.where, text: newText(
		"%s at %s: %v", o.name, o.where, errtext.Part(format, args...))}
}

// bindingErrorf returns an error of the middleware for a binding, whose message is the
// subject of the text.
func (o origin) bindingErrorf(b *cqrs.Binding, format string, args ...any) error {
	return &ConfigError{Middleware: o.name, Where: o.where, Message: b.Message(), Bound: b.Where(), text: newText(
		"%s at %s: the %v %v, bound at %s, %v",
		o.name, o.where, b.Kind(), b.Message(), b.Where(), errtext.Part(format, args...))}
}

func (o origin) pointerError(b *cqrs.Binding, method string) error {
	return o.bindingErrorf(b,
		"has the method %s with a pointer receiver, which is never called because messages are values; use a value receiver",
		method)
}
