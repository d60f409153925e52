// Package cqrs sends commands and queries to their handlers, and the events
// that these record to theirs.
//
// A message is a struct that says once, by what it embeds, how it is answered.
// Its handler is a type with a method Handle. No call names a type argument:
//
//	type JoinMeeting struct {
//		cqrs.Command                     // answered by an error
//		UserID, MeetingID string
//	}
//
//	type ReadMeeting struct {
//		cqrs.Query[Meeting]              // answered by a Meeting and an error
//		MeetingID string
//	}
//
//	func (h *JoinMeetingHandler) Handle(ctx context.Context, c JoinMeeting) error { ... }
//	func (h *ReadMeetingHandler) Handle(ctx context.Context, q ReadMeeting) (Meeting, error) { ... }
//
//	func commands(m *cqrs.RequestMap) {
//		cqrs.BindCommand[*JoinMeetingHandler](m)
//		cqrs.BindRequest[*ReadMeetingHandler](m)
//	}
//
//	err = mediator.Send(ctx, JoinMeeting{UserID: "1", MeetingID: "7"})
//	meeting, err := cqrs.Send(ctx, mediator, ReadMeeting{MeetingID: "7"})
//
// What does not fit does not compile: a handler whose result is not the one
// that its message states, a query given to mediator.Send, a Record of what is
// no event. Messages are values; a pointer is refused.
//
// # A request
//
// Each call of a [Mediator] is a request with a scope of its own. The handler
// is built for the message, with what it needs, and sees no other message. What
// is scoped is shared by all that takes part in the request: a command, the
// commands that it sends in turn, and the handlers of their events, so that
// one transaction can span them. When all is done the scope closes, and the
// finalizers of what was built learn whether the request has succeeded.
//
// A request that fails returns the error of its handler as it is; what went
// wrong beside it is joined. A panic is a [*PanicError] and harms nobody else.
//
// # Events
//
// A handler that embeds [EventRecorder] records events. They count once it has
// succeeded, and each subscription says when it wants to know of them:
//
// In the scope, which is the default, a handler is a part of the request. Events
// are handled first in first out, those that event handlers record in turn at the
// end, before the scope closes. One that fails stops the rest and fails the
// request. The [*EventError] says which.
//
// After the scope ([AfterScope]), a handler runs when the request is done and
// its scope has closed, in a scope of its own. It cannot undo the request: Send
// returns the result and beside it an error that joins an [*EventError] for each
// that failed; [Done] tells such an error from that of a failed request. Send
// waits for all of them.
//
// A handler whose Handle takes an interface is told of every event that implements
// it, after the handlers of the event's own type. [Mediator.Publish] is for events
// that no handler has recorded, and [Mediator.PublishTo] tells one handler again
// that failed after the scope, as an [*EventError] of [EventErrors] says.
//
// # Middlewares
//
// A [Middleware] stands around handlers of all kinds: around all of them, those
// of one binding ([WithMiddleware]), those of messages that implement an interface
// ([Only]), or of one type of request ([For]). It is a function ([Around]), or a
// type that the container builds ([Built]). It runs in the scope of the request,
// or around that ([AroundScope]). From the outside to the inside:
//
//	AroundScope(all handlers(one binding(handler)))
//
// # Several handlers for one message
//
// A [Chain] asks handlers in order until one answers, and a [Fallback] has a second
// one take the place of the first when that fails. [BindTarget] and
// [BindEventTarget] bind them.
//
// # Sending from a handler
//
// A handler that asks for a [Sender] in its constructor sends within its own
// request: same scope, one queue of events. Through [Mediator.Run] a caller does
// the same for several sends.
//
// # Streams
//
// A handler of a [StreamOf] message yields items. [Stream] hands them out as it
// is ranged over; the scope lives as long as the range.
package cqrs
