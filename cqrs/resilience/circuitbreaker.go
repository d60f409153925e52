package resilience

import (
	"context"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/common"
	"github.com/failsafe-go/failsafe-go/policy"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// CircuitBreaker returns a middleware that rejects messages for a while, with a
// [*RefusedError] and circuitbreaker.ErrOpen, after the number of failures that the
// builder sets. A plain circuitbreaker.NewBuilder opens after one failure, for a minute.
//
// The breaker is inside the scope and judges the error that the handler returns. Put it in
// [cqrs.AroundScope] to judge the outcome of the whole request, with its events and
// finalizers. Each binding has a breaker of its own.
//
// The builder decides which errors are failures, except for these:
//
//   - An answer is a success: middleware.ErrInvalid, middleware.ErrDenied, a message that
//     cannot be sent or has no handler, and any error that is expected, as reported by
//     [Expected] or [cqrs.Invocation.Expected]. The same holds for a request that is done, as
//     reported by [cqrs.Done].
//   - An error that says nothing about the handler does not count: the caller has gone, the
//     consumer stopped the stream, or another policy of this binding rejected the message. In
//     the trial of a half-open breaker, which must show that the handler works again, such an
//     error counts as a failure.
//
// All other errors are failures unless the builder says otherwise, including panics and
// middleware.TimeoutError. A handler that ends its goroutine counts as a panic.
//
// For a nil builder, bootstrap.New returns a [*ConfigError].
func CircuitBreaker(b circuitbreaker.Builder[any], opts ...Option) cqrs.Middleware {
	if b == nil {
		return rejected("CircuitBreaker", errtext.Caller(), "the builder is nil; create one with circuitbreaker.NewBuilder")
	}
	r := newRule(opts)
	return cqrs.PerBinding(func(binding *cqrs.Binding) cqrs.Middleware {
		c := &breaker{rule: r, binding: binding, circuit: b.Build()}
		g := &gate{
			policy:   "circuit breaker",
			binding:  binding,
			executor: failsafe.With[any](sure{c, c.unfinished(), c.settle}),
			judge:    c.judge,
			refusal:  circuitbreaker.ErrOpen,
		}
		return cqrs.MiddlewareFunc(g.pass)
	})
}

// breaker is the circuit breaker of one binding, as a policy.
type breaker struct {
	rule    *rule
	binding *cqrs.Binding
	circuit circuitbreaker.CircuitBreaker[any]
}

// inconclusive is an error that says nothing about the handler.
type inconclusive struct{ error }

func (e inconclusive) Unwrap() error { return e.error }

// judge returns nil for a success, err for a failure, or an inconclusive error. ctx is the
// caller's context.
func (b *breaker) judge(ctx context.Context, in *cqrs.Invocation, err error) error {
	switch {
	case cqrs.Done(err), b.rule.isAnswer(err), in.Expected(err) && !isCancelled(err):
		return nil
	case isTimeout(err):
		return err
	case safe.ContextErr(ctx) != nil || isCancelled(err) || safe.Is(err, cqrs.ErrStreamStopped) || b.isOwnRefusal(err):
		return inconclusive{err}
	default:
		return err
	}
}

// unfinished returns the error to record for a call that did not return because the
// handler panicked. In a stream it was the consumer that panicked: a panic of a stream's
// handler is returned as an error.
func (b *breaker) unfinished() error {
	if b.binding.Kind() == cqrs.KindStream {
		return inconclusive{cqrs.ErrStreamStopped}
	}
	return &cqrs.PanicError{Value: "the handler did not return", Message: b.binding.Message(), Handler: b.binding.Handler()}
}

// isOwnRefusal reports whether a policy inside the breaker rejected the message. A
// rejection by another binding is a failure of the handler that sent the message.
func (b *breaker) isOwnRefusal(err error) bool {
	r, is := safe.As[*RefusedError](err)
	return is && r.Message == b.binding.Message() && r.Handler == b.binding.Handler()
}

// settle records the outcome of a call that the breaker could not record because of a
// panic. An error then counts as a failure, whatever the builder says.
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

// breakerExecutor runs one call through a breaker.
type breakerExecutor struct {
	policy.Executor[any]
	breaker *breaker
	trial   bool // the breaker was half-open and needs a result
}

func (e *breakerExecutor) PreExecute(x policy.ExecutionInternal[any]) *common.PolicyResult[any] {
	refusal := e.Executor.PreExecute(x)
	e.trial = e.breaker.circuit.IsHalfOpen()
	return refusal
}

func (e *breakerExecutor) PostExecute(
	x policy.ExecutionInternal[any], result *common.PolicyResult[any],
) *common.PolicyResult[any] {
	switch _, unknown := result.Error.(inconclusive); {
	case !unknown:
		return e.Executor.PostExecute(x, result)
	case e.trial && e.breaker.circuit.IsHalfOpen():
		return e.OnFailure(x, result.WithFailure())
	default:
		return result
	}
}
