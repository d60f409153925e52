package container

import (
	"context"
	"errors"
	"runtime"

	"github.com/digcqrs/digcqrs/internal/safe"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// Finalizer ends the life of a value; a constructor returns it in addition to the value.
// outcome is nil if the request succeeded, and otherwise the error that the request will
// return. An error of a Finalizer is joined to the request's error, and is part of the
// outcome that later finalizers receive. Finalizers run in the reverse order of
// construction. Each one runs even if another fails or panics. Their context has the
// values of the request's context but is never cancelled.
//
// The Finalizer of a singleton runs in [Container.Close] with a nil outcome. A nil
// Finalizer is ignored, and so is one that is returned together with an error.
// [Transaction] returns a Finalizer for a transaction.
type Finalizer func(ctx context.Context, outcome error) error

type finalizer struct {
	run  Finalizer
	ctor *constructor
}

// Close runs the finalizers of a scope, last built first, each with the current outcome,
// and resets the scope for another request. It combines the outcome with the errors of
// the finalizers: an error that wraps the outcome replaces it, any other error is joined to
// it. A finalizer that returns the outcome itself has not failed.
//
// unwound turns the panic of a finalizer into an error; it receives the panic value and
// the name of the finalizer. If a finalizer ends the goroutine, the remaining finalizers
// still run, with the error that unwound returns for nil, and Close does not return.
func (s *scope) Close(ctx context.Context, outcome *error, unwound func(value any, where string) error) {
	if len(s.finalizers) > 0 {
		s.finalizeAll(ctx, outcome, unwound)
	}
	s.reset()
}

func (s *scope) finalizeAll(ctx context.Context, outcome *error, unwound func(any, string) error) {
	var last finalizer
	finished := false
	defer func() {
		if !finished { // the goroutine is exiting
			defer s.reset()
			*outcome = errors.Join(*outcome, unwound(nil, finalizerOf(last.ctor)))
			s.finalizeAll(ctx, outcome, unwound)
		}
	}()
	for len(s.finalizers) > 0 {
		last = s.pop()
		switch err, panicked := last.runGuarded(ctx, *outcome, unwound, s.watcher); {
		case panicked:
			*outcome = errors.Join(*outcome, err)
		case err == nil, safe.Same(err, *outcome):
		case *outcome == nil || safe.Contains(err, *outcome):
			*outcome = finalizerError(last.ctor, err)
		default:
			*outcome = errors.Join(*outcome, finalizerError(last.ctor, err))
		}
	}
	finished = true
}

func (s *scope) pop() finalizer {
	n := len(s.finalizers) - 1
	f := s.finalizers[n]
	s.finalizers[n] = finalizer{}
	s.finalizers = s.finalizers[:n]
	return f
}

// runGuarded runs a finalizer and turns a panic into an error. It does not return if the
// finalizer ends the goroutine.
func (f finalizer) runGuarded(
	ctx context.Context, outcome error, unwound func(any, string) error, w wiring.Watcher,
) (err error, panicked bool) {
	if err, panicked = f.try(ctx, outcome, unwound, w); panicked && err == nil { // panic(nil)
		err = unwound(new(runtime.PanicNilError), finalizerOf(f.ctor))
	}
	return err, panicked
}

func (f finalizer) try(
	ctx context.Context, outcome error, unwound func(any, string) error, w wiring.Watcher,
) (err error, panicked bool) {
	panicked = true // unless it returns
	defer func() {
		if value := recover(); value != nil {
			err = unwound(value, finalizerOf(f.ctor))
		}
	}()
	if w == nil {
		return f.run(ctx, outcome), false
	}
	at := f.ctor.where.Place
	return w.Finalize(at.Function, at.String(), outcome, func(outcome error) error { return f.run(ctx, outcome) }), false
}
