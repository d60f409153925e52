package container

import (
	"context"
	"errors"
	"sync"
)

// A Finalizer ends the life of a value; a constructor returns it beside the
// value. outcome is nil if the request succeeded and otherwise the error that
// it will return. An error of a Finalizer joins that of the request and is
// part of the outcome for those that run after it. They run in the reverse
// order of building, each whatever the others do, with a context that carries
// the values of the request's but is never cancelled.
//
// The Finalizer of a singleton runs in [Container.Close] with a nil outcome.
// A nil Finalizer is ignored, and so is one beside an error. [Transaction] makes
// the one of a transaction.
type Finalizer func(ctx context.Context, outcome error) error

// A closer holds the finalizers of singletons.
type closer struct {
	mu    sync.Mutex
	stack []finalizer
}

type finalizer struct {
	run  Finalizer
	ctor *constructor
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

// Close runs the finalizers of the singletons that were built, last built
// first. All of them run; it returns their errors and panics joined, each an
// [*Error] with the reason [ErrFinalizer]. They get ctx, or, if that is cancelled
// already when Close is called, one that is not. A further Close finds nothing
// to do. Close may be called by several goroutines, but not while singletons
// are still being built.
func (c *Container) Close(ctx context.Context) error {
	if c == nil || c.dig == nil {
		return nilContainerError()
	}
	if ctx == nil {
		return nilContextError("Close")
	}
	if ctx.Err() != nil {
		ctx = context.WithoutCancel(ctx)
	}
	var errs []error
	for f, ok := c.closer.pop(); ok; f, ok = c.closer.pop() {
		if err := f.guarded(ctx); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (f finalizer) guarded(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = finalizerError(f.ctor, newPanicError(p))
		}
	}()
	if err := f.run(ctx, nil); err != nil {
		return finalizerError(f.ctor, err)
	}
	return nil
}
