// Package middleware provides middleware for authorization, validation, timeouts and
// logging.
//
//	mediator, err := bootstrap.New(c, commands, events, bootstrap.WithMiddleware(
//		middleware.Logging(log),
//		middleware.Authorization(allow, middleware.Exempt[SignUp]()),
//		middleware.Validation(),
//		middleware.Timeout(time.Second),
//	))
//
//	err = mediator.Send(ctx, BookRoom{Guests: 0})
//	// middleware: app.BookRoom is invalid: guests: must be at least 1; correct it and send it again
//
// The first middleware is outermost. A message passes through them from left to right, and
// its outcome passes back from right to left:
//
//	Logging(Authorization(Validation(Timeout(handler))))
//
// A message states its requirements with methods. A message without these methods pays
// nothing, and its handler is not wrapped:
//
//	func (BookRoom) RequiredRole() string   { return "member" }    // Authorization: an interface of yours
//	func (c BookRoom) Validate(ctx context.Context) error { ... }  // Validation
//	func (BookRoom) Timeout() time.Duration { return time.Minute } // Timeout, overrides the default
//
// Messages are values, so a method with a pointer receiver would never be called.
// bootstrap.New rejects such a message.
//
// # Order
//
// [Logging] always wraps the whole request, as if in cqrs.AroundScope, because it reports
// whether the request was committed. It therefore also sees messages that the other
// middleware rejects. Put it first, so that any other middleware around the scope is
// inside it.
//
// [Authorization] comes before [Validation], so that a sender without permission does not
// learn what is wrong with the message. Both come before anything expensive: they reject a
// message before its handler is built. If a middleware that the container builds
// (cqrs.Built) precedes them, it is built first.
//
// [Timeout] comes last: it limits the handler and the construction of what the handler
// needs. Around the scope, it limits the request including its events:
//
//	cqrs.AroundScope(middleware.Timeout(5 * time.Second))
//
// Constructors that ask for a context.Context get the context of the request. Only a
// Timeout around the scope limits these constructors and the values that keep the context:
// database/sql rolls back a transaction that was begun with it when the time is over.
//
// A middleware that retries, in cqrs.AroundScope, belongs between Logging and such a
// Timeout. Then each attempt has its own timeout, and the last line is that of all attempts.
//
// # Where to install them
//
// All of these are designed for bootstrap.WithMiddleware, where they wrap the handlers of
// commands, queries, streams and events, including messages that are sent or raised within
// a request. As options of a single binding (cqrs.WithMiddleware), they wrap its handler
// alone, and cqrs.Only restricts them to messages that implement an interface. All are
// safe for concurrent use, and several mediators may share one.
//
// # What needs no middleware
//
// A panic in a handler, a constructor or a middleware always becomes a [*cqrs.PanicError]
// of the request. A transaction is not a middleware, but a scoped value that is committed
// when the scope closes: container.Transaction returns its finalizer.
//
// # Errors
//
// A message that is rejected or takes too long fails with a [*ValidationError], an
// [*AuthorizationError] or a [*TimeoutError], which wraps the application's own error. A
// middleware that is invalid, or invalid for a binding, is reported by bootstrap.New as a
// [*ConfigError]. Error texts and log lines name types, never the contents of a message.
// What the application itself says about a message is quoted in errors but not logged.
package middleware
