package cqrs

import (
	"context"

	"github.com/digcqrs/digcqrs/internal/callstack"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// The functions construct, endpoint.handle, link.run and startChain mark the stack of a
// goroutine, to find out what it is doing. Searching the stack takes microseconds, so it is
// done only where a goroutine might otherwise wait for itself.

// construct runs constructors in a scope.
//
//go:noinline
func construct(s wiring.Scope, root int) (any, error) { return s.Build(root) }

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

// isInside reports whether this goroutine, which is about to begin the link with the given
// depth, is deeper in the chain than the middleware before that: in a further middleware, a
// handler or a constructor. It is false for a goroutine that a middleware has started.
func isInside(depth int32) bool {
	start, run := callstack.EntryOf(startChain), callstack.EntryOf((*link).run)
	openScope, callHandlers := callstack.EntryOf((*link).openScope), callstack.EntryOf((*link).callHandlers)
	handler, constructor := callstack.EntryOf((*endpoint).handle), callstack.EntryOf(construct)
	called := int32(-1) // links, without the one that is about to begin
	for entry := range callstack.Entries() {
		switch entry {
		case run, openScope, callHandlers:
			called++
		case handler, constructor:
			return called == 0
		case start:
			return called > depth
		}
	}
	return false
}
