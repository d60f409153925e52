// Package telemetry reports what a mediator does to OpenTelemetry: a span for each
// request, stream and event handler, nested as one caused the other, and two instruments
// that measure them.
//
// It is a single middleware, and handlers need no changes:
//
//	mediator, err := bootstrap.New(c, commands, events,
//		bootstrap.WithMiddleware(telemetry.New()))
//
// A command that joins a meeting, whose welcome mail fails, produces this trace:
//
//	command app.JoinMeeting                           side_effect_failed
//	  event app.UserJoined to *app.Attendance         ok
//	  event app.UserJoined to *app.WelcomeMail        error
//
// The package depends on the API of OpenTelemetry only. The program decides where spans
// and measurements go: it sets the global providers, or passes others to
// [WithTracerProvider] and [WithMeterProvider]. The package is a module of its own, so
// that a program without it does not depend on OpenTelemetry.
//
// # Spans
//
// The span of a request covers everything that belongs to the request: its handler, the
// events, the finalizers and the after-scope handlers. The span of a stream lasts as long
// as the consumer ranges over it. Spans are internal, because no message leaves the process,
// except those of durable deliveries, which are of the kind consumer. A span is named after the kind and the type of the message; the span of an
// event also names the handler, since an event may have several.
//
// The parent of a span is the span of whatever caused the message:
//
//   - A request is a child of the span in the context that it was sent with. This includes a
//     request that a handler sends, if the handler passes its context on.
//   - An event handler in the scope is a child of the handler that recorded the event. It
//     runs after that handler has returned, so it begins after its parent's end.
//   - An after-scope handler is a child of the request that raised the event, and links to
//     the span in which the event was raised.
//   - A durable delivery, and a scheduled command, is a child of the span in the context that
//     the relay was started with, so usually the root of a trace. With [Propagator] it links to
//     the span in which the event was recorded, or the command scheduled.
//   - A handler that Publish or PublishTo calls is a child of the caller's span.
//
// Publish and Run have no span of their own: if the caller has none, each handler and each
// request begins a trace. An after-scope handler has its link in this case too.
//
// # Attributes
//
// Spans and measurements have the same attributes, which follow the semantic conventions
// of OpenTelemetry where these apply:
//
//	cqrs.message.kind   command, query, stream or event
//	cqrs.message.type   the type of the message, with its package; for an event that a
//	                    subscription to an interface receives, the event's own type
//	cqrs.subscription   for an event, the name by which PublishTo finds its handler
//	code.function.name  the method Handle of the handler; for a Chain or a Fallback,
//	                    of the first handler
//	cqrs.outcome        how it ended, see below
//	error.type          the type of the error, if the outcome is rejected, error, panic or exit
//
// The span of a message that was retried, by resilience.Retry or another middleware, has two
// more. Without a retry, and in measurements, they are absent:
//
//	cqrs.attempt        the number of the attempt that the outcome is from: of the final
//	                    one if this middleware is outside of the retry, as when it is
//	                    first, and otherwise of the span's own
//	cqrs.retry.count    how often the message had been retried by then
//
// The span of a durable delivery always has cqrs.attempt, which counts the attempts of the relay as
// well, and one more:
//
//	cqrs.delivery.id    the identifier of the delivery, the same for all attempts
//
// [WithAttributes] adds others for each binding. The semantic conventions for messaging do
// not apply: they are for brokers, and require the name of a system and of a destination,
// which do not exist here.
//
// The outcome is one of these:
//
//	ok                  there is no error
//	side_effect_failed  the request is done, as reported by cqrs.Done, but after-scope
//	                    handlers failed; their own spans have the errors
//	stopped             the consumer of a stream stopped, which is not an error
//	rejected            the error is expected, as reported by cqrs.Mediator.Expected: the
//	                    message is invalid, denied or cancelled, or the application
//	                    declared the error with bootstrap.WithExpectedErrors
//	panic               the handler, a middleware, a finalizer or the consumer of a
//	                    stream panicked
//	exit                a goroutine ended, by runtime.Goexit
//	error               everything else
//
// middleware.Logging and the log of bootstrap.New use the same outcomes. The status of the
// span is Error for the last three.
//
// The type of an error is the name of its Go type: "*app.DeclinedError",
// "*cqrs.PanicError" for a panic, "*cqrs.EventError" for a request that failed because an
// event handler did. Errors that only wrap another error are skipped: those of fmt.Errorf,
// those of errors.Join, where the first counts, and those of package container, which say
// which constructor or finalizer failed. Errors that are variables without a type of their
// own are "*errors.errorString", except "context.Canceled", "context.DeadlineExceeded",
// "cqrs.ErrNotHandled", "cqrs.ErrStreamStopped" and "cqrs.ErrExit". An error with a method
// ErrorType() string names its own type; it should return few different values, because
// after the first hundred they are reported as "_OTHER".
//
// Only the names of types are reported. No message, result, error text or panic value
// appears in a span or a measurement, and a failed span has no description.
//
// # Measurements
//
//	cqrs.message.duration  histogram, in seconds: how long the span of a message
//	                       lasts. Its count is the number of messages.
//	cqrs.message.active    up-down counter: how many messages are being handled,
//	                       including any that hang. It has no outcome.
//
// The buckets of the histogram range from 0.1 ms to 10 s; a view of the meter provider
// changes them. A measurement carries the context of its span, for exemplars.
//
// [DeliveryMetrics] and [OutboxMetrics] measure durable deliveries, each with the attribute
// cqrs.subscription:
//
//	cqrs.outbox.delivery.duration  histogram, in seconds: how long attempts took. Its count
//	                               is the number of attempts. The attribute cqrs.delivery.outcome
//	                               is ok, failed if another attempt follows, dead, or
//	                               lease_lost if another relay makes the delivery.
//	cqrs.outbox.relay.errors       counter: errors of relays, such as of their stores; it
//	                               has no attributes
//	cqrs.outbox.pending.count      gauge: deliveries not made yet, without dead letters
//	cqrs.outbox.pending.age        gauge, in seconds: for how long the oldest of them that is
//	                               due has been due; 0 if none is
//	cqrs.outbox.dead.count         gauge: dead letters
//	cqrs.outbox.paused             gauge: 1 if the subscription is paused, and 0 otherwise
//
// # Panics
//
// A panic of a span processor, a sampler, an exporter or other code that OpenTelemetry
// calls has no effect on the message. Only its span or its measurement may be lost.
//
// # Cost
//
// Names and attributes are created at start-up. The middleware itself allocates only the
// link of an after-scope handler, and the context of an event that was not raised by the
// request's own handler. The table shows the cost for a command whose handler does
// nothing, which takes 0.2 µs, and for one with an event, which takes 0.4 µs:
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
// Times are multiples of those in the first line, the least of five runs on two cores with
// go1.26 and OpenTelemetry 1.47. "Another middleware" only calls next, around the scope as
// well; the difference from that line is the cost of this package. To measure again:
//
//	go test -run '^$' -bench Send
package telemetry
