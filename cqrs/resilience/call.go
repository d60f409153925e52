package resilience

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

// A call is what a policy stands around. Whatever else the policy calls is of the
// application: listeners, conditions, and the methods of errors that conditions look
// at. A panic of that must not change the outcome of the call.
type call struct {
	next   cqrs.Next
	began  bool // whether next was called
	inside bool // whether it runs, or did not return
}

// do is what the policy does.
func (c *call) do(ctx context.Context, in *cqrs.Invocation) (any, error) {
	c.began, c.inside = true, true
	result, err := c.next(ctx, in)
	c.inside = false
	return result, err
}

// guard runs the policy and ends a panic, unless it comes from next: that passes on,
// with its stack.
func (c *call) guard(policy func()) {
	defer func() {
		if !c.inside {
			_ = recover()
		}
	}()
	policy()
}
