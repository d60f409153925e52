// Package telemetry tells OpenTelemetry what a mediator does: a span for each
// request, stream and event handler, nested as one led to the other, and two
// instruments that measure them.
//
// It is one middleware, and needs nothing of handlers:
//
//	mediator, err := bootstrap.New(c, commands, events,
//		bootstrap.WithMiddleware(telemetry.New()))
//
// The command of a meeting, whose mail fails, gives this trace:
//
//	command app.JoinMeeting                           side_effect_failed
//	  event app.UserJoined to *app.Attendance         ok
//	  event app.UserJoined to *app.WelcomeMail        error
//
// The package depends on the API of OpenTelemetry. What becomes of spans and
// measurements is for the program to say, which sets the global providers or gives
// others to [WithTracerProvider] and [WithMeterProvider]. It is a module of its
// own, so that a program without it does not depend on OpenTelemetry.
//
// # Spans
//
// The span of a request covers all that belongs to the request: its handler, the
// events, the finalizers and the after-scope handlers. That of a stream lasts as
// long as the consumer ranges over it. Spans are internal ones: no message leaves
// the process. They are named after the kind and the type of the message, and that
// of an event also after its handler, since an event may have several.
//
// The parent is what the message was caused by:
//
//   - A request is a child of the span in the context that it was sent with. So
//     is a request that a handler sends in turn, if it passes its context on.
//   - An event handler in the scope is a child of the handler that recorded the
//     event. It runs when that has returned, so it begins after its parent's end.
//   - An after-scope handler is a child of the request whose events it waited
//     for, and has a link to the span in which its event was raised.
//   - A handler that Publish or PublishTo tells is a child of the span of the
//     caller. Publish and Run have no span of their own: without one of the
//     caller's, each handler and each request begins a trace. An after-scope
//     handler has its link then too.
//
// # Attributes
//
// Spans and measurements have the same attributes, those of the semantic
// conventions of OpenTelemetry where these have any:
//
//	cqrs.message.kind   command, query, stream or event
//	cqrs.message.type   the type of the message, with its package; of an event
//	                    that a subscription to an interface takes, its own type
//	cqrs.subscription   of an event, the name by which PublishTo finds its handler
//	code.function.name  the method Handle of the handler; of a Chain or a Fallback,
//	                    of the one that is asked first
//	cqrs.outcome        how it ended, see below
//	error.type          the type of the error, if the outcome is error, panic or exit
//
// [WithAttributes] adds others for each binding. The conventions for messaging
// are for brokers: they want the name of a system and of a destination, of which
// there are none here.
//
// The outcome is one of these:
//
//	ok                  there is no error
//	side_effect_failed  the request is done, as cqrs.Done tells, but after-scope
//	                    handlers failed; their own spans have the errors
//	stopped             the consumer of a stream stopped, which is no error
//	panic               the handler, a middleware, a finalizer or the consumer of a
//	                    stream panicked
//	exit                a goroutine ended, by runtime.Goexit
//	error               everything else
//
// middleware.Logging and the log of bootstrap.New use the same ones. The status of the
// span is Error for the last three.
//
// The type of an error is the name of its Go type: "*app.DeclinedError",
// "*cqrs.PanicError" for a panic, "*cqrs.EventError" for a request that an event
// handler failed. What only wraps is looked through: errors of fmt.Errorf, those of
// errors.Join, where the first counts, and those of package container, which say
// which constructor or finalizer failed. Errors that have no type of their own, but a
// variable, are "*errors.errorString", except "context.Canceled",
// "context.DeadlineExceeded", "cqrs.ErrNotHandled", "cqrs.ErrStreamStopped" and
// "cqrs.ErrExit". An error with a method ErrorType() string says itself what it is;
// it should know few values, and from the hundred and first on they are "_OTHER".
//
// Names of types are all that is told. No message, result, text of an error or
// value of a panic is in a span or a measurement, and a failed span has no
// description.
//
// # Measurements
//
//	cqrs.message.duration  histogram, in seconds: how long the span of a message
//	                       lasts. Its count is the number of messages.
//	cqrs.message.active    up-down counter: how many are being handled, a message
//	                       that hangs among them. It has no outcome.
//
// The buckets of the histogram reach from 0.1 ms to 10 s; a view of the meter
// provider changes them. A measurement has the context of its span, for exemplars.
//
// # Panics
//
// A panic of a span processor, a sampler, an exporter or other code that OpenTelemetry
// calls has no effect on the message. Only its span or its measurement may be lost.
//
// # Cost
//
// Names and attributes are made at start-up. What the middleware itself allocates
// is the link of an after-scope handler, and the context of an event that was not
// raised by the request's own handler. For a command whose handler does nothing,
// which takes 0.2 µs, and for one with an event, 0.4 µs:
//
//	                         command            with an event
//	                         time  allocations  time  allocations
//	not installed            1     2            1     4
//	another middleware       1.9   3            2.7   9
//	no-op providers          2.3   4            3.5   11
//	without an SDK           3.1   6            4.1   15
//	SDK, never sampled       4.8   6            5.8   15
//	SDK, metrics only        7.6   4            7.0   11
//	SDK, spans in memory     16    11           22    25
//	SDK, both                25    11           31    25
//
// Times are multiples of those in the first line, the least of five runs on two
// cores with go1.26 and OpenTelemetry 1.47. Another middleware is one that only
// goes on, around the scope too: the difference to it is the cost of this package.
// This measures it again:
//
//	go test -run '^$' -bench Send
package telemetry
