package cqrs

import (
	"go/token"
	"reflect"

	"github.com/digcqrs/digcqrs/internal/safe"
	"github.com/digcqrs/digcqrs/internal/wrap"
)

// Cause returns the error inside the wrappers that add nothing but context: those of
// fmt.Errorf and errors.Join, those of a [Mediator] around the errors of after-scope
// deliveries, and those that name the constructor or finalizer that failed. Of several
// joined errors it takes the first that is not [ErrStreamStopped]. Cause is for logs and
// metrics that report the type of an error; to test for a certain error, use errors.Is
// and errors.As.
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

// EventErrors returns each [*EventError] in an error that a [Mediator] returned. There
// may be several if after-scope deliveries failed; then err may be wrapped, as for [Done].
// It does not include those that a handler has wrapped in an error of its own.
func EventErrors(err error) []*EventError {
	if after := doneBut(err); after != nil {
		err = after
	}
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

// isWrapper reports whether an error is of an unexported wrapper type of this package, or
// of fmt or errors. It calls no methods, since those of an application's error may panic.
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
