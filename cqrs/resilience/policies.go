package resilience

import (
	"time"

	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/ratelimiter"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
)

// Policies combines several policies in the usual order, the first one outermost:
//
//	Retry(CircuitBreaker(RateLimit(Bulkhead(Timeout(handler)))))
//
// Policies that are nil or 0 are left out. Like a single policy, Policies may wrap the
// handler of one binding or all handlers.
type Policies struct {
	Retry          retrypolicy.Builder[any]
	CircuitBreaker circuitbreaker.Builder[any]
	RateLimit      ratelimiter.Builder[any]
	Bulkhead       bulkhead.Builder[any]
	Timeout        time.Duration
	Expected       func(error) bool // for Retry and CircuitBreaker; see [Expected]
}

// Middleware returns the policies as one middleware. For what each policy does, see
// [Retry], [CircuitBreaker], [RateLimit], [Bulkhead] and [Timeout].
func (p Policies) Middleware() cqrs.Middleware {
	var all []cqrs.Middleware
	if p.Retry != nil {
		all = append(all, Retry(p.Retry, Expected(p.Expected)))
	}
	if p.CircuitBreaker != nil {
		all = append(all, CircuitBreaker(p.CircuitBreaker, Expected(p.Expected)))
	}
	if p.RateLimit != nil {
		all = append(all, RateLimit(p.RateLimit))
	}
	if p.Bulkhead != nil {
		all = append(all, Bulkhead(p.Bulkhead))
	}
	if p.Timeout != 0 {
		all = append(all, timeoutAt(errtext.Caller(), p.Timeout))
	}
	return group(all...)
}

// group combines several middlewares into one.
func group(all ...cqrs.Middleware) cqrs.Middleware {
	return cqrs.Checked(func([]*cqrs.Binding) []error { return nil }, all...)
}

// rejected returns a middleware that bootstrap.New rejects. where is the file:line of the call
// that made it.
func rejected(policy, where, text string) cqrs.Middleware {
	err := &ConfigError{Policy: policy, Where: where, text: text}
	return cqrs.Checked(func([]*cqrs.Binding) []error { return []error{err} })
}
