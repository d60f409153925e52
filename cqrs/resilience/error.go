package resilience

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/failsafe-go/failsafe-go/budget"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/ratelimiter"

	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// ErrRefused matches any [*RefusedError] under errors.Is, for functions that take errors to
// compare with, such as middleware.FailureLevel or the conditions of failsafe-go.
var ErrRefused = errors.New("resilience: a policy refused a call")

// RefusedError reports a message that a policy rejected. Its handler was neither built nor
// called. errors.Is matches [ErrRefused] and the error of failsafe-go, such as
// circuitbreaker.ErrOpen.
//
// [Retry] does not retry after it. If a later attempt was rejected, the error of the
// attempt before it is joined.
type RefusedError struct {
	Policy  string       // "circuit breaker", "rate limit", "bulkhead" or "retry budget"
	Message reflect.Type // the bound type
	Handler reflect.Type
	Err     error // the error of failsafe-go
}

func (e *RefusedError) Error() string {
	return errtext.Write(errtext.New("resilience", "the %s of %v refused %v: %v; %s",
		e.Policy, e.Handler, e.Message, e.Err, e.fix()))
}

func (e *RefusedError) fix() string {
	switch {
	case safe.Is(e.Err, circuitbreaker.ErrOpen):
		return "find out why earlier calls failed"
	case safe.Is(e.Err, ratelimiter.ErrExceeded):
		return "call less often, or let calls wait with WithMaxWaitTime"
	case safe.Is(e.Err, bulkhead.ErrFull):
		return "make fewer concurrent calls, or let calls wait with WithMaxWaitTime"
	case safe.Is(e.Err, budget.ErrExceeded):
		return "find out why so many calls are retried"
	default:
		return "retry later"
	}
}

// Unwrap returns [ErrRefused] and the error of failsafe-go.
func (e *RefusedError) Unwrap() []error { return []error{ErrRefused, e.Err} }

// ConfigError reports an invalid policy. bootstrap.New returns it.
type ConfigError struct {
	Policy string // "Retry"
	Where  string // file:line
	text   string
}

func (e *ConfigError) Error() string {
	return fmt.Sprintf("resilience: %s at %s: %s", e.Policy, e.Where, e.text)
}
