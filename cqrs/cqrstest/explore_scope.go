package cqrstest

import (
	"fmt"
	"slices"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// scopeProblems checks that each scope has finalized what was built in it.
func (r *run) scopeProblems(t *tree) (problems []string) {
	for _, scope := range t.scopes() {
		var built, finalized []*entry
		for _, e := range r.log {
			switch {
			case t.scope(e.step) != scope:
			case e.step.Kind == cqrs.StepConstructor:
				for range e.step.Finalizers {
					built = append(built, e)
				}
			case e.step.Kind == cqrs.StepFinalizer:
				finalized = append(finalized, e)
			}
		}
		slices.SortStableFunc(built, func(a, b *entry) int { return b.ended - a.ended })
		problems = append(problems, orderProblems(built, finalized)...)
		problems = append(problems, r.outcomeProblems(t, scope, finalized)...)
	}
	return problems
}

// orderProblems checks that what was built was finalized once, last built first.
func orderProblems(built, finalized []*entry) (problems []string) {
	count := map[key][2]int{}
	var keys []key
	for i, entries := range [][]*entry{built, finalized} {
		for _, e := range entries {
			k := keyOf(e.step)
			k.kind = cqrs.StepFinalizer
			n, met := count[k]
			if !met {
				keys = append(keys, k)
			}
			n[i]++
			count[k] = n
		}
	}
	for _, k := range keys {
		if n := count[k]; n[0] != n[1] {
			problems = append(problems, fmt.Sprintf("%v ran %d times; expected %d, as often as its value was built",
				point{key: k}, n[1], n[0]))
		}
	}
	if problems != nil {
		return problems
	}
	for i, e := range finalized {
		if want := built[i].step; want.Name != e.step.Name || want.Where != e.step.Where {
			return []string{fmt.Sprintf("the finalizer of %s ran when that of %s was expected: the last value built "+
				"is the first to be finalized", e.step.Name, want.Name)}
		}
	}
	return nil
}

// outcomeProblems checks the outcomes that the finalizers of a scope received.
func (r *run) outcomeProblems(t *tree, scope *cqrs.Step, finalized []*entry) (problems []string) {
	var failed error // what the outcome has to wrap
	inScope := r.target != nil && r.target.step != nil && r.target.step.Kind != cqrs.StepFinalizer &&
		t.within(r.target.step, scope)
	if inScope && !r.target.failure.silent && safe.Contains(scope.Err, r.target.err) {
		failed = r.target.err
	}
	must := failed != nil
	for _, e := range finalized {
		s := e.step
		outcome := s.Outcome
		if r.target != nil && s == r.target.step && r.target.failure.end != nil && !r.target.failure.late {
			must = true
			continue // it received the error of the explorer
		}
		switch {
		case must && outcome == nil:
			problems = append(problems, fmt.Sprintf("the finalizer of %s received the outcome nil, so it commits; "+
				"expected an error, since the scope has failed", s.Name))
		case failed != nil && !safe.Contains(outcome, failed):
			problems = append(problems, errtext.Sprintf("the finalizer of %s received the outcome %v; expected it to "+
				"wrap the injected error", s.Name, outcome))
		case scope.Err == nil && outcome != nil:
			problems = append(problems, errtext.Sprintf("the finalizer of %s received the outcome %v, so it rolls back; "+
				"expected nil, since the scope has succeeded", s.Name, outcome))
		}
		must = must || outcome != nil || s.Err != nil
	}
	if len(finalized) > 0 && !must && scope.Err != nil {
		problems = append(problems, errtext.Sprintf("the scope failed with %v; expected success, since all finalizers "+
			"were told to commit, and did", scope.Err))
	}
	return problems
}

// within reports whether a step is within another one.
func (t *tree) within(s, of *cqrs.Step) bool {
	for s = t.up[s]; s != nil; s = t.up[s] {
		if s == of {
			return true
		}
	}
	return false
}
