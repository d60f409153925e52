package outcome

import (
	"context"
	"reflect"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// TypeOf returns the type of an error; if the error only wraps another one, the type of
// that. It is the result of the method ErrorType, the name of a well-known variable, or
// the name of the Go type as OpenTelemetry's semconv.ErrorType writes it.
func TypeOf(err error) string {
	err = cqrs.Cause(err)
	switch err {
	case nil:
		return ""
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
	case cqrs.ErrLeaseLost:
		return "cqrs.ErrLeaseLost"
	}
	if name := own(err); name != "" {
		return safe.Cut(name)
	}
	t := reflect.TypeOf(err)
	if t.PkgPath() == "" {
		return t.String()
	}
	return t.PkgPath() + "." + t.Name()
}

// own returns the name that an error gives to its type.
func own(err error) (name string) {
	if e, ok := err.(interface{ ErrorType() string }); ok {
		safe.Do(func() { name = e.ErrorType() })
	}
	return name
}
