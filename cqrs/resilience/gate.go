package resilience

import (
	"context"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/ratelimiter"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/safe"
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
		return newGate("rate limit", binding, b.Build(), ratelimiter.ErrExceeded)
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
		places := b.Build()
		release := func(error) { places.ReleasePermit() }
		return newGate("bulkhead", binding, sure{Policy: places, settle: release}, bulkhead.ErrFull)
	})
}

// A gate lets messages of one binding through, or refuses them.
type gate struct {
	policy   string
	binding  *cqrs.Binding
	executor failsafe.Executor[any]
	refusal  error // of failsafe-go, when the policy refuses a message
	// judge says what the policy is told of an error; nil to tell the error.
	judge func(context.Context, error) error
}

func newGate(name string, b *cqrs.Binding, p failsafe.Policy[any], refusal error) cqrs.Middleware {
	return cqrs.Around((&gate{policy: name, binding: b, executor: failsafe.With(p), refusal: refusal}).pass)
}

func (g *gate) pass(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (result any, err error) {
	c := call{next: next}
	refusal := g.refusal // if a listener panics that hears of it
	c.guard(func() {
		_, refusal = g.executor.WithContext(ctx).Get(func() (any, error) {
			result, err = c.do(ctx, in)
			if err != nil && g.judge != nil {
				return result, g.judge(ctx, err)
			}
			return result, err
		})
	})
	switch {
	case c.began: // whatever failsafe-go makes of it
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
