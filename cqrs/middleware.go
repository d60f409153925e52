package cqrs

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
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
	return []layer{{name: a.String(), around: a}}
}

func (a Around) faults([]*Binding) []error {
	if a == nil {
		return []error{nilMiddlewareError("cqrs.Around or cqrs.For", "the function")}
	}
	return nil
}

// An Invocation is a message on its way to a handler. It is valid until the
// middleware returns: when the chain has returned it waits for a next that still
// runs, and a later one returns an error with [ErrRequestEnded]. Calls of next
// run one after the other.
type Invocation struct {
	mu      sync.Mutex // held while the handler is built and runs
	ended   bool
	nested  bool
	binding *Binding
	message boxer
	req     *request
	told    recording // of the handler that succeeded last
}

// A recording is events, and the context that the handler had which recorded
// them.
type recording struct {
	events []Event
	ctx    context.Context
}

// enter begins a call of the handler, unless the chain has returned.
func (in *Invocation) enter(ctx context.Context) error {
	if ctx == nil {
		return nilContextError(in.binding.message)
	}
	in.mu.Lock()
	if in.ended {
		in.mu.Unlock()
		return endedError(in.binding.message)
	}
	in.told = recording{ctx: ctx}
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

// Binding returns all about the message and its handler that is known at
// start-up: among others, what [Attached] finds.
func (in *Invocation) Binding() *Binding { return in.binding }

// Nested tells whether the message is handled in the scope of a request that
// another message has opened: it was sent through a [Sender] of that request, or
// is an event in its scope. To call next again does then not begin with a new
// scope, even [AroundScope].
func (in *Invocation) Nested() bool { return in.nested }

// Spent tells whether it is in vain to call next again: the consumer of a stream
// has an item, so that it cannot begin anew. It is false for other messages.
func (in *Invocation) Spent() bool {
	p, ok := in.message.(*parcel)
	return ok && p.handed != nil && p.handed.Load()
}

// Origin returns the context that the handler had which recorded the event, or
// that was given to Publish. It is nil for what is no event. It is there for its
// values; the handler has returned.
func (in *Invocation) Origin() context.Context {
	if p, ok := in.message.(*parcel); ok {
		return p.origin
	}
	return nil
}

// A boxer has a message. That of a request is put in an interface only if a
// middleware asks for it, which saves an allocation if none does.
type boxer interface {
	boxed() any
	// aftermath returns the error of the request itself, if it is done but for
	// after-scope handlers.
	aftermath() *afterScopeError
}

// An envelope is the message of a request with its invocation, which is not
// embedded: its methods would be made again for every type of message.
type envelope[Q any] struct {
	in      Invocation
	content Q
}

func (e *envelope[Q]) boxed() any                { return e.content }
func (*envelope[Q]) aftermath() *afterScopeError { return nil }

// An outing is what the last call of next from outside of a scope has come to,
// as far as it matters.
type outing struct {
	after atomic.Pointer[afterScopeError] // a next may still run when its middleware returns
}

func (o *outing) aftermath() *afterScopeError { return o.after.Load() }

// came notes what a call of next has come to.
func (o *outing) came(err error) {
	after, _ := err.(*afterScopeError)
	o.after.Store(after)
}

// A parcel is an event, or the message of a stream, with its invocation.
type parcel struct {
	Invocation
	outing
	content any
	origin  context.Context
	handed  *atomic.Bool                // of a stream, whether its consumer got an item
	proceed func(context.Context) error // where the last middleware goes on to
}

func (p *parcel) boxed() any { return p.content }

func newParcel(b *Binding, r *request, content any) *parcel {
	p := &parcel{Invocation: Invocation{binding: b, req: r}, content: content}
	p.message = p
	return p
}

// proceed is the end of a chain around a parcel.
func proceed(ctx context.Context, in *Invocation) (any, error) {
	if err := in.enter(ctx); err != nil {
		return nil, err
	}
	defer in.mu.Unlock()
	p := in.message.(*parcel)
	err := p.proceed(ctx)
	p.came(err)
	return nil, err
}
