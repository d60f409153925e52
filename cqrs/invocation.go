package cqrs

import "context"

// Invocation is a message on its way through middleware to its handler. It is valid until
// the middleware returns, which waits for a call of next that is still running. A later
// call of next fails with [ErrRequestEnded]. Calls of next run one after the other.
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

// Handler returns the name of the handler's type, such as "*app.JoinHandler".
func (in *Invocation) Handler() string { return in.to.handler.String() }

// Binding returns the binding of the message, including the values that [Attached] finds.
func (in *Invocation) Binding() *Binding { return in.to.Binding }

// Nested reports whether the message is handled in the scope of a request that was
// opened for another message: because it was sent through a [Sender], or is an event
// delivered in the scope. Calling next again then does not open a new scope, not even in
// [AroundScope].
func (in *Invocation) Nested() bool { return in.nested }

// Spent reports whether it is too late to call next again, because the consumer of a
// stream already has an item. It is always false for other messages.
func (in *Invocation) Spent() bool { return in.stream != nil && in.stream.handed.Load() }

// Origin returns the context of the handler that recorded the event, or the one passed to
// Publish. It is nil unless the message is an event. Use only its values, since the handler
// has returned.
func (in *Invocation) Origin() context.Context { return in.origin }

// isFinal reports whether it is too late to try another handler.
func (in *Invocation) isFinal() bool { return in.stream != nil && in.stream.isFinal() }

// payload returns the argument of single.call: the flow for a stream, otherwise the
// message.
func (in *Invocation) payload() any {
	if in.stream != nil {
		return in.stream
	}
	return in.message
}
