// Package bootstrap creates a mediator from a container and the mappers that bind messages
// to handlers. It reports every mistake that can be found before the first request.
//
//	c := container.New()
//	c.ProvideAll(NewStore, NewJoinMeetingHandler, NewUserJoinedHandler)
//
//	mediator, err := bootstrap.New(c, commands, events)
//
//	func commands(m *cqrs.RequestMap) { cqrs.BindCommand[*JoinMeetingHandler](m) }
//	func events(m *cqrs.EventMap)     { cqrs.BindEvent[*UserJoinedHandler](m) }
//
// All problems are reported in one error. Each says where the constructor and the binding
// are, and how to fix the problem.
package bootstrap
