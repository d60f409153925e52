package container

import "context"

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

// Finalize runs the finalizer of what was built last, and reports whether there was one.
func (s *Scope) Finalize(ctx context.Context, outcome error) (ran bool, err error) {
	if len(s.finalizers) == 0 {
		return false, nil
	}
	f := s.pop()
	if err := f.run(ctx, outcome); err != nil && err != outcome {
		return true, finalizerError(f.ctor, err)
	}
	return true, nil
}

// Pending returns the number of finalizers to run.
func (s *Scope) Pending() int { return len(s.finalizers) }
