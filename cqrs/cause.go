package cqrs

import (
	"go/token"
	"reflect"

	"github.com/digcqrs/digcqrs/internal/safe"
	"github.com/digcqrs/digcqrs/internal/wrap"
)

// Cause looks through what only wraps an error: that of fmt.Errorf and
// errors.Join, what a [Mediator] puts around the errors of after-scope handlers,
// and what says which constructor or finalizer failed. Of several errors it takes
// the first that tells more than that the consumer of a stream stopped. It is for
// logs and measurements, which name the type of an error; to find a certain one
// use errors.Is and errors.As.
func Cause(err error) error {
	if inner := wrap.Inner(err); inner != nil {
		return Cause(inner)
	}
	if !isWrapper(err) {
		return err
	}
	cause := err
	for _, one := range safe.Unwrap(err) {
		if cause = Cause(one); cause != ErrStreamStopped {
			break
		}
	}
	return cause
}

// EventErrors returns the errors of event handlers that a [Mediator] has returned:
// several if after-scope handlers failed. Errors that a handler wraps in one of its
// own are not among them.
func EventErrors(err error) []*EventError {
	switch e := err.(type) {
	case *EventError:
		return []*EventError{e}
	case interface{ Unwrap() []error }:
		var all []*EventError
		if isWrapper(err) {
			for _, one := range e.Unwrap() {
				all = append(all, EventErrors(one)...)
			}
		}
		return all
	default:
		return nil
	}
}

// isWrapper tells whether an error is one of ours that nobody else knows, or
// such a one of the standard library. Methods of others are not called: those of
// a nil pointer may panic.
func isWrapper(err error) bool {
	switch err.(type) {
	case nil:
		return false
	case foreignError, *afterScopeError:
		return true
	}
	t := reflect.TypeOf(err)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return (t.PkgPath() == "fmt" || t.PkgPath() == "errors") && !token.IsExported(t.Name())
}
