package telemetry

import (
	"context"
	"go/token"
	"reflect"

	"github.com/digcqrs/digcqrs/cqrs"
)

// errorType returns what the attribute error.type says of an error: what its
// method ErrorType says, the name of a variable that every Go program has, or
// the name of its type, as semconv.ErrorType writes it.
func errorType(err error) string {
	err = cause(err)
	switch err {
	case context.Canceled:
		return "context.Canceled"
	case context.DeadlineExceeded:
		return "context.DeadlineExceeded"
	case cqrs.ErrExit:
		return "cqrs.ErrExit"
	case cqrs.ErrNotHandled:
		return "cqrs.ErrNotHandled"
	case cqrs.ErrStreamStopped:
		return "cqrs.ErrStreamStopped"
	}
	if name := saidType(err); name != "" {
		return name
	}
	return fullName(reflect.TypeOf(err))
}

// saidType returns what an error says itself that it is. A method of a nil
// pointer may panic, which must not change what the request comes to.
func saidType(err error) (name string) {
	defer func() {
		if recover() != nil {
			name = ""
		}
	}()
	if e, ok := err.(interface{ ErrorType() string }); ok {
		return e.ErrorType()
	}
	return ""
}

// cause looks through what only wraps an error: that of fmt.Errorf and
// errors.Join, and what package cqrs puts around the errors of after-scope
// handlers. Of several errors it is the first, unless that tells only that the
// consumer of a stream stopped.
func cause(err error) error {
	for isWrapper(reflect.TypeOf(err)) {
		var inner error
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			inner = e.Unwrap()
		case interface{ Unwrap() []error }:
			for _, one := range e.Unwrap() {
				if inner == nil || inner == cqrs.ErrStreamStopped {
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

// isWrapper tells whether an error is of a type that only its package knows, and
// of a package whose such types are there to wrap.
func isWrapper(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.PkgPath() {
	case "fmt", "errors", reflect.TypeFor[cqrs.Binding]().PkgPath():
		return !token.IsExported(t.Name())
	default:
		return false
	}
}
