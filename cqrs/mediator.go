package cqrs

import (
	"context"
	"reflect"
	"sync"
	"time"
)

// A Mediator sends messages to their handlers. Each call of one of its methods
// is a request with a scope of its own. It is made by bootstrap.New, does not
// change, and is safe for concurrent use.
type Mediator struct {
	routes  map[uintptr]router // by typeID
	topics  map[uintptr]*topic
	open    []*subscription // to interfaces
	met     sync.Map        // from reflect.Type to *topic, of events that only those handle
	named   map[string]*subscription
	config  Config
	helpers chan struct{} // a place for each further goroutine that may run
	idle    sync.Pool     // of *request
}

// A Scope builds handlers for one request, and all that they need. The mediator
// sees to it that only one goroutine uses it at a time. container.Scope is one.
type Scope interface {
	// Build returns an instance of the handler with that number; see [Config].
	Build(root int) (any, error)
	// Finalize runs the finalizer of what was built last, with the outcome of
	// the request, or returns false if there is none.
	Finalize(ctx context.Context, outcome error) (bool, error)
	// Finalizing says which finalizer was run last, for errors.
	Finalizing() string
	// Pending returns the number of finalizers to run.
	Pending() int
	// Reset makes the scope as new, for another request.
	Reset()
}

// A Supplier gives a Scope what a request has of its own: a context.Context and
// a [Sender].
type Supplier interface {
	Supply(reflect.Type) any
}

// A Config is what a Mediator is made of. bootstrap.New fills it in.
type Config struct {
	Pipeline *Pipeline
	// Root returns how to come by a handler, or a middleware that the container
	// builds.
	Root func(reflect.Type) Root
	// NewScope makes an empty scope.
	NewScope func(Supplier) Scope
	Observer Observer // nil for none
	// EventConcurrency is how many goroutines run after-scope handlers: the
	// caller's, and so many less one that all requests share.
	EventConcurrency int
	// EventLimit is how many events one event may lead to, itself included.
	EventLimit   int
	StrictEvents bool // an event without a handler is an error
}

// A Root is how to come by a handler or a middleware.
type Root struct {
	Index     int                 // the number by which a Scope knows it
	Singleton bool                // whether it is Instance, always
	Instance  any                 //
	Free      func() (any, error) // builds it without a scope; nil if it needs one
}

// DefaultEventLimit is the limit of a chain of follow-up events unless
// bootstrap.WithEventLimit sets another.
const DefaultEventLimit = 1000

// An Observer is told what a mediator does. It must be safe for concurrent use.
type Observer interface {
	// Enabled tells whether Handled is to be called. It is asked once for each request.
	Enabled() bool
	// Handled is told of each command, query and stream when it has ended.
	Handled(ctx context.Context, b *Binding, took time.Duration, err error)
	// FellBack is told when a handler has failed and another takes its place.
	FellBack(ctx context.Context, b *Binding, from reflect.Type, err error)
	// Unhandled is told of an event that nobody handles.
	Unhandled(ctx context.Context, event reflect.Type)
	// Panicked is told of each panic in an application's code.
	Panicked(ctx context.Context, err *PanicError)
	// Lost is told of an error that nobody is left to return to: of a finalizer
	// after the consumer stopped the stream.
	Lost(ctx context.Context, b *Binding, err error)
}

// New returns a mediator. The bindings and the scopes must fit each other,
// which bootstrap.New checks; New does not.
func New(c Config) *Mediator {
	if c.Pipeline == nil {
		c.Pipeline = new(Pipeline)
	}
	if c.EventLimit <= 0 {
		c.EventLimit = DefaultEventLimit
	}
	m := &Mediator{
		routes:  make(map[uintptr]router),
		topics:  make(map[uintptr]*topic),
		named:   make(map[string]*subscription),
		config:  c,
		helpers: make(chan struct{}, max(c.EventConcurrency-1, 0)),
	}
	m.idle.New = func() any {
		r := &request{m: m}
		r.scope = c.NewScope(r)
		return r
	}
	for _, b := range c.Pipeline.requests {
		m.routes[typeID(b.message)] = b.connect(m.endpoint(b))
	}
	m.subscribe(c.Pipeline.events)
	return m
}

// typeID returns a number for a type. A map by it is quicker than one by
// reflect.Type, which hashes an interface: 10 instead of 16 ns for a look-up.
func typeID(t reflect.Type) uintptr { return reflect.ValueOf(t).Pointer() }

// An endpoint is a binding as a mediator uses it.
type endpoint struct {
	*Binding
	maker           // of the handler, if there is one
	step    step    // to the handlers, if there are several; of events and streams always
	outside []layer // of the scope
	inside  []layer
	free    bool // nothing in the scope needs a request
	m       *Mediator
}

func (m *Mediator) endpoint(b *Binding) *endpoint {
	e := &endpoint{Binding: b, maker: m.maker(b.handler), free: true, m: m}
	if b.plan != nil {
		e.step = b.plan.connect(m)
	}
	e.outside, e.inside = m.config.Pipeline.split(b)
	for _, h := range b.Handlers() {
		e.free = e.free && m.maker(h).isFree()
	}
	for _, l := range e.inside {
		e.free = e.free && (l.built == nil || m.maker(l.built).isFree())
	}
	return e
}

// panicked makes an error of a panic around the handler, or in it.
func (e *endpoint) panicked(ctx context.Context, value any) error {
	return e.m.panicked(ctx, value, e.message, e.Binding.handler, "")
}

// several tells whether there is more than one handler.
func (e *endpoint) several() bool {
	_, one := e.plan.(*single)
	return e.plan != nil && !one
}

// A router takes a boxed message to its handler.
type router interface {
	sendBoxed(ctx context.Context, s *sender, message any) (any, error)
}

// Send has the handler of a command without a result handle it, and returns
// its error. See the function [Send] for commands and queries with a result, and
// the package documentation for what belongs to a request.
//
// Beside the error of the handler it returns, for errors.As, a
// [*NoHandlerError], a [*MessageError], a [*PanicError], or an [*EventError].
func (m *Mediator) Send(ctx context.Context, command Request[Unit]) error {
	return sendCommand(ctx, m, nil, command)
}

func sendCommand(ctx context.Context, m *Mediator, s *sender, command Request[Unit]) error {
	r, err := m.route(ctx, command)
	if err != nil {
		return err
	}
	_, err = r.sendBoxed(ctx, s, command)
	return err
}

// route finds the route of a request by its exact type.
func (m *Mediator) route(ctx context.Context, message any) (router, error) {
	t := reflect.TypeOf(message)
	switch {
	case m == nil:
		return nil, nilMediatorError(t)
	case ctx == nil:
		return nil, nilContextError(t)
	}
	if t != nil {
		if r := m.routes[typeID(t)]; r != nil {
			return r, nil
		}
	}
	return nil, m.unroutable(t)
}

// unroutable returns why no route leads to a message of that type.
func (m *Mediator) unroutable(t reflect.Type) error {
	switch {
	case t == nil:
		return nilMessageError("sent")
	case t.Kind() == reflect.Pointer:
		return pointerError("sent", t)
	default:
		return &NoHandlerError{Message: t, Near: m.near(t)}
	}
}

// Publish tells the handlers of the events, in one request: first those in the
// scope, then those after it. It returns an [*EventError] if one of the former
// fails, which rolls back what the others did, or those of the latter, joined.
func (m *Mediator) Publish(ctx context.Context, events ...Event) error {
	switch {
	case m == nil:
		return nilMediatorError(nil)
	case ctx == nil:
		return nilContextError(nil)
	}
	err, _ := m.raiseFree(ctx, recording{events, ctx})
	return err
}

// raiseFree has events handled that no request has raised. It opens one only if
// an event needs it. done is that of conclude.
func (m *Mediator) raiseFree(ctx context.Context, told recording) (outcome error, done bool) {
	if len(told.events) == 0 {
		return nil, true
	}
	if err := m.tellFree(ctx, &told); err != nil || len(told.events) == 0 {
		return failed(err), err == nil
	}
	return m.run(ctx, func(r *request) error { return r.raise(told) })
}

// Run runs do as one request: what do sends through the [Sender] shares one
// scope, and the events of all of it are dispatched after do has returned nil,
// or dropped if it has not. It returns the error of do, or like
// [Mediator.Send] what went wrong after.
func (m *Mediator) Run(ctx context.Context, do func(ctx context.Context, s Sender) error) error {
	switch {
	case m == nil:
		return nilMediatorError(nil)
	case ctx == nil:
		return nilContextError(nil)
	case do == nil:
		return nilFuncError()
	}
	err, _ := m.run(ctx, func(r *request) (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = m.panicked(ctx, p, nil, nil, "the function given to Run")
			}
		}()
		return do(ctx, r.bind())
	})
	return err
}

// run is a request without a handler of its own.
func (m *Mediator) run(ctx context.Context, do func(*request) error) (outcome error, done bool) {
	r := m.begin(ctx)
	defer r.close(ctx)
	return r.conclude(ctx, do(r))
}

func (m *Mediator) target() (*Mediator, *sender) { return m, nil }

// targetOf is target for a Sender that may be nil.
func targetOf(s Sender) (*Mediator, *sender) {
	if s == nil {
		return nil, nil
	}
	return s.target()
}
