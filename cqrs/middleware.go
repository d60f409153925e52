package cqrs

import (
	"context"
	"sync"
)

// A Middleware stands around every handler. It calls next to go on, may change
// the context, the result and the error, and may leave next out. For a stream
// next returns when the stream has ended, and the result is nil; for a command
// without a result it is [Unit], for an event nil.
//
// The chain is composed once, at start-up; a Middleware is called by many
// goroutines at once.
type Middleware func(ctx context.Context, in *Invocation, next Next) (any, error)

// Next goes on to the next middleware or, in the end, builds the handler and
// calls it. Each call builds a new handler; the events of the last one count.
type Next func(ctx context.Context, in *Invocation) (any, error)

// An Invocation is a message on its way to a handler. It is valid until the
// middleware returns: when the chain has returned it waits for a next that still
// runs, and a later one returns an error with [ErrRequestEnded]. Calls of next
// run one after the other.
type Invocation struct {
	mu      sync.Mutex // held while the handler is built and runs
	ended   bool
	binding *Binding
	message boxer
	req     *request
	source  EventSource // the handler that succeeded last
	stream  func(context.Context) error
}

// enter begins a call of the handler, unless the chain has returned.
func (in *Invocation) enter() error {
	in.mu.Lock()
	if in.ended {
		in.mu.Unlock()
		return endedError(in.binding.message)
	}
	return nil
}

// end waits for a call of the handler that goes on, and lets no other begin.
// Only the goroutine of the chain calls it.
func (in *Invocation) end() {
	if in.ended {
		return
	}
	in.mu.Lock()
	in.ended = true
	in.mu.Unlock()
}

// Kind returns the kind of the message.
func (in *Invocation) Kind() Kind { return in.binding.kind }

// Message returns the message.
func (in *Invocation) Message() any { return in.message.boxed() }

// Handler returns the name of the handler's type, like "*app.JoinHandler".
func (in *Invocation) Handler() string { return in.binding.handler.String() }

// Binding returns all about the message and its handler that is known at start-up.
func (in *Invocation) Binding() *Binding { return in.binding }

// A boxer has a message. That of a request is put in an interface only if a
// middleware asks for it, which saves an allocation if none does.
type boxer interface{ boxed() any }

// An envelope is the message of a request with its invocation.
type envelope[Q any] struct {
	Invocation
	content Q
}

func (e *envelope[Q]) boxed() any { return e.content }

// A parcel is an event, or the message of a stream, with its invocation.
type parcel struct {
	Invocation
	content any
}

func (p *parcel) boxed() any { return p.content }

func newParcel(b *Binding, r *request, content any) *parcel {
	p := &parcel{Invocation: Invocation{binding: b, req: r}, content: content}
	p.message = p
	return p
}

// compose puts middlewares around a handler, the first one outermost. It
// returns nil if there are none.
func compose(middlewares []Middleware, handler Next) Next {
	if len(middlewares) == 0 {
		return nil
	}
	next := handler
	for i := len(middlewares) - 1; i >= 0; i-- {
		m, inner := middlewares[i], next
		next = func(ctx context.Context, in *Invocation) (any, error) { return m(ctx, in, inner) }
	}
	return next
}
