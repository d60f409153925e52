package cqrs

import (
	"context"
	"fmt"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// Middleware wraps handlers. [MiddlewareFunc] turns a function into a middleware, [Built] a
// type that the container builds, and [For] a function for one type of request.
// [Only], [PerBinding], [AroundScope] and [Checked] control where other middleware
// applies.
//
// Middleware given to bootstrap.WithMiddleware wraps every handler. Middleware given to
// the option [WithMiddleware] wraps the handler of one binding, inside the former. In
// both, the first is outermost. The chain is composed once, at start-up.
type Middleware interface {
	fmt.Stringer
	// links returns what wraps the handler of a binding, outermost first. It reports
	// errors that concern only this binding.
	links(b *Binding, report func(error)) []link
	// faults returns what is wrong with the middleware, given all the bindings whose
	// handlers it may wrap.
	faults(bindings []*Binding) []error
}

// MiddlewareFunc is a [Middleware] that is a function. It calls next to continue, or returns
// without calling it. It may change the context, the result and the error.
//
// The result has the type that the message states: [Unit] for a command without a
// result, nil for an event and for a stream. For a stream, next returns when the stream
// has ended. A result of any other type fails with a [*MiddlewareError].
//
// A MiddlewareFunc must be safe for concurrent use.
type MiddlewareFunc func(ctx context.Context, in *Invocation, next Next) (any, error)

// Next calls the next middleware or, at the end of the chain, builds the handler and
// calls it. Each call builds a new handler, and only the events of the last one are
// dispatched. If next returns an error, the result is nil, unless [Done] reports that
// the request is done. A panic in the handler is returned as a [*PanicError].
type Next func(ctx context.Context, in *Invocation) (any, error)

// String returns the position of the function, as in "the middleware at main.go:12".
func (f MiddlewareFunc) String() string {
	if f == nil {
		return "a nil middleware"
	}
	return "the middleware at " + errtext.Locate(f).String()
}

func (f MiddlewareFunc) links(*Binding, func(error)) []link {
	return []link{{name: f.String(), call: f, at: errtext.Locate(f)}}
}

func (f MiddlewareFunc) faults([]*Binding) []error {
	if f == nil {
		return []error{nilMiddlewareError("cqrs.MiddlewareFunc or cqrs.For", "the function")}
	}
	return nil
}
