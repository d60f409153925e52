package cqrs

import (
	"context"
	"reflect"
	"sync/atomic"

	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/turn"
)

// Invocation is a message on its way through middleware to its handler. It is valid until
// the middleware returns, which waits for a call of next that is still running. A later
// call of next fails with [ErrRequestEnded]. Calls of next run one after the other.
type Invocation struct {
	to       *endpoint
	payload  any // the argument of single.call: the message, a pointer to it, or the flow of a stream
	lease    lease
	extra    *extra   // nil for most
	recorded recorded // by the handler that was called last, if it has succeeded
	turn     turn.Turn
	repeats  atomic.Int32 // see Attempt
}

// extra holds what only some invocations need, since the size of an invocation is a good
// part of what a middleware costs. Invocations of further calls share it.
type extra struct {
	nested   bool
	reported bool            // a middleware reports the failure of the last attempt: see Settled
	via      *sender         // see frame
	cause    *causation      // see frame
	origin   context.Context // of an event
	// open handles the message in a scope of its own, or in that of the request that it
	// joins. It is nil for the chain within the scope.
	open    func(ctx context.Context, in *Invocation) (any, error)
	settled func(last bool) // see Settled; nil if nobody waits for that
	trace   *trace          // that records the chain around the scope, or nil
	failure *failure        // of the latest attempt, if somebody watches retries
}

// envelope is a message and the invocation that its chain begins with, in one allocation.
type envelope[M any] struct {
	in      Invocation
	message M
}

// enclose returns the invocation of an envelope if the endpoint will call a single chain, and
// the message otherwise. One allocation less saves a tenth of the time of a request with
// middleware.
func enclose[M any](e *endpoint, via *sender, message M) any {
	if e.inScope == nil || e.aroundScope != nil || via != nil || e.message != reflect.TypeFor[M]() {
		return message // M may be an interface
	}
	v := &envelope[M]{message: message}
	v.in.to, v.in.payload = e, &v.message
	return &v.in
}

// messageOf returns the message in the payload of an invocation.
func messageOf[M any](payload any) M {
	if p, ok := payload.(*M); ok {
		return *p
	}
	return payload.(M)
}

// plainMessage returns the message in a payload, or in what enclose returned.
func plainMessage(payload any) any {
	switch p := payload.(type) {
	case *Invocation:
		return p.Message()
	case *flow:
		return p.message
	}
	if v := reflect.ValueOf(payload); v.Kind() == reflect.Pointer { // as no message is
		return v.Elem().Interface()
	}
	return payload
}

// newInvocation returns the invocation that a chain begins with.
func newInvocation(e *endpoint, f frame, payload any) *Invocation {
	in := &Invocation{to: e, payload: payload, lease: f.lease}
	in.repeats.Store(f.repeats)
	return in
}

// newInvocationWith is newInvocation for one with extra fields. It allocates only once.
func newInvocationWith(e *endpoint, f frame, payload any, s extra) *Invocation {
	both := &struct {
		in    Invocation
		extra extra
	}{extra: s}
	in := &both.in
	in.to, in.payload, in.lease, in.extra = e, payload, f.lease, &both.extra
	in.extra.via, in.extra.cause = f.via, f.cause
	in.repeats.Store(f.repeats)
	return in
}

// frame returns the request in which the message is handled, and what led to the message.
func (in *Invocation) frame() frame {
	if in.extra == nil {
		return frame{lease: in.lease, repeats: in.repeats.Load()}
	}
	return frame{in.lease, in.extra.via, in.extra.cause, in.repeats.Load()}
}

// again returns the invocation for a further call of link i. What the former calls have
// left behind has the former invocation, and so can do nothing in the further one.
func (in *Invocation) again(i int32) *Invocation {
	next := &Invocation{to: in.to, payload: in.payload, lease: in.lease, extra: in.extra}
	next.turn.BeginAt(i)
	next.repeats.Store(in.repeats.Load() + 1)
	return next
}

// Kind returns the kind of the message.
func (in *Invocation) Kind() Kind { return in.to.kind }

// Message returns the message.
func (in *Invocation) Message() any { return plainMessage(in.payload) }

// Handler returns the name of the handler's type, such as "*app.JoinHandler", without import paths.
func (in *Invocation) Handler() string { return errtext.ShortName(in.to.handler) }

// Binding returns the binding of the message, including the values that [Attached] finds.
func (in *Invocation) Binding() *Binding { return in.to.Binding }

// Nested reports whether the message is handled in the scope of a request that was
// opened for another message: because it was sent through a [Sender], or is an event
// delivered in the scope. Calling next again then does not open a new scope, not even in
// [AroundScope].
func (in *Invocation) Nested() bool { return in.extra != nil && in.extra.nested }

// Outermost returns the binding of the message that the request was opened for. Unless the
// message is nested, that is its own. It is nil within [Mediator.Run] and [Mediator.Publish].
func (in *Invocation) Outermost() *Binding {
	switch f := in.stream(); {
	case !in.Nested():
		return in.Binding()
	case f != nil:
		return f.via.outermost
	case in.extra.via != nil:
		return in.extra.via.outermost
	default: // an event in the scope
		return in.lease.req.binding
	}
}

// Spent reports whether it is too late to call next again, because the consumer of a
// stream already has an item. It is always false for other messages.
func (in *Invocation) Spent() bool {
	f := in.stream()
	return f != nil && f.handed.Load()
}

// Origin returns the context of the handler that recorded the event, or the one passed to
// Publish. Use only its values, since the handler has returned. For a durable delivery it has
// the values that a [Propagator] extracts, and nothing else. It is nil unless the message is an
// event, or a scheduled command that a relay delivers.
func (in *Invocation) Origin() context.Context {
	if in.extra == nil {
		return nil
	}
	return in.extra.origin
}

// stream returns the flow of a stream, and nil for another message.
func (in *Invocation) stream() *flow {
	f, _ := in.payload.(*flow)
	return f
}

// isFinal reports whether it is too late to try another handler.
func (in *Invocation) isFinal() bool {
	f := in.stream()
	return f != nil && f.isFinal()
}
