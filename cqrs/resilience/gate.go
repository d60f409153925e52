package resilience

import (
	"context"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/ratelimiter"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// RateLimit returns a middleware that limits the rate of messages as the builder says, for
// example ratelimiter.NewBurstyBuilder[any](100, time.Second). Messages above the limit
// wait if the builder allows it, and otherwise fail with a [*RefusedError] and
// ratelimiter.ErrExceeded. A message that waits fails with the error of its context when
// the context is cancelled.
//
// The limit is applied inside the scope. It also counts messages that are sent from within
// another request, and each attempt of [Retry]. Each binding has a limit of its own. For a
// nil builder, bootstrap.New returns a [*ConfigError].
func RateLimit(b ratelimiter.Builder[any]) cqrs.Middleware {
	if b == nil {
		return rejected("RateLimit", errtext.Caller(),
			"the builder is nil; create one with ratelimiter.NewSmoothBuilder or ratelimiter.NewBurstyBuilder")
	}
	return cqrs.PerBinding(func(binding *cqrs.Binding) cqrs.Middleware {
		return newGate("rate limit", binding, b.Build(), ratelimiter.ErrExceeded)
	})
}

// Bulkhead returns a middleware that limits how many messages are handled at once as the
// builder says, for example bulkhead.NewBuilder[any](8). Messages above the limit wait if
// the builder allows it, and otherwise fail with a [*RefusedError] and bulkhead.ErrFull. A
// message that waits fails with the error of its context when the context is cancelled.
//
// The limit is applied inside the scope: a message holds its place from before the handler
// is built until Handle returns, panics or ends the goroutine; a stream holds it until the
// stream has ended. A handler that sends a message to itself needs a second place. Each
// binding has places of its own. For a nil builder, bootstrap.New returns a
// [*ConfigError].
func Bulkhead(b bulkhead.Builder[any]) cqrs.Middleware {
	if b == nil {
		return rejected("Bulkhead", errtext.Caller(), "the builder is nil; create one with bulkhead.NewBuilder")
	}
	return cqrs.PerBinding(func(binding *cqrs.Binding) cqrs.Middleware {
		places := b.Build()
		release := func(error) { places.ReleasePermit() }
		return newGate("bulkhead", binding, sure{Policy: places, settle: release}, bulkhead.ErrFull)
	})
}

// gate admits or rejects the messages of one binding.
type gate struct {
	policy   string
	binding  *cqrs.Binding
	executor failsafe.Executor[any]
	refusal  error // the error of failsafe-go for a rejected message
	// judge returns the error to report to the policy; if it is nil, the error is reported
	// unchanged.
	judge func(context.Context, *cqrs.Invocation, error) error
}

func newGate(name string, b *cqrs.Binding, p failsafe.Policy[any], refusal error) cqrs.Middleware {
	return cqrs.MiddlewareFunc((&gate{policy: name, binding: b, executor: failsafe.With(p), refusal: refusal}).pass)
}

func (g *gate) pass(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (result any, err error) {
	c := call{next: next}
	refusal := g.refusal // the result if the listener of a refusal panics
	c.guard(func() {
		_, refusal = g.executor.WithContext(ctx).Get(func() (any, error) {
			result, err = c.do(ctx, in)
			if err != nil && g.judge != nil {
				return result, g.judge(ctx, in, err)
			}
			return result, err
		})
	})
	switch {
	case c.began: // ignore the result of failsafe-go
		return result, err
	case safe.Same(refusal, safe.ContextErr(ctx)):
		return nil, refusal
	default:
		return nil, refused(g.policy, g.binding, refusal)
	}
}

func refused(name string, b *cqrs.Binding, err error) error {
	return &RefusedError{Policy: name, Message: b.Message(), Handler: b.Handler(), Err: err}
}
