package cqrstest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
)

// ErrInjected is wrapped by each error that [ExploreFailures] injects.
var ErrInjected = errors.New("cqrstest: injected failure")

// point is a step of the request: the same in each run.
type point struct {
	key
	nth int // among the steps with this key, from 1
}

// key is what a step does, in every run.
type key struct {
	kind        cqrs.StepKind
	name, where string
	message     reflect.Type // nil if the step has none
}

func keyOf(s *cqrs.Step) key { return key{s.Kind, s.Name, s.Where, reflect.TypeOf(s.Message)} }

// String returns the step with its file:line.
func (p point) String() string {
	text := string(p.kind)
	if p.name != "" {
		text += " " + p.name
	}
	if p.message != nil {
		text += " " + errtext.ShortName(p.message)
	}
	if p.where != "" && p.where != p.name { // as for a method value
		text += " (" + filepath.Base(p.where) + ")"
	}
	if p.nth > 1 {
		text += fmt.Sprintf(", number %d,", p.nth)
	}
	return text
}

// failure is a way in which a step fails.
type failure struct {
	what   string            // "returns an error"
	end    func(error) error // ends the step; nil if it runs as usual
	late   bool              // after the step has run
	cancel bool              // the context of the request is cancelled before
	silent bool              // there is no error that anybody could receive
}

// exits reports whether the step ends its goroutine.
func (f failure) exits() bool { return f.silent && f.end != nil }

func fail(err error) error { return err }

func panicking(err error) error { panic(err) }

func exit(error) error {
	runtime.Goexit()
	return nil
}

// failuresOf returns the ways in which a kind of step fails.
func failuresOf(kind cqrs.StepKind) []failure {
	var (
		byError   = failure{what: "returns an error", end: fail}
		byPanic   = failure{what: "panics", end: panicking}
		byExit    = failure{what: "ends its goroutine", end: exit, silent: true}
		cancelled = failure{what: "runs while the context is cancelled", cancel: true, silent: true}
		observed  = failure{what: "returns the error of a cancelled context", end: fail, cancel: true}
		lateError = failure{what: "returns an error after it has run", end: fail, late: true}
		latePanic = failure{what: "panics after it has run", end: panicking, late: true}
	)
	switch kind {
	case cqrs.StepConstructor: // nothing would finalize what it has built
		return []failure{byError, byPanic, byExit, cancelled, observed}
	case cqrs.StepFinalizer: // its context is never cancelled
		byError.what += " instead of committing"
		byPanic.what += " instead of committing"
		return []failure{byError, lateError, byPanic, latePanic, byExit, cancelled}
	default:
		return []failure{byError, lateError, byPanic, latePanic, byExit, cancelled, observed}
	}
}

// target is a step that is to fail.
type target struct {
	point
	failure failure
	hit     bool // the step has been reached
	step    *cqrs.Step
	err     error
}

// injected is an error of [ExploreFailures].
type injected struct {
	wraps []error // ErrInjected, and context.Canceled if that is the failure
}

func (e *injected) Error() string { return ErrInjected.Error() }

func (e *injected) Unwrap() []error { return e.wraps }

// carryOut has the step fail.
func (t *target) carryOut(step *cqrs.Step, cancel context.CancelFunc, do func() error) error {
	if t.failure.cancel {
		cancel()
	}
	if t.failure.end == nil {
		return do()
	}
	switch {
	case t.failure.late:
		if err := do(); err != nil {
			return err
		}
	case step.Kind == cqrs.StepFinalizer:
		step.Outcome = errors.Join(step.Outcome, t.err)
		if err := do(); err != nil && err != step.Outcome {
			return errors.Join(t.err, err)
		}
	}
	return t.failure.end(t.err)
}
