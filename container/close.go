package container

import (
	"context"
	"slices"
	"sync"

	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// closer holds the finalizers of singletons.
type closer struct {
	mu    sync.Mutex
	stack []finalizer
}

func (c *closer) add(f Finalizer, ctor *constructor) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stack = append(c.stack, finalizer{f, ctor})
}

func (c *closer) pop() (finalizer, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.stack) == 0 {
		return finalizer{}, false
	}
	f := c.stack[len(c.stack)-1]
	c.stack = c.stack[:len(c.stack)-1]
	return f, true
}

// takeTransactions removes and returns the transactions of the given constructors.
func (c *closer) takeTransactions(of func(*constructor) bool) *closer {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := &closer{}
	c.stack = slices.DeleteFunc(c.stack, func(f finalizer) bool {
		if !of(f.ctor) || !isTransaction(f.run) {
			return false
		}
		taken.stack = append(taken.stack, f)
		return true
	})
	return taken
}

// Close runs the finalizers of the singletons that were built, last built first. All of
// them run; Close returns their errors and panics joined, each as an [*Error] with the
// reason [ErrFinalizer]. If one calls runtime.Goexit, the others run before the goroutine
// ends. The finalizers receive ctx or, if ctx is already cancelled when Close is called, a
// context that is not cancelled. Further calls of Close have no effect. Close is safe for
// concurrent use, but must not be called while singletons are being built.
func (c *Container) Close(ctx context.Context) error {
	if c == nil || c.dig == nil {
		return nilContainerError()
	}
	if ctx == nil {
		return nilContextError("Close")
	}
	if safe.ContextErr(ctx) != nil {
		ctx = context.WithoutCancel(ctx)
	}
	return errtext.Errors(c.closer.run(ctx, nil)...)
}

// run runs all finalizers and returns their errors, unless one of them ends the goroutine.
func (c *closer) run(ctx context.Context, outcome error) (errs []error) {
	returns := false
	defer func() {
		if !returns {
			c.run(ctx, outcome)
		}
	}()
	for f, ok := c.pop(); ok; f, ok = c.pop() {
		if err := f.guarded(ctx, outcome); err != nil {
			errs = append(errs, err)
		}
	}
	returns = true
	return errs
}

func (f finalizer) guarded(ctx context.Context, outcome error) error {
	err, _ := f.runGuarded(ctx, outcome, func(value any, _ string) error { return newPanicError(value) }, nil)
	if err != nil {
		return finalizerError(f.ctor, err)
	}
	return nil
}
