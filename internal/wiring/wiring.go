// Package wiring is the contract between cqrs, which dispatches messages, and container,
// which builds their handlers. Package bootstrap connects the two:
//
//	cqrs.New  ──Roots──▶  Container.Compile  ──Plan──▶  the mediator
//	a request ──opens──▶  a Scope of the plan, which asks its Supplier for the rest
package wiring

import (
	"context"
	"iter"
	"reflect"

	"github.com/digcqrs/digcqrs/cqrs/topology"
)

// Root is something that a mediator needs from a container: a handler, or a middleware that
// the container builds.
type Root struct {
	Type reflect.Type
	// Bound describes in errors where the root is bound, or what it is: "bound to app.Join
	// at main.go:12", "a middleware at main.go:14".
	Bound string
	// Dependency marks a value that handlers could ask for, as opposed to a handler: it
	// keeps its own lifetime. The type must be that of a parameter that is neither named
	// nor a dig.In struct, and must not also be the type of a handler.
	Dependency bool
	// AroundScope reports whether the root is used outside of any scope, so that it must be
	// a singleton.
	AroundScope bool
}

// Known is what a mediator knows about a type that constructors may ask for.
type Known struct {
	Type     reflect.Type
	Supplied bool   // whether each request supplies its own value of the type
	Advice   string // if the type is missing: what to do, for the error
	// Making is not nil while a value of the type is being made from the roots, so that none of
	// them may need it. It is the cause of the error of a constructor that asks for the type.
	Making error
}

// List is a list of constructors that an application made somewhere else than where they are
// provided, for errors about them.
type List struct {
	Name         string // of the list: "Constructors"
	Call         string // the call that it was passed to: "WithModules"
	At           string // file:line of that call
	Constructors []any
}

// Notes are what package bootstrap keeps about a container between its calls.
type Notes struct {
	Modules  map[string]any // by name, how their constructors were provided
	Mediator bool           // the container provides the mediator
	// Function returns the function of a typed constructor, and any other constructor unchanged.
	Function func(constructor any) any
}

// Supplied returns a Known for a type whose values each request supplies.
func Supplied[T any]() Known { return Known{Type: reflect.TypeFor[T](), Supplied: true} }

// Plan is how a container builds the roots that it was compiled for. It is immutable, safe
// for concurrent use, and independent of dig.
type Plan struct {
	Factories []Factory // one for each root
	// NewScope returns an empty scope. If the supplier is nil, the context is
	// context.Background, and other supplied values are zero.
	NewScope func(Supplier) Scope
	// Hints describes possible mistakes that do not prevent start-up.
	Hints []string
	// Components returns what the roots need, sorted by ID, and the ID of the component of each
	// root. It makes them anew with each call.
	Components func() (all []topology.Component, roots []string)
}

// Factory is how to obtain one root.
type Factory struct {
	Root int // its index among the roots, for [Scope.Build]
	// Singleton reports whether every request uses Instance. Instance is nil if it could not
	// be built.
	Singleton bool
	Instance  any
	// Where names the constructor of a handler that is provided as a singleton, with file
	// and line.
	Where string
	// New builds a handler that needs nothing from a request: all its dependencies are
	// singletons, and it has no finalizer. It returns what Scope.Build returns, and is safe
	// for concurrent use. New is nil if the root needs a scope, or is not built for each
	// message.
	New func() (any, error)
}

// Scope holds the values that were built for one request. It is used by one goroutine at a
// time, and can be pooled: after Close it is empty again.
type Scope interface {
	// Build returns the root with the given index: for a handler a new instance, or the only
	// one if it is a singleton; for a dependency the value that handlers receive in this
	// scope. A panic of a constructor is not recovered, and leaves the scope usable.
	Build(root int) (any, error)
	// Close runs the finalizers of what was built with the outcome of the request, and joins
	// their errors to it. It empties the scope for reuse. It calls unwound to turn a panic in a
	// finalizer into an error; value is nil if the finalizer ends the goroutine, so that Close
	// does not return.
	Close(ctx context.Context, outcome *error, unwound func(value any, where string) error)
	// Watch has w carry out what the scope runs, until it is closed.
	Watch(w Watcher)
}

// Watcher carries out what a [Scope] runs. Its methods are given a function and its file:line, and call
// do, which returns the error of the function. They return that, or another error in its place, and do
// not recover panics.
type Watcher interface {
	// Construct calls a constructor. do also returns how many finalizers that has returned. An error in
	// place of the constructor's means that do was not called, since otherwise nothing would finalize
	// what it has built.
	Construct(constructor, where string, do func() (finalizers int, err error)) error
	// Finalize calls a finalizer, with the given outcome or with another one.
	Finalize(constructor, where string, outcome error, do func(outcome error) error) error
}

// Supplier provides a [Scope] with the values that belong to one request, such as its
// context.Context.
type Supplier interface {
	// Supply returns the value of type t. kept reports whether the value is for a scoped
	// value, which all handlers of the request may share, rather than for the handler that
	// is being built.
	Supply(t reflect.Type, kept bool) any
}

// Application is what a mediator runs. The type parameters stand for types of package cqrs:
// *RequestMap, *EventMap, Middleware, Observer, *EventError, Codec and Propagator.
type Application[R, E, M, O, F, C, P any] struct {
	Parts      []Part[R, E, M]
	Middleware []M // around all bindings
	Observers  []O
	// AfterScopeErrors receives the errors of after-scope deliveries, and again those that no
	// middleware has reported. If it is nil, the request returns them.
	AfterScopeErrors func(ctx context.Context, all, silent []F)
	// Expected are functions that report whether an error is an answer rather than a failure.
	Expected []func(error) bool
	// Codec encodes stored messages. The zero value means JSON.
	Codec       C
	Propagators []P
}

// Part is what one module of an application binds, or the application itself.
type Part[R, E, M any] struct {
	Module     string // empty for the application itself
	Requests   R
	Events     E
	Middleware []M // around the bindings of the part only
}

// Fake answers what is sent through a Sender for tests. E is cqrs.Event.
type Fake[E any] interface {
	Answer(ctx context.Context, message any) (any, error)
	// AnswerStream may return nil, which is an error of the sender.
	AnswerStream(ctx context.Context, message any) iter.Seq2[any, error]
	Publish(ctx context.Context, events []E) error
}

// Settings configures a mediator.
type Settings struct {
	// Compile returns a plan for the roots of the mediator, or everything that is wrong.
	Compile func(roots []Root) (*Plan, []error)
	// EventConcurrency is how many goroutines may run after-scope handlers: the caller's,
	// and EventConcurrency-1 others that all requests share.
	EventConcurrency int
	EventLimit       int  // how many events one event may lead to, itself included
	NestingLimit     int  // how deeply sends may be nested within a request
	StrictEvents     bool // whether an event without a handler is an error
	ProvenEvents     bool // whether to check what handlers declare to emit
}
