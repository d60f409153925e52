package telemetry

import (
	"context"
	"reflect"

	"github.com/digcqrs/digcqrs/cqrs"
)

// errorType returns what the attribute error.type says of an error: what its
// method ErrorType says, the name of a variable that every Go program has, or
// the name of its type, as semconv.ErrorType writes it.
func errorType(err error) string {
	err = cqrs.Cause(err)
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
