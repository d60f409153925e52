package container

import (
	"context"
	"errors"

	"github.com/digcqrs/digcqrs/internal/wiring"
)

// CompileAnyway returns the plan along with its problems, so that a test can run
// requests on it.
func (c *Container) CompileAnyway(roots []wiring.Root, known ...wiring.Known) (*wiring.Plan, error) {
	plan, problems := c.compile(roots, known, true)
	return plan.exported(), errors.Join(problems...)
}

// Finalize runs the finalizer of the value that was built last, and reports whether there was one.
func Finalize(ctx context.Context, of wiring.Scope, outcome error) (ran bool, err error) {
	s := of.(*scope)
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
func Pending(s wiring.Scope) int { return len(s.(*scope).finalizers) }

// Reset removes all built values.
func Reset(s wiring.Scope) { s.(*scope).reset() }
