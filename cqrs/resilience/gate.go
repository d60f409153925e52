package resilience

import (
	"context"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/common"
	"github.com/failsafe-go/failsafe-go/policy"
	"github.com/failsafe-go/failsafe-go/ratelimiter"

	"github.com/digcqrs/digcqrs/cqrs"
)

// RateLimit returns a middleware that lets messages through as often as the
// builder says, like ratelimiter.NewBurstyBuilder[any](100, time.Second). Those
// above it wait, if the builder lets them, or get a [*RefusedError] with
// ratelimiter.ErrExceeded. Who waits gives up, with the error of the context,
// when that is cancelled.
//
// It stands inside of the scope, and counts messages that are sent from within
// another request too, and each try of [Retry]. Each binding has its own count.
// A nil builder is an [*UnfitError] that bootstrap.New returns.
func RateLimit(b ratelimiter.Builder[any]) cqrs.Middleware {
	if b == nil {
		return unfit("RateLimit", "was given a nil builder; give it one of ratelimiter.NewSmoothBuilder or ratelimiter.NewBurstyBuilder")
	}
	return cqrs.PerBinding(func(binding *cqrs.Binding) cqrs.Middleware {
		return newGate("rate limit", binding, b.Build())
	})
}

// Bulkhead returns a middleware that lets so many messages at once through as
// the builder says, like bulkhead.NewBuilder[any](8). Those above it wait, if the
// builder lets them, or get a [*RefusedError] with bulkhead.ErrFull. Who waits
// gives up, with the error of the context, when that is cancelled.
//
// It stands inside of the scope: a message has its place from before the handler
// is built until Handle returns, or panics, or ends the goroutine; a stream
// until it has ended. A handler that sends a message to itself needs another
// place for that. Each binding has its own places. A nil builder is an
// [*UnfitError] that bootstrap.New returns.
func Bulkhead(b bulkhead.Builder[any]) cqrs.Middleware {
	if b == nil {
		return unfit("Bulkhead", "was given a nil builder; give it one of bulkhead.NewBuilder")
	}
	return cqrs.PerBinding(func(binding *cqrs.Binding) cqrs.Middleware {
		return newGate("bulkhead", binding, sure{Policy: b.Build()})
	})
}

// A gate lets messages of one binding through, or refuses them.
type gate struct {
	policy   string
	binding  *cqrs.Binding
	executor failsafe.Executor[any]
	// judge says what the policy is told of an error; nil to tell the error.
	judge func(context.Context, error) error
}

func newGate(name string, b *cqrs.Binding, p failsafe.Policy[any]) cqrs.Middleware {
	return cqrs.Around((&gate{policy: name, binding: b, executor: failsafe.With(p)}).pass)
}

func (g *gate) pass(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (result any, err error) {
	through := false
	_, refusal := g.executor.WithContext(ctx).Get(func() (any, error) {
		through = true
		result, err = next(ctx, in)
		if err != nil && g.judge != nil {
			return result, g.judge(ctx, err)
		}
		return result, err
	})
	switch {
	case through: // whatever failsafe-go makes of it
		return result, err
	case refusal == ctx.Err():
		return nil, refusal
	default:
		return nil, refused(g.policy, g.binding, refusal)
	}
}

func refused(name string, b *cqrs.Binding, err error) error {
	return &RefusedError{Policy: name, Message: b.Message(), Handler: b.Handler(), Err: err}
}

// A sure policy comes to its end also if the handler panics or ends the
// goroutine. As failsafe-go has it, a place in a bulkhead or a trial of a
// half-open breaker is lost for ever then.
type sure struct {
	failsafe.Policy[any]
	unfinished error // what it is told then
}

func (s sure) ToExecutor(any) any {
	return sureExecutor{s.Policy.ToExecutor(nil).(policy.Executor[any]), s.unfinished}
}

type sureExecutor struct {
	policy.Executor[any]
	unfinished error
}

// Apply does not recover, so that a panic keeps its stack.
func (e sureExecutor) Apply(inner func(failsafe.Execution[any]) *common.PolicyResult[any]) func(failsafe.Execution[any]) *common.PolicyResult[any] {
	return func(x failsafe.Execution[any]) *common.PolicyResult[any] {
		execution := x.(policy.ExecutionInternal[any])
		if refusal := e.PreExecute(execution); refusal != nil {
			return refusal
		}
		result := &common.PolicyResult[any]{Error: e.unfinished, Done: true}
		defer func() { e.PostExecute(execution, result) }()
		result = inner(x)
		return result
	}
}
