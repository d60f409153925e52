// Package container adds request scopes to go.uber.org/dig.
//
// dig builds every value once and keeps it. A program that serves requests also needs
// values that live as long as one request: a transaction, the identity of the caller, a
// handler that records events. Mark their constructors with [Scoped]; nothing else
// changes:
//
//	c := container.New()
//	c.Provide(OpenDatabase)                    // a singleton, as in dig
//	c.Provide(BeginTx, container.Scoped())     // one for each request
//	c.Provide(NewJoinMeetingHandler)           // bound to a message: one for each message
//
// # Lifetimes
//
// A singleton is built once, by dig itself. A scoped value is built at most once per
// request, when something in that request first needs it. A handler is transient: a new
// one is built for every message. A type becomes a handler when a mapper binds it; the
// container is not told separately. [Singleton] makes a bound handler a singleton.
//
// A scoped constructor follows the rules of dig: positional parameters, dig.In and dig.Out
// with name, group, optional and nested structs, variadics, error results, As and
// decorators. It may also ask for context.Context, which is the context of the request. In
// a request, a value group contains the singletons of the group and its scoped members.
//
// A constructor may return a [Finalizer] in addition to its value. The finalizer runs when
// the request ends and receives its outcome. This is where a transaction commits or rolls
// back; [Transaction] returns such a finalizer. The finalizers of singletons run in
// [Container.Close].
//
// # Plans
//
// dig is used at start-up only. bootstrap.New has the container compile a plan for the
// handlers of an application: the container reads the graph, reports every fault in it at
// once, and has dig build the singletons that are needed. The plan is immutable and
// lock-free, and is all that a request needs.
//
// # Decorators
//
// A decorator of a scoped value runs once in each request that needs the value. A
// decorator of a singleton is run by dig, once. With [Scoped], it runs in each request
// instead, on the value that dig made, and only scoped values and handlers see the result.
// Decorators are passed to dig by the next [Container.Invoke] or bootstrap.New.
//
// # Defaults and replacements
//
// [Container.ProvideDefault] provides a value only if nothing else does. [Container.Replace]
// provides a value instead of whatever else provides it, for tests: what it replaces never
// runs, and decorators apply to the replacement. Both take the options of
// [Container.Provide], and do not depend on the order of the calls. What is used is
// determined by the next [Container.Invoke] or bootstrap.New.
//
// # What dig prints
//
// dig.Visualize and dig's String, called with a container that was passed to [Wrap], show what dig
// has of the graph. A singleton and a handler are there as they were provided, except that a
// Finalizer is left out. A scoped constructor is there by its name and with what it provides, but
// without parameters, because only requests run it. The scoped members of a value group are
// there as one, with the name of the first, and once more each time that dig has built the singletons
// of the group. Decorators are not shown.
//
// bootstrap.Describe and cqrs.Mediator.Topology describe the real graph.
//
// # Speed
//
// A request calls a plain constructor through reflection. [Typed] replaces that with a
// direct call, for constructors that every request needs.
//
// # Errors
//
// Every fault is an [*Error]. It has a reason to compare with errors.Is ([ErrMissing],
// [ErrCaptive], [ErrCycle], ...) and a text that names the constructor by file and line.
// Errors that come from dig keep dig's text.
package container
