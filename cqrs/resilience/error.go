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

// What can go wrong, for errors.Is. The errors that are returned say more; see
// the types below.
var (
	ErrRefused = errors.New("resilience: a policy refused a call")
	ErrUnfit   = errors.New("resilience: a policy is unfit")
)

// A RefusedError is a call that a policy has not let through: the handler was
// neither built nor called. errors.Is finds [ErrRefused] and the error of
// failsafe-go, like circuitbreaker.ErrOpen.
//
// [Retry] does not try again after it. If it was a further try that was refused,
// the error of the one before is joined with it.
type RefusedError struct {
	Policy  string       // "circuit breaker", "rate limit", "bulkhead" or "retry budget"
	Message reflect.Type // as it is bound
	Handler reflect.Type
	Err     error // of failsafe-go
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

// An UnfitError is a policy that cannot be, found by bootstrap.New. errors.Is
// finds [ErrUnfit].
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
