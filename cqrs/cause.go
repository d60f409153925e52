package cqrs

import (
	"go/token"
	"reflect"
)

// Cause looks through what only wraps an error: that of fmt.Errorf and
// errors.Join, and what a [Mediator] puts around the errors of after-scope
// handlers. Of several errors it takes the first that tells more than that the
// consumer of a stream stopped. It is for logs and measurements, which name the
// type of an error; to find a certain one use errors.Is and errors.As.
func Cause(err error) error {
	for isWrapper(err) {
		var inner error
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			inner = e.Unwrap()
		case interface{ Unwrap() []error }:
			for _, one := range e.Unwrap() {
				if inner == nil || inner == ErrStreamStopped {
					inner = one
				}
			}
		}
		if inner == nil {
			break
		}
		err = inner
	}
	return err
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
