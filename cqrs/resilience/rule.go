package resilience

import (
	"context"
	"fmt"
	"slices"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// An Option changes what a policy takes for a failure.
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

// Expected adds errors that are an answer and no failure, like "not enough
// money": [Retry] does not try again after them, and for a [CircuitBreaker] they
// are a success. is may be called by several goroutines at once. If it panics, the
// error is not expected. A nil one adds nothing.
func Expected(is func(error) bool) Option { return expected{is} }

// A rule tells failures from other errors.
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

// isAnswer tells whether an error says that the message should not have been
// sent, or not so: it would get the same again, and the handler is well.
func (r *rule) isAnswer(err error) bool {
	if _, is := safe.As[*cqrs.MessageError](err); is {
		return true
	}
	return isAny(err, middleware.ErrInvalid, middleware.ErrDenied, cqrs.ErrNoHandler, cqrs.ErrNotHandled, cqrs.ErrSubscription) ||
		slices.ContainsFunc(r.expected, func(is func(error) bool) bool { return is(err) })
}

// isFinal tells whether it is in vain, or wrong, to try again.
func (r *rule) isFinal(err error) bool {
	return cqrs.Done(err) || isCancelled(err) || isBug(err) || r.isAnswer(err) ||
		isAny(err, ErrRefused, cqrs.ErrStreamStopped)
}

// isBug tells whether an error is a mistake in the program, which waiting does
// not mend.
func isBug(err error) bool {
	if _, is := safe.As[*cqrs.PanicError](err); is {
		return true
	}
	return isAny(err, cqrs.ErrExit, cqrs.ErrResultType, cqrs.ErrEventLimit)
}

// isCancelled tells whether an error is that somebody gave up. A deadline that
// is over is not: it may be one that the handler has set.
func isCancelled(err error) bool {
	return safe.Is(err, context.Canceled) && !isTimeout(err)
}

func isAny(err error, targets ...error) bool {
	return slices.ContainsFunc(targets, func(target error) bool { return safe.Is(err, target) })
}
