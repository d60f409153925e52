package cqrs

import "github.com/digcqrs/digcqrs/internal/safe"

// Settled calls f once it is known whether a middleware outside handles the message once more:
// with last false when the next attempt begins, and with true when the outermost middleware
// has returned. Use it in [AroundScope] for a report about a failed attempt; elsewhere f is
// called at once, with true. A panic of f has no effect.
func (in *Invocation) Settled(f func(last bool)) {
	if in.special == nil || in.special.open == nil {
		safe.Do(func() { f(true) })
		return
	}
	before := in.special.settled
	in.special.settled = func(last bool) {
		if before != nil {
			before(last)
		}
		safe.Do(func() { f(last) })
	}
}

// settle calls the functions that were passed to Settled.
func (in *Invocation) settle(last bool) {
	if in.special != nil && in.special.settled != nil {
		settled := in.special.settled
		in.special.settled = nil
		settled(last)
	}
}
