package resilience

import (
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/ratelimiter"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/digcqrs/digcqrs/cqrs"
)

// Policies are several policies in the usual order, the first one outermost:
//
//	Retry(CircuitBreaker(RateLimit(Bulkhead(Timeout(handler)))))
//
// What is nil or 0 is left out. Like each of them, all may stand around the
// handler of one binding or around all handlers.
type Policies struct {
	Retry          retrypolicy.Builder[any]
	CircuitBreaker circuitbreaker.Builder[any]
	RateLimit      ratelimiter.Builder[any]
	Bulkhead       bulkhead.Builder[any]
	Timeout        time.Duration
	Expected       func(error) bool // for Retry and CircuitBreaker; see the option
}

// Middleware returns the policies as one middleware. See the functions [Retry],
// [CircuitBreaker], [RateLimit], [Bulkhead] and [Timeout] for what each does.
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
		all = append(all, Timeout(p.Timeout))
	}
	return group(all...)
}

// group returns several middlewares as one.
func group(all ...cqrs.Middleware) cqrs.Middleware {
	return cqrs.Checked(func([]*cqrs.Binding) []error { return nil }, all...)
}

// unfit returns a middleware that bootstrap.New refuses.
func unfit(policy, text string) cqrs.Middleware {
	err := &UnfitError{Policy: policy, Where: caller(), text: text}
	return cqrs.Checked(func([]*cqrs.Binding) []error { return []error{err} })
}

// caller returns the file:line of whoever called this package.
func caller() string {
	pcs := make([]uintptr, 16)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, "github.com/digcqrs/digcqrs/cqrs/resilience.") {
			return fmt.Sprintf("%s:%d", frame.File, frame.Line)
		}
		if !more {
			return "unknown place"
		}
	}
}
