package cqrs

import "github.com/digcqrs/digcqrs/internal/safe"

// Settled calls f once it is known whether a middleware outside handles the message once more:
// with last false when the next attempt begins, and with true when the outermost middleware
// has returned. Use it in [AroundScope] for a report about a failed attempt; elsewhere f is
// called at once, with true. A panic of f has no effect. Call Settled on the goroutine of the
// middleware, before it returns.
func (in *Invocation) Settled(f func(last bool)) {
	if in.extra == nil || in.extra.open == nil {
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
}

// settle calls the functions that were passed to Settled.
func (in *Invocation) settle(last bool) {
	if in.extra != nil && in.extra.settled != nil {
		settled := in.extra.settled
		in.extra.settled = nil
		settled(last)
	}
}
