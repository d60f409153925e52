package resilience

import (
	"context"
	"errors"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/budget"
	"github.com/failsafe-go/failsafe-go/common"
	"github.com/failsafe-go/failsafe-go/policy"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// Retry returns a middleware that retries failed requests as the builder says; a plain
// retrypolicy.NewBuilder retries at most twice, without delay.
//
// Retry always wraps the scope, as in [cqrs.AroundScope]. An attempt is a whole request
// with a scope of its own. When it has failed, its finalizers have run and its events are
// dropped; a failed commit is retried too. A message that is handled in the scope of
// another request, as reported by [cqrs.Invocation.Nested], is not retried; that request
// is. An after-scope handler is retried in a scope of its own. A stream is retried until
// its consumer has received an item.
//
// These errors are final, whatever the builder says: errors of a request that is done, as
// reported by [cqrs.Done]; [ErrRefused]; context.Canceled, and any error if the caller's
// context is done; middleware.ErrInvalid and middleware.ErrDenied; panics and other bugs,
// a message that cannot be sent or has no handler; any [Expected] error; and any error that
// [cqrs.Invocation.Expected] reports.
//
// When Retry gives up, it returns the error of the last attempt unchanged. If the caller
// has gone, the error of the context is joined to it; if the retry budget or an inner
// policy rejected a further attempt, a [*RefusedError] is.
//
// The builder's listeners do not receive final errors. If a listener, or any other
// function of the application that the builder calls, panics, Retry gives up. For a nil
// builder, bootstrap.New returns a [*ConfigError].
func Retry(b retrypolicy.Builder[any], opts ...Option) cqrs.Middleware {
	if b == nil {
		return rejected("Retry", errtext.Caller(), "the builder is nil; create one with retrypolicy.NewBuilder")
	}
	r := newRule(opts)
	return cqrs.AroundScope(cqrs.PerBinding(func(binding *cqrs.Binding) cqrs.Middleware {
		return cqrs.MiddlewareFunc((&retrier{r, binding, failsafe.With[any](ending{b.Build()})}).retry)
	}))
}

// retrier retries the messages of one binding.
type retrier struct {
	rule     *rule
	binding  *cqrs.Binding
	executor failsafe.Executor[any]
}

func (r *retrier) retry(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	if in.Nested() {
		return next(ctx, in)
	}
	var result any
	var last, before, gaveUp error
	tries := call{next: next}
	tries.guard(func() {
		_, gaveUp = r.executor.WithContext(ctx).Get(func() (any, error) {
			before = last
			result, last = tries.do(ctx, in)
			if last != nil && (in.Spent() || r.isFinal(in, last)) {
				return nil, finalError{last}
			}
			return result, last
		})
	})
	over := safe.ContextErr(ctx)
	switch {
	case !tries.began:
		return next(ctx, in)
	case cqrs.Done(last):
		return result, last // even if the context has been cancelled by now
	case before != nil && safe.Is(last, ErrRefused):
		return nil, errors.Join(before, last)
	case r.isFinal(in, last):
		return nil, last
	case over != nil && !safe.Is(last, over):
		return nil, errors.Join(last, over)
	case safe.Is(gaveUp, budget.ErrExceeded) && !safe.Is(last, budget.ErrExceeded):
		return nil, errors.Join(last, refused("retry budget", r.binding, gaveUp))
	default:
		return nil, last
	}
}

func (r *retrier) isFinal(in *cqrs.Invocation, err error) bool {
	return r.rule.isFinal(err) || in.Expected(err)
}

// finalError is an error after which there is no further attempt.
type finalError struct{ error }

func (e finalError) Unwrap() error { return e.error }

// ending is a retry policy that stops at a finalError. It does not configure the builder
// for that, because several bindings and goroutines may share the builder, and the builder
// would keep the setting.
type ending struct{ failsafe.Policy[any] }

func (p ending) ToExecutor(any) any {
	return endingExecutor{p.Policy.ToExecutor(nil).(policy.Executor[any])}
}

type endingExecutor struct{ policy.Executor[any] }

func (e endingExecutor) Apply(inner execute) execute {
	return func(x failsafe.Execution[any]) *common.PolicyResult[any] {
		tries := &endingExecution{ExecutionInternal: x.(policy.ExecutionInternal[any])}
		return e.Executor.Apply(func(failsafe.Execution[any]) *common.PolicyResult[any] {
			result := inner(x)
			if _, final := result.Error.(finalError); final {
				tries.end = result
			}
			return result
		})(tries)
	}
}

// endingExecution is cancelled when it has ended.
type endingExecution struct {
	policy.ExecutionInternal[any]
	end *common.PolicyResult[any]
}

func (x *endingExecution) IsCanceledWithResult() (bool, *common.PolicyResult[any]) {
	if x.end != nil {
		return true, x.end
	}
	return x.ExecutionInternal.IsCanceledWithResult()
}
