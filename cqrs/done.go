package cqrs

import (
	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// Done reports whether the request that returned err is done, so that its result is
// valid: err is nil, or it only reports after-scope deliveries that failed. err may be
// wrapped. The error of another request, which a handler has returned as its own, does
// not make this request done, so an [EventError] within err proves nothing.
func Done(err error) bool { return err == nil || doneBut(err) != nil }

// An afterScopeError is what a request returns that is done, if after-scope deliveries
// failed.
type afterScopeError struct {
	errs []error     // each an *EventError
	of   *Invocation // of the chain around the scope of the request, if there is one
}

func (e *afterScopeError) Error() string   { return errtext.Sprintf("%v", errtext.Lines(e.errs)) }
func (e *afterScopeError) Unwrap() []error { return e.errs }

// doneBut returns the error of a request that is done but for its after-scope
// deliveries, if err is that or wraps only that. It returns nil otherwise.
func doneBut(err error) *afterScopeError {
	const depth = 1000 // an error may unwrap to itself
	for range depth {
		if after, is := err.(*afterScopeError); is {
			return after
		}
		switch err.(type) {
		case foreignError, *PanicError, *EventError: // of a handler, whatever it wraps
			return nil
		}
		if wrapsNothing(err) {
			return nil
		}
		inner := safe.Unwrap(err)
		if len(inner) != 1 {
			return nil
		}
		err = inner[0]
	}
	return nil
}

// wrapsNothing reports whether err is of a common type that has no method Unwrap.
func wrapsNothing(err error) bool {
	switch err.(type) {
	case interface{ Unwrap() error }, interface{ Unwrap() []error }:
		return false
	default:
		return true
	}
}

// A foreignError is the error of another request that was done, returned by a handler
// as its own: this request is not done.
type foreignError struct{ error }

func (f foreignError) Unwrap() error { return f.error }

// failed returns the error of a handler as the error of its request.
func failed(err error) error {
	if err != nil && doneBut(err) != nil {
		return foreignError{err}
	}
	return err
}
