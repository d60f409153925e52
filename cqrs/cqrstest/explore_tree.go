package cqrstest

import (
	"slices"

	"github.com/digcqrs/digcqrs/cqrs"
)

// tree finds the steps around those of a run.
type tree struct {
	up  map[*cqrs.Step]*cqrs.Step
	all []*cqrs.Step // each before those within it
}

func (r *run) tree() *tree {
	t := &tree{up: map[*cqrs.Step]*cqrs.Step{}}
	for _, report := range r.reports {
		for s := range report.All() {
			t.all = append(t.all, s)
			for _, within := range s.Steps {
				t.up[within] = s
			}
		}
	}
	return t
}

// root returns the outermost step around a step.
func (t *tree) root(s *cqrs.Step) *cqrs.Step {
	for t.up[s] != nil {
		s = t.up[s]
	}
	return s
}

// scope returns the scope that a step belongs to, or nil.
func (t *tree) scope(s *cqrs.Step) *cqrs.Step {
	for s = t.up[s]; s != nil && s.Kind != cqrs.StepScope; s = t.up[s] {
	}
	return s
}

// scopes returns the scopes of the run.
func (t *tree) scopes() (all []*cqrs.Step) {
	for _, s := range t.all {
		if s.Kind == cqrs.StepScope {
			all = append(all, s)
		}
	}
	return all
}

// mayHaveCommitted reports whether a scope has succeeded, or has told a finalizer to commit
// before another one failed.
func mayHaveCommitted(scope *cqrs.Step) bool {
	if scope.Err == nil {
		return true
	}
	for _, s := range scope.Steps {
		if s.Kind == cqrs.StepFinalizer && s.Outcome == nil {
			return true
		}
	}
	return false
}

// isInDoubt reports whether a scope has failed that may have committed.
func (t *tree) isInDoubt() bool {
	return slices.ContainsFunc(t.scopes(), func(s *cqrs.Step) bool { return s.Err != nil && mayHaveCommitted(s) })
}

// mayHaveCommitted reports whether any scope may have committed something.
func (t *tree) mayHaveCommitted() bool {
	return slices.ContainsFunc(t.scopes(), func(s *cqrs.Step) bool { return mayHaveCommitted(s) && !t.onlyReads(s) })
}

// onlyReads reports whether a scope answers a query and has nothing to commit: no finalizer and no journal.
// A command counts as a change even so, since it may have no need of a transaction.
func (t *tree) onlyReads(scope *cqrs.Step) bool {
	for s := range scope.All() {
		if s.Kind == cqrs.StepFinalizer || s.Kind == cqrs.StepJournal || s.Kind == cqrs.StepRequest && !isQuery(s) {
			return false
		}
	}
	around := t.up[scope]
	for around != nil && around.Kind == cqrs.StepMiddleware {
		around = t.up[around]
	}
	return around != nil && around.Kind == cqrs.StepRequest && isQuery(around)
}

// isQuery reports whether a step sends a query.
func isQuery(s *cqrs.Step) bool { return s.Binding != nil && s.Binding.Kind() == cqrs.KindQuery }
