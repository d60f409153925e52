package cqrs

import (
	"context"
	"reflect"
	"runtime"

	"github.com/digcqrs/digcqrs/internal/wiring"
)

// The functions construct, endpoint.handle, callMiddleware and startChain mark the stack of a
// goroutine, to find out what it is doing. Searching the stack takes microseconds, so it is
// done only where a goroutine might otherwise wait for itself.

// construct runs constructors in a scope.
//
//go:noinline
func construct(s wiring.Scope, root int) (any, error) { return s.Build(root) }

// callMiddleware calls a middleware.
//
//go:noinline
func callMiddleware(ctx context.Context, f MiddlewareFunc, in *Invocation, next Next) (any, error) {
	return f(ctx, in, next)
}

// inConstructor reports whether this goroutine is inside a constructor of any request. This
// may be a request that a constructor of the caller's request opened, or the other way
// round.
func inConstructor() (found bool) {
	marker := entryOf(construct)
	eachFrame(func(entry uintptr) bool {
		found = entry == marker
		return !found
	})
	return found
}

// nestedSends returns how many sends through Senders are on the stack of this goroutine.
func nestedSends() (n int) {
	request, stream := entryOf((*endpoint).join), entryOf((*flow).join)
	eachFrame(func(entry uintptr) bool {
		if entry == request || entry == stream {
			n++
		}
		return true
	})
	return n
}

// startChain calls a chain of middleware.
//
//go:noinline
func startChain(ctx context.Context, chain Next, in *Invocation) (any, error) {
	return chain(ctx, in)
}

// isInside reports whether this goroutine is deeper in a chain than the middleware before
// the link with the given depth: in a further middleware, a handler or a constructor. It is
// false for a goroutine that a middleware has started.
func isInside(depth int32) (inside bool) {
	start, middleware := entryOf(startChain), entryOf(callMiddleware)
	handler, constructor := entryOf((*endpoint).handle), entryOf(construct)
	var found, called int32 // middleware
	eachFrame(func(entry uintptr) bool {
		switch entry {
		case middleware:
			called++
		case handler, constructor:
			inside = called == 0
			return false
		case start:
			found = called
			return false
		}
		return true
	})
	return inside || found > depth
}

// entryOf returns the entry address of a function.
func entryOf(f any) uintptr { return reflect.ValueOf(f).Pointer() }

// eachFrame calls visit for each function on the stack of this goroutine, innermost
// first, until it returns false.
func eachFrame(visit func(entry uintptr) bool) {
	pcs := make([]uintptr, 128)
	n := runtime.Callers(3, pcs)
	for n == len(pcs) {
		pcs = make([]uintptr, 4*len(pcs))
		n = runtime.Callers(3, pcs)
	}
	frames := runtime.CallersFrames(pcs[:n])
	for {
		frame, more := frames.Next()
		if !visit(frame.Entry) || !more {
			return
		}
	}
}
