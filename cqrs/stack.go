package cqrs

import (
	"context"

	"github.com/digcqrs/digcqrs/internal/callstack"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// The functions construct, endpoint.handle, link.run, startAroundScope and startInScope mark
// the stack of a goroutine, to find out what it is doing. Searching the stack takes
// microseconds, so it is done only where a goroutine might otherwise wait for itself.

// construct runs constructors in a scope.
//
//go:noinline
func construct(s wiring.Scope, root int) (any, error) { return s.Build(root) }

// startAroundScope calls the chain around the scope.
//
//go:noinline
func startAroundScope(ctx context.Context, in *Invocation) (any, error) {
	return in.to.aroundScope(ctx, in)
}

// startInScope calls the chain in the scope.
//
//go:noinline
func startInScope(ctx context.Context, in *Invocation) (any, error) { return in.to.inScope(ctx, in) }

// inConstructor reports whether this goroutine is inside a constructor of any request. This
// may be a request that a constructor of the caller's request opened, or the other way
// round.
func inConstructor() bool { return callstack.Has(callstack.EntryOf(construct)) }

// nestedSends returns how many sends through Senders are on the stack of this goroutine.
func nestedSends() int {
	return callstack.Count(callstack.EntryOf((*endpoint).join), callstack.EntryOf((*flow).join))
}

// isInside reports whether this goroutine, which is about to begin the link of an invocation
// with the given depth, is deeper than the middleware before that: in a further middleware, a
// handler or a constructor. It is false for a goroutine that a middleware has started.
//
// The stack does not show which message a chain is for. So isInside is wrongly false in the same
// chain of another message, if the middleware there has the depth of the one that may call next.
func isInside(in *Invocation, depth int32) bool {
	own, other := callstack.EntryOf(startInScope), callstack.EntryOf(startAroundScope)
	if in.isAroundScope() {
		own, other = other, own
	}
	handler, constructor := callstack.EntryOf((*endpoint).handle), callstack.EntryOf(construct)
	run := callstack.EntryOf((*link).run)
	openScope, callHandlers := callstack.EntryOf((*link).openScope), callstack.EntryOf((*link).callHandlers)
	called := int32(-1) // links, without the one that is about to begin
	for entry := range callstack.Entries() {
		switch entry {
		case run, openScope, callHandlers:
			called++
		case handler, constructor, other:
			return true
		case own:
			return called != depth
		}
	}
	return false
}
