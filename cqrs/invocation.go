package cqrs

import "context"

// An Invocation is a message on its way through middleware to its handler. It is
// valid until the middleware returns: a call of next that still runs then is waited
// for, and a later one returns an error with [ErrRequestEnded]. Calls of next run one
// after the other.
type Invocation struct {
	to       *endpoint
	message  any
	frame    frame
	origin   context.Context // of an event
	recorded recorded        // by the handler that was called last, if it has succeeded
	stream   *flow           // of a stream
	// open handles the message in a scope of its own, or in that of the request that it
	// joins. It is nil for the chain within the scope.
	open    func(ctx context.Context, in *Invocation) (any, error)
	chain   *Invocation // of the first call of each link; nil if it is this one
	turn    turn
	entered int32 // how many links were ever called with it
	nested  bool
}

// again returns the invocation for a further call of link i. What the former calls have
// left behind has the former invocation, and so can do nothing in the further one.
func (in *Invocation) again(i int32) *Invocation {
	in.turn.seal(i)
	next := &Invocation{
		to: in.to, message: in.message, frame: in.frame, origin: in.origin, stream: in.stream,
		open: in.open, chain: in.first(), entered: i + 1, nested: in.nested,
	}
	next.turn.beginAt(i)
	return next
}

// first returns the invocation that the chain began with.
func (in *Invocation) first() *Invocation {
	if in.chain != nil {
		return in.chain
	}
	return in
}

// Kind returns the kind of the message.
func (in *Invocation) Kind() Kind { return in.to.kind }

// Message returns the message.
func (in *Invocation) Message() any { return in.message }

// Handler returns the name of the handler's type, like "*app.JoinHandler".
func (in *Invocation) Handler() string { return in.to.handler.String() }

// Binding returns what is known at start-up about the message and its handler: among
// others, what [Attached] finds.
func (in *Invocation) Binding() *Binding { return in.to.Binding }

// Nested reports whether the message is handled in the scope of a request that was
// opened for another message: it was sent through a [Sender] of that request, or is an
// event in its scope. A further call of next then does not begin with a new scope, not
// even in [AroundScope].
func (in *Invocation) Nested() bool { return in.nested }

// Spent reports whether it is too late to call next again: the consumer of a stream
// has an item, so that it cannot begin anew. It is false for other messages.
func (in *Invocation) Spent() bool { return in.stream != nil && in.stream.handed.Load() }

// Origin returns the context of the handler that recorded the event, or that was given
// to Publish. It is nil unless the message is an event. Use it for its values; the
// handler has returned.
func (in *Invocation) Origin() context.Context { return in.origin }

// isFinal reports whether it is too late for another handler.
func (in *Invocation) isFinal() bool { return in.stream != nil && in.stream.isFinal() }

// payload is what the handlers are called with: the message or, of a stream, that with
// where its items go to.
func (in *Invocation) payload() any {
	if in.stream != nil {
		return in.stream
	}
	return in.message
}
