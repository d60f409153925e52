// Package middleware has ready-made middlewares: who may send a message, is it
// valid, how long may it take, and what came of it.
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
// The first one is outermost. A message goes through them from left to right,
// and what comes of it goes back:
//
//	Logging(Authorization(Validation(Timeout(handler))))
//
// A message says what it needs by its methods. Whoever has none pays nothing,
// and nothing stands around its handler:
//
//	func (BookRoom) RequiredRole() string   { return "member" }    // Authorization: an interface of yours
//	func (c BookRoom) Validate(ctx context.Context) error { ... }  // Validation
//	func (BookRoom) Timeout() time.Duration { return time.Minute } // Timeout, in place of its own time
//
// Messages are values, so that a method with a pointer receiver would never be
// called. bootstrap.New refuses such a message.
//
// # The order
//
// [Logging] stands around the whole request wherever you put it, as if in
// cqrs.AroundScope: it is to know whether the request was committed. So it sees
// what the others refuse. Put it first, to have others around the scope inside.
//
// [Authorization] comes before [Validation], since somebody who may not send a
// message is not to learn what is wrong with it. Both come before what is
// expensive: they refuse a message before its handler is built. If a middleware
// that the container builds (cqrs.Built) stands before them, it is built first.
//
// [Timeout] comes last: its time is that of the handler, and of what is built
// for it. Around the scope it is that of the request with its events:
//
//	cqrs.AroundScope(middleware.Timeout(5 * time.Second))
//
// Constructors that ask for a context.Context get that of the request. So only a
// Timeout around the scope limits them, and what they keep it for: a transaction
// of database/sql that was begun with it is rolled back when the time is over.
//
// A middleware that tries again, in cqrs.AroundScope, belongs between Logging and
// such a Timeout: then each attempt has its time, and all attempts have one line.
//
// # Where they stand
//
// All of them are made for bootstrap.WithMiddleware, where they stand around the
// handlers of commands, queries, streams and events, also of those that are sent
// and raised within a request. As options of one binding (cqrs.WithMiddleware)
// they stand around its handler alone, and cqrs.Only puts them around the
// messages that implement an interface. All are safe for concurrent use, and one
// may be given to several mediators.
//
// # What needs no middleware
//
// A panic in a handler, a constructor or a middleware is a [*cqrs.PanicError] of
// the request, always. A transaction is not a middleware but a scoped value that
// is committed when the scope closes: container.Transaction makes its finalizer.
//
// # Errors
//
// What is refused or took too long is a [*ValidationError], an
// [*AuthorizationError] or a [*TimeoutError], with the application's own error in
// its chain. A middleware that cannot be where it is put is an [*UnfitError] of
// bootstrap.New. Texts and log lines name types, never contents of a message;
// what the application itself says of a message is quoted in errors, and not
// logged.
package middleware
