// Package bootstrap makes a mediator of a container and the mappers that bind
// messages to handlers, and refuses to if anything is wrong that can be known
// before the first request.
//
//	c := container.New()
//	c.ProvideAll(NewStore, NewJoinMeetingHandler, NewUserJoinedHandler)
//
//	mediator, err := bootstrap.New(c, commands, events)
//
//	func commands(m *cqrs.RequestMap) { cqrs.BindCommand[*JoinMeetingHandler](m) }
//	func events(m *cqrs.EventMap)     { cqrs.BindEvent[*UserJoinedHandler](m) }
//
// All problems come in one error, each with the place of the constructor and
// of the binding, and with what to do about it.
package bootstrap
