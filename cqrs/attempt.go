package cqrs

import (
	"context"

	"github.com/digcqrs/digcqrs/internal/safe"
)

// Attempt returns the number of the latest attempt to handle the message: 1, and one more each
// time a middleware, such as resilience.Retry, has called next again. After next has returned,
// that is the attempt whose outcome it returned. A nested message has attempts of its own. In a
// durable delivery the number begins with that of the attempt of the relay, which is 2 after one
// that has failed.
func (in *Invocation) Attempt() int { return int(in.repeats.Load()) + 1 }

// Settled calls f once it is known whether a middleware outside handles the message once more:
// with last false when the next attempt begins, and with true when the outermost middleware
// has returned. Use it in [AroundScope] for a report about a failed attempt; elsewhere f is
// called at once, with true. A panic of f has no effect. Call Settled on the goroutine of the
// middleware, before it returns.
//
// If the message is an event for an after-scope handler, the logger of bootstrap.WithLogger
// leaves the failure to f, and does not log it.
func (in *Invocation) Settled(f func(last bool)) {
	if !in.isAroundScope() {
		safe.Do(func() { f(true) })
		return
	}
	before := in.extra.settled
	in.extra.settled = func(last bool) {
		if before != nil {
			before(last)
		}
		safe.Do(func() { f(last) })
	}
	in.extra.reported = true
}

// settle calls the functions that were passed to Settled.
func (in *Invocation) settle(last bool) {
	if in.extra != nil && in.extra.settled != nil {
		settled := in.extra.settled
		in.extra.settled, in.extra.reported = nil, last
		settled(last)
	}
}

// isAroundScope reports whether the invocation is one of the chain around the scope.
func (in *Invocation) isAroundScope() bool { return in.extra != nil && in.extra.open != nil }

// OnRetry returns a middleware that wraps the given middleware around the whole request, as
// [AroundScope] does. It calls report for each failed attempt that one of them, or a middleware
// inside of them, repeats: when the next attempt begins, with the context of that and with the
// error of the failed one, whose number is [Invocation.Attempt]. A middleware inside of the one
// that repeats it has no need of OnRetry, since it sees each attempt; see [Invocation.Settled].
//
// report must be safe for concurrent use. A panic in it has no effect. bootstrap.New returns a
// [*MiddlewareError] if it is nil.
func OnRetry(report func(ctx context.Context, in *Invocation, err error), middleware ...Middleware) Middleware {
	return onRetry{aroundScope{group{"OnRetry", middleware}}, report}
}

type onRetry struct {
	aroundScope
	report func(ctx context.Context, in *Invocation, err error)
}

func (o onRetry) links(b *Binding, report func(error)) []link {
	links := o.aroundScope.links(b, report)
	if len(links) > 0 {
		links[0].onRetry = append(links[0].onRetry, o.report)
	}
	return links
}

func (o onRetry) faults(bindings []*Binding) []error {
	if o.report == nil {
		return []error{nilMiddlewareError(o.name, "the function")}
	}
	return o.aroundScope.faults(bindings)
}

// failure is the error with which a link has ended.
type failure struct {
	of  *link
	err error
}

// noteFailure is called before a link ends with err, if that is not nil.
func (l *link) noteFailure(in *Invocation, err error) {
	if len(l.watchers) > 0 {
		in.extra.failure = &failure{l, err}
	}
}

// repeat is called when a link begins once more. It reports the attempt that ended before.
func (l *link) repeat(ctx context.Context, in *Invocation) {
	in.settle(false)
	if len(l.watchers) == 0 {
		return
	}
	failed := in.extra.failure
	in.extra.failure = nil
	if failed == nil || failed.of != l {
		return
	}
	for _, w := range l.watchers {
		if w.when == nil || w.when(in.Message()) {
			for _, report := range w.onRetry {
				safe.Do(func() { report(ctx, in, failed.err) })
			}
		}
	}
}
