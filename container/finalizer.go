package container

import (
	"context"
	"errors"
	"runtime"

	"github.com/digcqrs/digcqrs/internal/safe"
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

type finalizer struct {
	run  Finalizer
	ctor *constructor
}

// Close runs the finalizers of a scope, last built first, each with the outcome as
// it is by then, and empties the scope for another request. It returns the outcome
// with the errors of the finalizers: one that wraps the outcome takes its place, any
// other joins it. A finalizer that returns the outcome itself has not failed.
//
// A panic of a finalizer is turned into an error by unwound, which gets its value and
// the name of the finalizer. A finalizer that ends the goroutine does not end the
// others: they run with what unwound returns for nil.
func (s *Scope) Close(ctx context.Context, outcome error, unwound func(value any, where string) error) error {
	if len(s.finalizers) > 0 {
		s.finalizeAll(ctx, &outcome, unwound)
	}
	s.Reset()
	return outcome
}

func (s *Scope) finalizeAll(ctx context.Context, outcome *error, unwound func(any, string) error) {
	var last finalizer
	finished := false
	defer func() {
		if !finished { // the goroutine ends
			defer s.Reset()
			*outcome = errors.Join(*outcome, unwound(nil, finalizerOf(last.ctor)))
			s.finalizeAll(ctx, outcome, unwound)
		}
	}()
	for len(s.finalizers) > 0 {
		last = s.pop()
		switch err, panicked := last.runGuarded(ctx, *outcome, unwound); {
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

func (s *Scope) pop() finalizer {
	n := len(s.finalizers) - 1
	f := s.finalizers[n]
	s.finalizers[n] = finalizer{}
	s.finalizers = s.finalizers[:n]
	return f
}

// runGuarded runs a finalizer and makes an error of a panic. It does not return if
// the finalizer ends the goroutine.
func (f finalizer) runGuarded(ctx context.Context, outcome error, unwound func(any, string) error) (err error, panicked bool) {
	if err, panicked = f.try(ctx, outcome, unwound); panicked && err == nil { // panic(nil)
		err = unwound(new(runtime.PanicNilError), finalizerOf(f.ctor))
	}
	return err, panicked
}

func (f finalizer) try(ctx context.Context, outcome error, unwound func(any, string) error) (err error, panicked bool) {
	panicked = true // unless it returns
	defer func() {
		if value := recover(); value != nil {
			err = unwound(value, finalizerOf(f.ctor))
		}
	}()
	err = f.run(ctx, outcome)
	return err, false
}
