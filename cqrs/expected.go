package cqrs

import (
	"context"
	"slices"

	"github.com/digcqrs/digcqrs/internal/expected"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// Expected reports whether the error of a request is an answer to its sender rather than a
// failure: the message is invalid or denied (middleware.ErrInvalid, middleware.ErrDenied), it
// was cancelled (context.Canceled), it is a [Preview], or a function of bootstrap.WithExpectedErrors
// says so.
//
// It is false for nil, for a request that is done, as reported by [Done], for a panic and for
// [ErrExit]. Of several joined errors the first decides, as for [Cause]; a function of
// bootstrap.WithExpectedErrors receives all of them. An exceeded deadline is a failure.
func (m *Mediator) Expected(err error) bool {
	if err == nil || Done(err) {
		return false
	}
	cause := causeInEvent(err)
	if isPanic(cause) || cause == ErrExit {
		return false
	}
	return isRejection(cause) || isCancellation(cause) || cause == ErrPreview || m.expects(err)
}

// Expected reports whether err, as returned by next, is an answer to the sender of the message
// rather than a failure; see [Mediator.Expected].
func (in *Invocation) Expected(err error) bool { return in.to.m.Expected(err) }

// expects reports whether a function of the application returns true for err. One that panics
// does not.
func (m *Mediator) expects(err error) bool {
	if m == nil {
		return false
	}
	return slices.ContainsFunc(m.expected, func(expected func(error) bool) (is bool) {
		_ = m.guard(context.Background(), nil, "the function of WithExpectedErrors", func() error {
			is = expected(err)
			return nil
		})
		return is
	})
}

// causeInEvent returns the cause of an error and, if that is an [EventError], the cause of its
// error.
func causeInEvent(err error) error {
	const depth = 1000 // an error may wrap itself
	for range depth {
		cause := Cause(err)
		event, is := cause.(*EventError)
		if !is || event == nil || event.Err == nil {
			return cause
		}
		err = event.Err
	}
	return err
}

func isPanic(err error) bool { _, is := err.(*PanicError); return is }

func isRejection(err error) bool {
	for e := range safe.TreeTo(isPanic, err) {
		if expected.Is(e) {
			return true
		}
	}
	return false
}

// isCancellation reports whether an error says that the sender gave up. A timeout may also
// make a handler return context.Canceled.
func isCancellation(err error) bool {
	return safe.Is(err, context.Canceled) && !safe.Is(err, context.DeadlineExceeded)
}
