package cqrs

import (
	"errors"

	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// Done reports whether the request that returned err is done, so that its result is valid:
// err is nil, or it only reports after-scope deliveries that failed. err may be wrapped.
// An [EventError] within err is not enough, since a handler may have returned the error of
// another request as its own.
func Done(err error) bool { return err == nil || doneBut(err) != nil }

// afterScopeError is the error of a request that is done, but whose after-scope deliveries
// failed.
type afterScopeError struct {
	errs []*EventError
	of   *extra // that of the chain around the scope, if there is one
}

func (e *afterScopeError) Error() string { return errtext.Write(e.about("the request")) }

// about returns the text, which refers to the request in the given way.
func (e *afterScopeError) about(request string) text {
	if len(e.errs) == 1 {
		return newText("%s is done, but an %v", request, e.errs[0])
	}
	return newText("%s is done, but %d after-scope deliveries failed: %v",
		request, len(e.errs), errtext.Join(e.errs, "; "))
}

func (e *afterScopeError) Unwrap() []error {
	errs := make([]error, len(e.errs))
	for i, err := range e.errs {
		errs[i] = err
	}
	return errs
}

// doneBut returns the error of a request that is done except for its after-scope
// deliveries, if err is such an error or wraps only that. It returns nil otherwise.
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
		inner := safe.Unwrap(err)
		if len(inner) != 1 {
			return nil
		}
		err = inner[0]
	}
	return nil
}

// foreignError wraps the error of another request that is done, which a handler has
// returned as its own. The request of that handler is not done.
type foreignError struct{ error }

func (f foreignError) Error() string {
	var other any = f.error
	if after, is := f.error.(*afterScopeError); is {
		other = after.about("that request")
	}
	return errtext.Write(newText("the error of another request was returned: %v; "+
		"check cqrs.Done before returning such an error", other))
}

func (f foreignError) Unwrap() error { return f.error }

// failed returns the error of a handler as the error of its request. [Done] is false for
// the result unless err is nil.
func failed(err error) error {
	if err != nil && doneBut(err) != nil {
		return foreignError{err}
	}
	return err
}

// withError returns an error that a middleware cannot hide, joined with the one that it
// returned, unless that wraps it.
func withError(failure, err error) error {
	switch {
	case err == nil:
		return failure
	case safe.Contains(err, failure):
		return err
	default:
		return errors.Join(failure, err)
	}
}
