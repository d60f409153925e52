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

// These are the errors of this package, for errors.Is. The types below carry the details.
var (
	ErrRefused = errors.New("resilience: a policy refused a call")
	ErrUnfit   = errors.New("resilience: a policy is unfit")
)

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
		e.Policy, e.Handler, e.Message, e.Err, e.mend()))
}

func (e *RefusedError) mend() string {
	switch {
	case safe.Is(e.Err, circuitbreaker.ErrOpen):
		return "find out why calls before it failed"
	case safe.Is(e.Err, ratelimiter.ErrExceeded):
		return "call less often, or let calls wait with WithMaxWaitTime"
	case safe.Is(e.Err, bulkhead.ErrFull):
		return "call fewer at once, or let calls wait with WithMaxWaitTime"
	case safe.Is(e.Err, budget.ErrExceeded):
		return "find out why so many calls are tried again"
	default:
		return "call again later"
	}
}

// Unwrap returns [ErrRefused] and the error of failsafe-go.
func (e *RefusedError) Unwrap() []error { return []error{ErrRefused, e.Err} }

// UnfitError reports an invalid policy. bootstrap.New returns it. errors.Is matches
// [ErrUnfit].
type UnfitError struct {
	Policy string // "Retry"
	Where  string // file:line
	text   string
}

func (e *UnfitError) Error() string {
	return fmt.Sprintf("resilience: %s at %s %s", e.Policy, e.Where, e.text)
}

// Unwrap returns [ErrUnfit].
func (e *UnfitError) Unwrap() error { return ErrUnfit }
