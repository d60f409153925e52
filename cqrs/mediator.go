package cqrs

import (
	"context"
	"reflect"
	"sync"
)

// A Mediator sends messages to their handlers. Each call of one of its methods
// is a request with a scope of its own. It is made by bootstrap.New, does not
// change, and is safe for concurrent use.
type Mediator struct {
	routes  map[uintptr]*endpoint // by typeID
	topics  map[uintptr]*topic
	open    []*subscription // to interfaces
	met     sync.Map        // from reflect.Type to *topic, of events that only those handle
	named   map[string]*subscription
	config  Config
	helpers chan struct{} // a place for each further goroutine that may run
	idle    sync.Pool     // of *request
}

// Scope builds handlers for one request, and all that they need. The mediator makes
// sure that one goroutine at a time uses it. container.Scope is one.
type Scope interface {
	// Build returns an instance of the handler with that number; see [Config].
	Build(root int) (any, error)
	// Close runs the finalizers of what was built, with the outcome of the request,
	// and returns the outcome with their errors. It empties the scope for another request.
	// A finalizer that panics, or ends the goroutine, which value is nil for, is made an
	// error by unwound.
	Close(ctx context.Context, outcome error, unwound func(value any, where string) error) error
}

// Supplier gives a Scope what a request has of its own: a context.Context and a
// [Sender].
type Supplier interface {
	// Supply returns a value of that type. kept reports whether it is for a scoped value,
	// and not for the handler that is being built.
	Supply(t reflect.Type, kept bool) any
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
	EventLimit int
	// NestingLimit is how many sends may lead to one another within a request.
	NestingLimit int
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

// DefaultNestingLimit is the limit of nested sends unless bootstrap.WithNestingLimit sets
// another.
const DefaultNestingLimit = 1000

// New returns a mediator. The bindings and the scopes must fit each other,
// which bootstrap.New checks; New does not.
func New(c Config) *Mediator {
	if c.Pipeline == nil {
		c.Pipeline = new(Pipeline)
	}
	if c.EventLimit <= 0 {
		c.EventLimit = DefaultEventLimit
	}
	if c.NestingLimit <= 0 {
		c.NestingLimit = DefaultNestingLimit
	}
	m := &Mediator{
		routes:  make(map[uintptr]*endpoint),
		topics:  make(map[uintptr]*topic),
		named:   make(map[string]*subscription),
		config:  c,
		helpers: make(chan struct{}, max(c.EventConcurrency-1, 0)),
	}
	m.idle.New = func() any { return newRequest(m, c.NewScope) }
	for _, b := range c.Pipeline.requests {
		m.routes[typeID(b.message)] = m.endpoint(b)
	}
	m.subscribe(c.Pipeline.events)
	return m
}

// typeID returns a number for a type. A map by it is quicker than one by
// reflect.Type, which hashes an interface: 10 instead of 16 ns for a look-up.
func typeID(t reflect.Type) uintptr { return reflect.ValueOf(t).Pointer() }

// route finds the endpoint of a command or query by its exact type.
func (m *Mediator) route(ctx context.Context, message any) (*endpoint, error) {
	e, err := m.find(ctx, message)
	if err == nil && e.kind == KindStream { // the message is a request too, but is not bound as one
		return nil, &NoHandlerError{Message: e.message}
	}
	return e, err
}

// routeStream is route for a request that is answered by a stream.
func (m *Mediator) routeStream(ctx context.Context, message any) (*endpoint, error) {
	e, err := m.find(ctx, message)
	if err == nil && e.kind != KindStream {
		return nil, &NoHandlerError{Message: e.message}
	}
	return e, err
}

func (m *Mediator) find(ctx context.Context, message any) (*endpoint, error) {
	t := reflect.TypeOf(message)
	switch {
	case m == nil:
		return nil, nilMediatorError(t)
	case ctx == nil:
		return nil, nilContextError(t)
	}
	if t != nil {
		if e := m.routes[typeID(t)]; e != nil {
			return e, nil
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
	err, _ := m.raiseFree(ctx, recorded{events, ctx})
	return err
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
		returned := false
		defer func() {
			if !returned {
				err = m.panicked(ctx, recover(), nil, "the function given to Run")
			}
		}()
		err = do(ctx, r.senderOfRun())
		returned = true
		return err
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
