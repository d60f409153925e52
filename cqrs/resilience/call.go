package resilience

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

// call is a call of next through a policy. The policy also calls code of the application:
// listeners, conditions, and the methods of the errors that the conditions examine. A
// panic there must not change the outcome of next.
type call struct {
	next   cqrs.Next
	began  bool // whether next was called
	inside bool // whether next is running or did not return
}

// do calls next.
func (c *call) do(ctx context.Context, in *cqrs.Invocation) (any, error) {
	c.began, c.inside = true, true
	result, err := c.next(ctx, in)
	c.inside = false
	return result, err
}

// guard runs the policy and recovers its panics. A panic of next passes through, with
// its stack.
func (c *call) guard(policy func()) {
	defer func() {
		if !c.inside {
			_ = recover()
		}
	}()
	policy()
}
