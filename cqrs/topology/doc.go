// Package topology describes what an application has wired: its requests and events with
// their handlers and middleware, and the components that these need, as plain data.
//
// [cqrs.Mediator.Topology] returns the description of a mediator, and bootstrap.Describe
// that of an application without building its singletons:
//
//	app := mediator.Topology()
//	fmt.Println(app)              // as text
//	data, err := json.Marshal(app) // as JSON
//
// [Parse] reads the JSON again, and [Diff] says what has changed in behaviour between two descriptions.
//
// # Names
//
// A type is named with the import path of its package, as in *example.com/app/orders.Place,
// and so is a function. A place in the source has the import path of the package too, not the
// folder on the machine that compiled it: example.com/app/orders/place.go:12. The text of
// [Application.String] leaves out import paths where the rest is unambiguous.
//
// # Order
//
// Everything is sorted by name, so that two applications that are wired alike have the same
// JSON, in whatever order they provide and bind. Where order has a meaning it is kept: the
// middleware around a handler begins with the outermost, subscriptions with the same delivery
// mode are in the order of delivery, and the needs of a component in the order of its parameters.
//
// [cqrs.Mediator.Topology]: https://pkg.go.dev/github.com/digcqrs/digcqrs/cqrs#Mediator.Topology
package topology
