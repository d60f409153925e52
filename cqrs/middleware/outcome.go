package middleware

import (
	"go/token"
	"reflect"
	"slices"

	"github.com/digcqrs/digcqrs/cqrs"
)

// isFailure tells whether an error says that a message was not handled, and not
// only that the consumer of a stream stopped, or that after-scope handlers failed.
func isFailure(b *cqrs.Binding, err error) bool {
	return err != nil && !isStop(b, err) && !isSideEffect(b, err)
}

func isStop(b *cqrs.Binding, err error) bool {
	return b.Kind() == cqrs.KindStream && cause(err) == cqrs.ErrStreamStopped
}

// isSideEffect tells whether only after-scope handlers failed. The error of an
// event's handler can only be that of another request.
func isSideEffect(b *cqrs.Binding, err error) bool {
	return err != nil && b.Kind() != cqrs.KindEvent && cqrs.Done(err)
}

// isPanic tells whether an error is a panic of the handler or around it, and not
// that of another message which the handler sent.
func isPanic(b *cqrs.Binding, err error) bool {
	p, ok := cause(err).(*cqrs.PanicError)
	return ok && slices.Contains(b.Handlers(), p.Handler)
}

// cause looks through what only wraps an error: that of fmt.Errorf and
// errors.Join, and what package cqrs puts around errors. Of several it is the
// first that tells more than that the consumer of a stream stopped.
func cause(err error) error {
	for err != nil && isWrapper(reflect.TypeOf(err)) {
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
// of a package whose such types are there to wrap. Methods of others are not
// called: those of a nil pointer may panic.
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
