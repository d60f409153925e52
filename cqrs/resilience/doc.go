// Package resilience has middlewares for handlers that depend on something which
// may fail, be slow, or be asked too often: retry, circuit breaker, rate limit,
// bulkhead and timeout. They are the policies of failsafe-go, made fit for
// requests that have a scope, events and finalizers.
//
// A policy is given as a builder of failsafe-go, so that all its options are
// there. Around one handler it is an option of the binding:
//
//	cqrs.BindCommand[*PayHandler](m, cqrs.WithMiddleware(
//		resilience.Retry(retrypolicy.NewBuilder[any]().WithBackoff(50*time.Millisecond, time.Second)),
//		resilience.CircuitBreaker(circuitbreaker.NewBuilder[any]().WithFailureThreshold(5)),
//	))
//
// Around all handlers it is an option of bootstrap.New:
//
//	bootstrap.WithMiddleware(resilience.Bulkhead(bulkhead.NewBuilder[any](8)))
//
// In both cases each binding has a policy of its own, built once, at start-up: a
// breaker that opens for one type of handler does not for others. [Policies] puts
// several together in the usual order.
//
// # The order
//
//	Retry(CircuitBreaker(RateLimit(Bulkhead(Timeout(handler)))))
//
// Each try asks the breaker, counts for the rate, and has the full time. What the
// rate limit and the bulkhead refuse does not open the breaker, but a timeout
// does. Waiting for a place in the bulkhead is no part of that time.
//
// [Retry] always stands around the scope, and so outside of all others, also if
// it belongs to one binding and they to all. The others stand inside, in the
// order in which they are given. There they work for messages that are sent from
// within another request too, and refuse a message before its handler is built.
// To have one judge or limit whole requests, with their events and commits, put it
// around the scope:
//
//	cqrs.AroundScope(resilience.CircuitBreaker(b))
//
// Of several around the scope those of bootstrap.WithMiddleware are outside. A
// breaker there, for all bindings, stands outside of a Retry of one.
//
// # What is tried again
//
// A whole request: each try has a scope of its own, and builds the handler anew.
// So a commit that failed is tried again, and nothing happens twice that is
// undone with the scope: what a failed try has recorded is dropped. What it did
// elsewhere stays; make that idempotent.
//
//   - A nested message, sent through the [cqrs.Sender] of a request, and an event
//     in the scope are not tried again. Put Retry around the request.
//   - A handler after the scope is tried again, in a scope of its own. The request
//     that raised the event is done and is not.
//   - A stream is tried again only as long as its consumer has no item.
//   - What is sent within [cqrs.Mediator.Run] is nested; nobody tries Run again.
//
// Two Retry around each other multiply: a handler that is tried three times, and
// sends through the Mediator what is tried three times, may send nine times.
//
// # What is no failure
//
// An error may be an answer: the message is invalid, the sender may not send it,
// there is not enough money. [Retry] does not try again then, and for a
// [CircuitBreaker] it is a success. Tell the answers of your application with
// [Expected]. What else is final is said at [Retry], and what a breaker does not
// count at [CircuitBreaker].
//
// # Refusals
//
// What a policy does not let through is a [*RefusedError], which names the
// policy, the message and the handler. errors.Is finds [ErrRefused] and the error
// of failsafe-go:
//
//	errors.Is(err, resilience.ErrRefused)   // any of them
//	errors.Is(err, circuitbreaker.ErrOpen)  // or bulkhead.ErrFull, ratelimiter.ErrExceeded
//	errors.Is(err, timeout.ErrExceeded)     // no refusal: the handler took too long
//
// A refused message is not tried again, so that an open breaker is not asked in a
// loop. Let the policy wait where waiting helps: WithMaxWaitTime of the bulkhead
// and of the rate limit. All waiting ends when the context is cancelled.
//
// # Panics
//
// failsafe-go does not recover panics: a place in a bulkhead or a trial of a
// half-open breaker would be lost forever. Here both are given back, also if the
// handler ends its goroutine. The panic passes on with its stack, and becomes a
// [*cqrs.PanicError] as ever.
//
// Listeners and conditions of a builder are called within the request. A panic of one
// changes neither the outcome of the request nor the state of the policy, except that
// Retry gives up. The listeners of a breaker's state (OnStateChanged, OnOpen,
// OnHalfOpen, OnClose) must not panic: failsafe-go unlocks its mutex while it calls
// them, so a panic ends the process with "unlock of unlocked mutex". No middleware can
// prevent that.
//
// # One policy for several handlers
//
// A binding calls Build once. Give several the same policy with a builder whose
// Build returns it:
//
//	type shared struct {
//		bulkhead.Builder[any]
//		one bulkhead.Bulkhead[any]
//	}
//
//	func (s shared) Build() bulkhead.Bulkhead[any] { return s.one }
//
// All middlewares are safe for concurrent use, and nothing that they start is left
// running when a request returns.
package resilience
