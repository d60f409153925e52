package resilience

import (
	"context"
	"fmt"
	"slices"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// Option changes what a policy considers a failure.
type Option interface {
	fmt.Stringer
	apply(*rule)
}

type expected struct{ is func(error) bool }

func (expected) String() string { return "Expected" }

func (e expected) apply(r *rule) {
	if e.is == nil {
		return
	}
	r.expected = append(r.expected, func(err error) (is bool) {
		safe.Do(func() { is = e.is(err) })
		return is
	})
}

// Expected declares errors that are answers and not failures, such as "balance too low":
// [Retry] does not retry after them, and a [CircuitBreaker] counts them as successes. is
// must be safe for concurrent use. If it panics, the error is not expected. A nil function
// has no effect.
//
// An error that is expected everywhere is better declared with
// bootstrap.WithExpectedErrors, which this package also asks.
func Expected(is func(error) bool) Option { return expected{is} }

// rule distinguishes failures from other errors.
type rule struct{ expected []func(error) bool }

func newRule(opts []Option) *rule {
	r := new(rule)
	for _, o := range opts {
		if o != nil {
			o.apply(r)
		}
	}
	return r
}

// isAnswer reports whether an error says that the message should not have been sent, or
// not in this form: the handler works, and would return the same error again.
func (r *rule) isAnswer(err error) bool {
	return isA[*cqrs.MessageError](err) || isA[*cqrs.NoHandlerError](err) || isA[*cqrs.SubscriptionError](err) ||
		isAny(err, middleware.ErrInvalid, middleware.ErrDenied, cqrs.ErrNotHandled) ||
		slices.ContainsFunc(r.expected, func(is func(error) bool) bool { return is(err) })
}

// isFinal reports whether retrying would be useless or wrong.
func (r *rule) isFinal(err error) bool {
	return cqrs.Done(err) || isCancelled(err) || isBug(err) || r.isAnswer(err) ||
		isAny(err, ErrRefused, cqrs.ErrStreamStopped)
}

// isBug reports whether an error is a bug in the program, which waiting does not fix.
func isBug(err error) bool {
	return isA[*cqrs.PanicError](err) || isA[*cqrs.MiddlewareError](err) ||
		isA[*cqrs.EventLimitError](err) || isA[*cqrs.NestingLimitError](err) ||
		isAny(err, cqrs.ErrExit, cqrs.ErrResultType)
}

// isCancelled reports whether an error says that the caller gave up. An exceeded deadline
// does not count, because the handler itself may have set it.
func isCancelled(err error) bool {
	return safe.Is(err, context.Canceled) && !isTimeout(err)
}

// isA reports whether an error, or one that it wraps, is of type E.
func isA[E error](err error) bool {
	_, is := safe.As[E](err)
	return is
}

func isAny(err error, targets ...error) bool {
	return slices.ContainsFunc(targets, func(target error) bool { return safe.Is(err, target) })
}
