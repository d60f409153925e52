// Package container adds request scopes to go.uber.org/dig.
//
// dig builds every value once and keeps it. A program that serves requests
// also needs values that live as long as one request: a transaction, the
// identity of the caller, a handler that collects what happened. Mark their
// constructors with [Scoped] and nothing else changes:
//
//	c := container.New()
//	c.Provide(OpenDatabase)                    // a singleton, as in dig
//	c.Provide(BeginTx, container.Scoped())     // one for each request
//	c.Provide(NewJoinMeetingHandler)           // bound to a message: one for each message
//
// # Lifetimes
//
// A singleton is built once, by dig itself. A scoped value is built at most
// once in a request, when something in that request first needs it. A handler
// is built anew for every message; that a type is a handler is said by the
// mapper that binds it, not here. [Singleton] keeps a bound handler a
// singleton.
//
// A scoped constructor follows the rules of dig: positional parameters, dig.In
// and dig.Out with name, group, optional and nested structs, variadics, error
// results, As and decorators. It may also ask for context.Context, which is
// the context of the request. A value group that is asked for in a request has
// the singletons of the group and its scoped members.
//
// A constructor may return a [Finalizer] beside its value. It runs when the
// request ends, and learns how the request ended: this is where a transaction
// commits or rolls back, for which there is [Transaction]. The finalizers of
// singletons run in [Container.Close].
//
// # Plans
//
// dig takes part at start-up only. [Container.Compile] reads the graph,
// reports every fault in it at once, has dig build the singletons that are
// needed, and returns a [Plan]: immutable, free of locks, and all that a
// request needs. bootstrap.New does this for the handlers of an application.
//
// # Decorators
//
// A decorator of a scoped value runs in the request, once. A decorator of a
// singleton is dig's, and runs once; with [Scoped] it runs in each request, on
// top of what dig made, and is seen by scoped values and handlers only.
// Decorators reach dig at the next [Container.Invoke] or [Container.Compile].
//
// # Speed
//
// A request calls a plain constructor through reflection. [Typed] lets the
// compiler make the call, for constructors that every request needs.
//
// # Errors
//
// Every fault is an [*Error] with a reason to compare with errors.Is
// ([ErrMissing], [ErrCaptive], [ErrCycle], ...) and a text that names the
// constructor by file and line. What dig refuses keeps dig's own text.
package container
