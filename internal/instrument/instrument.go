// Package instrument lets package cqrstest take part in what a mediator does.
package instrument

import "time"

// Hooks are called while a mediator records the steps of its requests. They must be safe for
// concurrent use.
type Hooks struct {
	// Now returns the time. Nil means time.Now.
	Now func() time.Time
	// Run carries out a step, a *cqrs.Step, and returns its error. do does the work of the step; it
	// may be called once or not at all. Run may panic, or end the goroutine, as the step could. Where
	// it ends a constructor in such a way, it must not have called do. It may change the Outcome that
	// a finalizer receives before it calls do.
	Run func(step any, do func() error) error
}

// And returns hooks of which inner carries out the steps, within those of h.
func (h Hooks) And(inner Hooks) Hooks {
	both := Hooks{Now: inner.Now, Run: inner.Run}
	if both.Now == nil {
		both.Now = h.Now
	}
	switch {
	case inner.Run == nil:
		both.Run = h.Run
	case h.Run != nil:
		both.Run = func(step any, do func() error) error {
			return h.Run(step, func() error { return inner.Run(step, do) })
		}
	}
	return both
}

// Do carries out a step.
func (h Hooks) Do(step any, do func() error) error {
	if h.Run == nil {
		return do()
	}
	return h.Run(step, do)
}

// Time returns the time.
func (h Hooks) Time() time.Time {
	if h.Now == nil {
		return time.Now()
	}
	return h.Now()
}
