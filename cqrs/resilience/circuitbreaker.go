package resilience

import (
	"context"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/common"
	"github.com/failsafe-go/failsafe-go/policy"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// CircuitBreaker returns a middleware that refuses messages, with a
// [*RefusedError] and circuitbreaker.ErrOpen, for a while after so many have
// failed as the builder says. One of circuitbreaker.NewBuilder opens after one
// failure, for a minute.
//
// It stands inside of the scope and judges what the handler returns; put it in
// [cqrs.AroundScope] to have it judge what a request comes to, with its events
// and finalizers. Each binding has a breaker of its own.
//
// The builder says what a failure is, but not of these errors:
//
//   - An answer is a success: middleware.ErrInvalid and middleware.ErrDenied, a
//     message that cannot be sent or has no handler, and what is [Expected]. So
//     is a request that is done, as [cqrs.Done] tells.
//   - What tells nothing about the handler does not count: the caller has gone,
//     the consumer stopped the stream, or another policy of this binding refused
//     the message. If it was the trial of a half-open breaker, that has not
//     shown that all is well, and counts as one that failed.
//
// All other errors are failures unless the builder says otherwise, also a panic
// and a middleware.TimeoutError. A handler that ends its goroutine has
// panicked for the breaker.
//
// A nil builder is an [*UnfitError] that bootstrap.New returns.
func CircuitBreaker(b circuitbreaker.Builder[any], opts ...Option) cqrs.Middleware {
	if b == nil {
		return unfit("CircuitBreaker", "was given a nil builder; give it one of circuitbreaker.NewBuilder")
	}
	r := newRule(opts)
	return cqrs.PerBinding(func(binding *cqrs.Binding) cqrs.Middleware {
		c := &breaker{rule: r, binding: binding, circuit: b.Build()}
		g := &gate{policy: "circuit breaker", binding: binding, executor: failsafe.With[any](sure{c, c.unfinished(), c.settle}), judge: c.judge, refusal: circuitbreaker.ErrOpen}
		return cqrs.Around(g.pass)
	})
}

// A breaker is the circuit breaker of one binding, as a policy.
type breaker struct {
	rule    *rule
	binding *cqrs.Binding
	circuit circuitbreaker.CircuitBreaker[any]
}

// An inconclusive error tells nothing about the handler.
type inconclusive struct{ error }

func (e inconclusive) Unwrap() error { return e.error }

// judge returns nil for a success, the error for a failure, or an inconclusive
// one. ctx is that of the caller.
func (b *breaker) judge(ctx context.Context, err error) error {
	switch {
	case cqrs.Done(err), b.rule.isAnswer(err):
		return nil
	case isTimeout(err):
		return err
	case safe.ContextErr(ctx) != nil || isCancelled(err) || safe.Is(err, cqrs.ErrStreamStopped) || b.isOwnRefusal(err):
		return inconclusive{err}
	default:
		return err
	}
}

// unfinished returns what a call is taken for that never returned: a panic of
// the handler or, since that of a stream comes as an error, of the consumer.
func (b *breaker) unfinished() error {
	if b.binding.Kind() == cqrs.KindStream {
		return inconclusive{cqrs.ErrStreamStopped}
	}
	return &cqrs.PanicError{Value: "the handler did not return", Message: b.binding.Message(), Handler: b.binding.Handler()}
}

// isOwnRefusal tells whether a policy inside of the breaker refused the message.
// What another binding refused to the handler is a failure of the handler.
func (b *breaker) isOwnRefusal(err error) bool {
	r, is := safe.As[*RefusedError](err)
	return is && r.Message == b.binding.Message() && r.Handler == b.binding.Handler()
}

// settle records the outcome of a call when a panic kept the breaker from recording it.
// An error counts as a failure then, whatever the builder says.
func (b *breaker) settle(err error) {
	if err == nil {
		b.circuit.RecordSuccess()
	} else {
		b.circuit.RecordFailure()
	}
}

func (b *breaker) ToExecutor(any) any {
	return &breakerExecutor{Executor: b.circuit.ToExecutor(nil).(policy.Executor[any]), breaker: b}
}

// A breakerExecutor is a breaker around one call.
type breakerExecutor struct {
	policy.Executor[any]
	breaker *breaker
	trial   bool // the breaker was half-open and counts on a result
}

func (e *breakerExecutor) PreExecute(x policy.ExecutionInternal[any]) *common.PolicyResult[any] {
	refusal := e.Executor.PreExecute(x)
	e.trial = e.breaker.circuit.IsHalfOpen()
	return refusal
}

func (e *breakerExecutor) PostExecute(x policy.ExecutionInternal[any], result *common.PolicyResult[any]) *common.PolicyResult[any] {
	switch _, unknown := result.Error.(inconclusive); {
	case !unknown:
		return e.Executor.PostExecute(x, result)
	case e.trial && e.breaker.circuit.IsHalfOpen():
		return e.OnFailure(x, result.WithFailure())
	default:
		return result
	}
}
