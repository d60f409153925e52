package container

import (
	"errors"
	"reflect"
)

// CompileAnyway returns the plan together with what is wrong with it, so that a
// test can see how a request would fare on it.
func (c *Container) CompileAnyway(roots []Root, supplied ...reflect.Type) (*Plan, error) {
	plan, problems := c.compile(roots, supplied)
	return plan, errors.Join(problems...)
}
