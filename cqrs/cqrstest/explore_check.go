package cqrstest

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// problems returns what was wrong with a run.
func (r *run) problems() (all []string) {
	left, count := "", 0
	for _, l := range r.left {
		left, count = left+"\n"+l.functions, count+l.count
	}
	switch r.ending {
	case unfinished:
		return []string{fmt.Sprintf("the request has not ended after %v; its goroutines:%s", r.x.patience, left)}
	case panicked:
		all = append(all, "the request panicked: "+safe.Text(r.value)+"; expected it to return")
	case exited:
		if r.target == nil || !r.target.failure.exits() {
			all = append(all, "the request ended its goroutine; expected it to return")
		}
	}
	switch {
	case count == 1:
		all = append(all, "1 goroutine that the request started is left; expected none:"+left)
	case count > 1:
		all = append(all, fmt.Sprintf("%d goroutines that the request started are left; expected none:%s", count, left))
	}
	t := r.tree()
	all = append(all, r.scopeProblems(t)...)
	if problem := r.errorProblem(t); problem != "" {
		all = append(all, problem)
	}
	all = append(all, r.deliveryProblems(t)...)
	if problem := r.effectProblem(t); problem != "" {
		all = append(all, problem)
	}
	return all
}

// effectProblem checks that what the application did to the world outside is complete or undone.
func (r *run) effectProblem(t *tree) string {
	switch {
	case r.x.effects == nil || r.target == nil:
		return ""
	case !t.mayHaveCommitted():
		if !reflect.DeepEqual(r.before, r.after) {
			return errtext.Sprintf("nothing was committed, but the effects changed from %+v to %+v; expected no change. "+
				"Do what cannot be rolled back in an event handler that runs after the scope, or is durable",
				r.before, r.after)
		}
	case r.ending == returned && r.err == nil && !t.isInDoubt() &&
		reflect.DeepEqual(r.handled(t), r.x.first.handled(r.x.first.tree())):
		if !reflect.DeepEqual(r.after, r.x.first.after) {
			return errtext.Sprintf("the request succeeded in spite of the failure, but its effects are %+v; expected %+v, "+
				"as without the failure. If a step is repeated, it must be in a new scope", r.after, r.x.first.after)
		}
	}
	return ""
}

// handled counts the handlers that have succeeded in scopes that have.
func (r *run) handled(t *tree) map[key]int {
	n := map[key]int{}
	for _, s := range t.all {
		if scope := t.scope(s); s.Kind == cqrs.StepHandler && s.Err == nil && (scope == nil || scope.Err == nil) {
			n[keyOf(s)]++
		}
	}
	return n
}

// problemAfter checks a request that follows one in which a step has failed: it does what the first request
// did. If something was committed before, it only has to succeed, unless it never does so twice.
func (r *run) problemAfter(failed *run) string {
	if problems := r.problems(); len(problems) > 0 {
		return "the next request: " + strings.Join(problems, "\n- the next request: ")
	}
	committed := failed.tree().mayHaveCommitted()
	switch {
	case r.err != nil && !(committed && r.x.second.err != nil):
		return errtext.Sprintf("the next request failed with %v; expected it to succeed as the first one did", r.err)
	case !committed && r.shape() != r.x.first.shape():
		return "the next request differs from the first one; expected the same steps, since the failure was rolled back"
	}
	return ""
}
