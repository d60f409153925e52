package cqrs

import (
	"context"
	"fmt"
)

// A Middleware stands around handlers. [Around] makes one of a function, [Built]
// of a type that the container builds; [For] is for requests of one type, and
// [Only], [PerBinding], [AroundScope] and [Checked] say where others stand.
//
// Those of bootstrap.WithMiddleware stand around all handlers, those of the
// option [WithMiddleware] around the handler of one binding, inside the former.
// In both the first is outermost. The chain is composed once, at start-up.
type Middleware interface {
	fmt.Stringer
	// layers returns what stands around the handler of a binding, outermost first.
	// It reports what is wrong with that alone.
	layers(b *Binding, report func(error)) []layer
	// faults returns what is wrong with it, given all the bindings around whose
	// handlers it may stand.
	faults(bindings []*Binding) []error
}

// An Around is a [Middleware] that is a function. It calls next to go on, may
// change the context, the result and the error, and may leave next out. The
// result is that of the request, which for a command without one is [Unit]; for
// an event it is nil, and so it is for a stream, where next returns when the
// stream has ended. A result of another type is a [*MiddlewareError].
//
// It is called by many goroutines at once.
type Around func(ctx context.Context, in *Invocation, next Next) (any, error)

// Next goes on to the next middleware or, in the end, builds the handler and
// calls it. Each call builds a new handler; the events of the last one count. If
// there is an error the result is nil, unless the request is done all the same.
// A panic of the handler comes back as a [*PanicError].
type Next func(ctx context.Context, in *Invocation) (any, error)

// String says where the function is.
func (a Around) String() string {
	if a == nil {
		return "a nil middleware"
	}
	return "the middleware at " + placeOf(a)
}

func (a Around) layers(*Binding, func(error)) []layer {
	return []layer{{name: a.String(), call: a}}
}

func (a Around) faults([]*Binding) []error {
	if a == nil {
		return []error{nilMiddlewareError("cqrs.Around or cqrs.For", "the function")}
	}
	return nil
}
