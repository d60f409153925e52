package cqrs

import (
	"context"

	"github.com/digcqrs/digcqrs/internal/callstack"
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

// startChain calls a chain of middleware.
//
//go:noinline
func startChain(ctx context.Context, chain Next, in *Invocation) (any, error) {
	return chain(ctx, in)
}

// inConstructor reports whether this goroutine is inside a constructor of any request. This
// may be a request that a constructor of the caller's request opened, or the other way
// round.
func inConstructor() bool {
	marker := callstack.EntryOf(construct)
	for entry := range callstack.Entries() {
		if entry == marker {
			return true
		}
	}
	return false
}

// nestedSends returns how many sends through Senders are on the stack of this goroutine.
func nestedSends() (n int) {
	request, stream := callstack.EntryOf((*endpoint).join), callstack.EntryOf((*flow).join)
	for entry := range callstack.Entries() {
		if entry == request || entry == stream {
			n++
		}
	}
	return n
}

// isInside reports whether this goroutine is deeper in a chain than the middleware before
// the link with the given depth: in a further middleware, a handler or a constructor. It is
// false for a goroutine that a middleware has started.
func isInside(depth int32) bool {
	start, middleware := callstack.EntryOf(startChain), callstack.EntryOf(callMiddleware)
	handler, constructor := callstack.EntryOf((*endpoint).handle), callstack.EntryOf(construct)
	var called int32 // middleware
	for entry := range callstack.Entries() {
		switch entry {
		case middleware:
			called++
		case handler, constructor:
			return called == 0
		case start:
			return called > depth
		}
	}
	return false
}
