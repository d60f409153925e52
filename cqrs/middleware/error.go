package middleware

import (
	"context"
	"errors"
	"reflect"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
)

// What can go wrong, for errors.Is. The errors that are returned say more; see
// the types below. For a [*TimeoutError] there is context.DeadlineExceeded.
var (
	ErrInvalid = errors.New("middleware: a message is invalid")
	ErrDenied  = errors.New("middleware: a message is denied")
	ErrUnfit   = errors.New("middleware: a middleware is unfit")
)

// text is what an UnfitError embeds, so that others can quote it.
type text = errtext.Text

func newText(format string, args ...any) text { return errtext.New("middleware", format, args...) }

// A ValidationError is a message that [Validation] has not let through: its
// handler was neither built nor called. errors.Is finds [ErrInvalid] and what
// Validate returned.
type ValidationError struct {
	Message reflect.Type
	Fields  []FieldError // all that are in Err, in order; nil if there are none
	Err     error        // what Validate returned
}

func (e *ValidationError) Error() string {
	return errtext.Write(newText("%v is invalid: %v; correct it and send it again", e.Message, e.Err))
}

// Unwrap returns [ErrInvalid] and the error of the message.
func (e *ValidationError) Unwrap() []error { return []error{ErrInvalid, e.Err} }

// A FieldError is what is wrong with one field of a message. [Fields] collects
// them.
type FieldError struct {
	Field string // as the application calls it, like "guests[2].name"
	Err   error
}

func (e *FieldError) Error() string { return errtext.Sprintf("%s: %v", e.Field, e.Err) }

// Unwrap returns the error of the application.
func (e *FieldError) Unwrap() error { return e.Err }

// An AuthorizationError is a message that [Authorization] has not let through:
// its handler was neither built nor called. errors.Is finds [ErrDenied] and what
// the check returned.
type AuthorizationError struct {
	Message reflect.Type
	Handler reflect.Type
	Err     error // what the check returned
}

func (e *AuthorizationError) Error() string {
	return errtext.Write(newText("%v is denied, and was kept from %v: %v; send it on behalf of somebody who may",
		e.Message, e.Handler, e.Err))
}

// Unwrap returns [ErrDenied] and the error of the check.
func (e *AuthorizationError) Unwrap() []error { return []error{ErrDenied, e.Err} }

// A TimeoutError is a handler that failed when its time was over, as [Timeout]
// has set it. errors.Is finds context.DeadlineExceeded and what the handler
// returned.
type TimeoutError struct {
	Message reflect.Type
	Handler reflect.Type
	After   time.Duration // the time it had
	Err     error         // what the handler returned
}

func (e *TimeoutError) Error() string {
	return errtext.Write(newText("%v was not handled by %v within %v: %v; give it more time, or make it quicker",
		e.Message, e.Handler, e.After, e.Err))
}

// Unwrap returns the error of the handler and context.DeadlineExceeded.
func (e *TimeoutError) Unwrap() []error { return []error{e.Err, context.DeadlineExceeded} }

// An UnfitError is a middleware that cannot be, or cannot stand where it is put.
// bootstrap.New reports it. errors.Is finds [ErrUnfit].
type UnfitError struct {
	Middleware string       // "Timeout"
	Where      string       // file:line of where it was made
	Message    reflect.Type // nil if it is about none
	Bound      string       // file:line of the binding; empty if it is about none
	text
}

func (e *UnfitError) Error() string { return errtext.Write(e.text) }

// Unwrap returns [ErrUnfit].
func (e *UnfitError) Unwrap() error { return ErrUnfit }

// A maker is a middleware that is being made: its name and place, for errors.
type maker struct{ name, where string }

// unfit completes a sentence that begins with the middleware.
func (m maker) unfit(format string, args ...any) error {
	return &UnfitError{Middleware: m.name, Where: m.where, text: newText(
		"%s at %s %v", m.name, m.where, errtext.Part(format, args...))}
}

// unfitBecause is unfit with a sentence of its own.
func (m maker) unfitBecause(format string, args ...any) error {
	return &UnfitError{Middleware: m.name, Where: m.where, text: newText(
		"%s at %s: %v", m.name, m.where, errtext.Part(format, args...))}
}

// unfitFor completes a sentence that begins with a message and where it is bound.
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
