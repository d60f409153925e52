// Package resilience provides middleware for handlers whose dependencies may fail, be
// slow, or be overloaded: retry, circuit breaker, rate limit, bulkhead and timeout. They
// are the policies of failsafe-go, adapted to requests with a scope, events and
// finalizers.
//
// A policy is configured by a builder of failsafe-go, so all of its options are available.
// To wrap one handler, pass the policy as an option of the binding:
//
//	cqrs.BindCommand[*PayHandler](m, cqrs.WithMiddleware(
//		resilience.Retry(retrypolicy.NewBuilder[any]().WithBackoff(50*time.Millisecond, time.Second)),
//		resilience.CircuitBreaker(circuitbreaker.NewBuilder[any]().WithFailureThreshold(5)),
//	))
//
// To wrap all handlers, pass it as an option of bootstrap.New:
//
//	bootstrap.WithMiddleware(resilience.Bulkhead(bulkhead.NewBuilder[any](8)))
//
// In both cases each binding has a policy of its own, built once, at start-up: a breaker
// that opens for one type of handler stays closed for the others. [Policies] combines
// several policies in the usual order.
//
// # Order
//
//	Retry(CircuitBreaker(RateLimit(Bulkhead(Timeout(handler)))))
//
// Each attempt passes the breaker, counts towards the rate limit, and has the full
// timeout. A message that the rate limit or the bulkhead rejects does not open the
// breaker; a timeout does. Waiting for a place in the bulkhead does not count towards the
// timeout.
//
// [Retry] always wraps the scope, and is therefore outside all others, even if it belongs
// to one binding and they apply to all. The others are inside the scope, in the given
// order. There they also apply to messages that are sent from within another request, and
// reject a message before its handler is built. To apply one of them to whole requests,
// with their events and commits, put it around the scope:
//
//	cqrs.AroundScope(resilience.CircuitBreaker(b))
//
// Around the scope, the middleware of bootstrap.WithMiddleware is outermost. A breaker
// there, for all bindings, is outside the Retry of a single binding.
//
// # What is retried
//
// A whole request is retried: each attempt has a scope of its own and builds the handler
// anew. A failed commit is therefore retried too, and everything that is rolled back with
// the scope happens only once: events recorded by a failed attempt are dropped. Its other
// side effects remain; make them idempotent.
//
//   - A nested message, sent through the [cqrs.Sender] of a request, and an event in the
//     scope are not retried. Put Retry around the request.
//   - An after-scope handler is retried in a scope of its own. The request that raised the
//     event is done and is not retried.
//   - A stream is retried only until its consumer has received an item.
//   - Messages sent within [cqrs.Mediator.Run] are nested. Run itself is never retried.
//
// Nested Retry policies multiply: if a handler is tried three times, and sends through the
// Mediator a message that is tried three times, it may send nine times.
//
// # What is not a failure
//
// An error may be an answer: the message is invalid, the sender is not authorized, the
// balance is too low. [Retry] does not retry after an answer, and a [CircuitBreaker]
// counts it as a success. Declare the answers of your application with
// bootstrap.WithExpectedErrors, or for a single policy with [Expected]. [Retry]
// lists the other errors that are final, and [CircuitBreaker] those that a breaker
// ignores.
//
// # Refusals
//
// A message that a policy rejects fails with a [*RefusedError], which names the policy,
// the message and the handler. errors.Is matches [ErrRefused] and the error of
// failsafe-go:
//
//	errors.Is(err, resilience.ErrRefused)   // any of them
//	errors.Is(err, circuitbreaker.ErrOpen)  // or bulkhead.ErrFull, ratelimiter.ErrExceeded
//	errors.Is(err, timeout.ErrExceeded)     // no refusal: the handler took too long
//
// A refused message is not retried, so an open breaker is not called in a loop. Let the
// policy wait where waiting helps, with WithMaxWaitTime of the bulkhead and of the rate
// limit. All waiting ends when the context is cancelled.
//
// # Panics
//
// failsafe-go does not recover panics, so a panic would occupy a place in a bulkhead, or
// the trial of a half-open breaker, forever. This package releases both, even if the
// handler ends its goroutine. The panic continues with its stack, and becomes a
// [*cqrs.PanicError] as usual.
//
// Listeners and conditions of a builder are called within the request. A panic of one
// changes neither the outcome of the request nor the state of the policy, except that
// Retry gives up. The listeners of a breaker's state (OnStateChanged, OnOpen, OnHalfOpen,
// OnClose) must not panic: failsafe-go unlocks its mutex while it calls them, so a panic
// ends the process with "unlock of unlocked mutex". No middleware can prevent that.
//
// # One policy for several handlers
//
// Each binding calls Build once. To share one policy between bindings, pass a builder
// whose Build method returns it:
//
//	type shared struct {
//		bulkhead.Builder[any]
//		one bulkhead.Bulkhead[any]
//	}
//
//	func (s shared) Build() bulkhead.Bulkhead[any] { return s.one }
//
// All middleware is safe for concurrent use, and nothing that it starts is still running
// when a request returns.
package resilience
