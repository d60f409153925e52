package cqrstest

import (
	"fmt"
	"slices"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// errorProblem checks that the injected error was not lost.
func (r *run) errorProblem(t *tree) string {
	if r.target == nil || r.target.failure.silent || !r.target.hit || r.ending != returned {
		return ""
	}
	want := r.target.err
	if safe.Contains(r.err, want) || slices.ContainsFunc(r.received, func(err error) bool { return safe.Contains(err, want) }) {
		return ""
	}
	s := r.target.step
	for up := t.up[s]; up != nil; s, up = up, t.up[up] {
		if safe.Contains(up.Err, want) {
			continue
		}
		if r.isHandled(s, up) {
			return ""
		}
		ended := "without an error"
		if up.Err != nil {
			ended = errtext.Sprintf("with another error, %v", up.Err)
		}
		at := point{key: keyOf(up)}
		return fmt.Sprintf("the error is lost: %v ended %s, and tried nothing else; expected an error that wraps it. "+
			"If this is on purpose, pass MayHandle(%q)", at, ended, up.Name)
	}
	return errtext.Sprintf("the error is lost: the request returned %v; expected an error that wraps it", r.err)
}

// isHandled reports whether the error of a step within up may end there.
func (r *run) isHandled(s, up *cqrs.Step) bool {
	if s.Kind == cqrs.StepDelivery { // the application has taken it, by bootstrap.WithAfterScopeErrors
		return true
	}
	if slices.Contains(r.x.handlers, up.Name) {
		return true
	}
	tried := up.Steps[slices.Index(up.Steps, s)+1:]
	return slices.ContainsFunc(tried, func(other *cqrs.Step) bool { return other.Err == nil && isInPlaceOf(other, s) })
}

// isInPlaceOf reports whether a step repeats another one, or is an alternative to it.
func isInPlaceOf(other, s *cqrs.Step) bool {
	switch other.Kind {
	case cqrs.StepRequest:
		return s.Kind == cqrs.StepRequest && keyOf(s).message == keyOf(other).message
	case cqrs.StepHandler, cqrs.StepMiddleware, cqrs.StepScope:
		return s.Kind != cqrs.StepRequest
	default:
		return false
	}
}
