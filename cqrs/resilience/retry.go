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
	"github.com/digcqrs/digcqrs/internal/safe"
)

// Retry returns a middleware that tries again what has failed, as the builder
// says; one of retrypolicy.NewBuilder tries twice more, at once.
//
// It stands in [cqrs.AroundScope]. A try is a whole request, with a scope of its
// own. When it has failed its finalizers have run, and what it recorded is
// dropped; a commit that failed is tried again too. What is handled in the scope
// of another request, as [cqrs.Invocation.Nested] tells, is not tried again; the
// request is. A handler after the scope is tried again in a scope of its own. A
// stream is tried again until its consumer has an item.
//
// These errors are final, whatever the builder says: those of a request that is
// done, as [cqrs.Done] tells; [ErrRefused]; context.Canceled, and any error if
// the context of the caller is done; middleware.ErrInvalid and
// middleware.ErrDenied; a panic and other bugs, a message that cannot be sent or
// has no handler; and what is [Expected].
//
// When it gives up, it returns the error of the last try as it is. The error of
// the context is joined with that if the caller has gone, and a [*RefusedError]
// if the retry budget, or a policy inside, refused a further try.
//
// Listeners of the builder are not told of a final error. If one of them panics, or
// whatever else of the application the builder calls, Retry gives up. A nil builder
// is an [*UnfitError] that bootstrap.New returns.
func Retry(b retrypolicy.Builder[any], opts ...Option) cqrs.Middleware {
	if b == nil {
		return unfit("Retry", "was given a nil builder; give it one of retrypolicy.NewBuilder")
	}
	r := newRule(opts)
	return cqrs.AroundScope(cqrs.PerBinding(func(binding *cqrs.Binding) cqrs.Middleware {
		return cqrs.Around((&retrier{r, binding, failsafe.With[any](ending{b.Build()})}).retry)
	}))
}

// A retrier tries again the messages of one binding.
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
			if last != nil && (in.Spent() || r.rule.isFinal(last)) {
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
		return result, last // also if the context is cancelled by now
	case before != nil && safe.Is(last, ErrRefused):
		return nil, errors.Join(before, last)
	case r.rule.isFinal(last):
		return nil, last
	case over != nil && !safe.Is(last, over):
		return nil, errors.Join(last, over)
	case safe.Is(gaveUp, budget.ErrExceeded) && !safe.Is(last, budget.ErrExceeded):
		return nil, errors.Join(last, refused("retry budget", r.binding, gaveUp))
	default:
		return nil, last
	}
}

// A finalError is one after which there is no further try.
type finalError struct{ error }

func (e finalError) Unwrap() error { return e.error }

// An ending policy is a retry policy that ends with a finalError. It does not
// ask the builder for that, since a builder may be used for several bindings, by
// several goroutines, and keeps what it was told.
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

// An endingExecution is cancelled when it has an end.
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
