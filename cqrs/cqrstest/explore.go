package cqrstest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
)

// ExploreFailures tests that an application stays correct wherever one of its requests fails. It runs
// request once and records each step: constructors, middleware, handlers of requests and events, the
// journal, and finalizers. Then, for each step and each way to fail, it builds the application anew
// and runs request while that step fails in that way: it returns an error or panics, in its place or
// after it has run; the context of the request is cancelled; or the goroutine ends, as after
// runtime.Goexit. A finalizer that fails in its place receives an error as its outcome, as if it could
// not commit.
//
// After each of these runs ExploreFailures checks that
//   - each value with a finalizer was finalized once, last built first, with the outcome of its scope;
//   - no event was delivered after the scope, or stored for durable subscriptions, by a request inside
//     of a scope that was rolled back, and a relay delivered nothing that no request had stored;
//   - the error was not lost: the caller receives it, as errors.Is reports, or cqrs.Observer.Lost does,
//     or something else was tried in place of what failed, as by a fallback or a retry ([MayHandle]
//     lists the steps that may handle the error in another way);
//   - what the application did to the world outside is complete or undone, if [Effects] reads it;
//   - request has returned, and no goroutine that it started is left ([MayLeave] lists exceptions);
//   - another request, on the same mediator, does what the first one did.
//
// build returns a new application for each run: nothing of an earlier one may be left in it. It passes
// opts on to bootstrap.New, or to [New]. The functions that it passes to t.Cleanup are called when the run
// has ended, and what it logs is left out if the run has no problem. If the t of ExploreFailures is not a
// [testing.TB], build may only use the methods of [TB]. request makes any call of the mediator, or several,
// with ctx, and returns the error. Without a failure it must succeed, and do the same each time. It runs
// on a goroutine of its own.
//
// Each run with a problem is reported by t.Errorf, with the step, the failure, what went wrong, and the
// report of the run. ExploreFailures stops after ten of them, or when a request does not end; see
// [Patience].
func ExploreFailures(
	t TB,
	build func(t testing.TB, opts ...bootstrap.Option) *cqrs.Mediator,
	request func(ctx context.Context, m *cqrs.Mediator) error,
	opts ...ExploreOption,
) {
	t.Helper()
	x := &explorer{t: t, build: build, request: request, patience: 10 * time.Second}
	for _, opt := range opts {
		opt.apply(x)
	}
	if !x.begin() {
		return
	}
	for _, p := range x.first.points() {
		for _, f := range failuresOf(p.kind) {
			if x.explore(p, f); x.stopped || x.failed == maxFailed {
				return
			}
		}
	}
}

// maxFailed is how many runs with problems are reported.
const maxFailed = 10

// explorer explores the failures of one request.
type explorer struct {
	t        TB
	build    func(testing.TB, ...bootstrap.Option) *cqrs.Mediator
	request  func(context.Context, *cqrs.Mediator) error
	effects  func() any
	handlers []string // the steps that may handle an error
	leavers  []string // functions whose goroutines may be left
	patience time.Duration

	first, second *run // of the request without a failure
	failed        int  // runs with problems
	stopped       bool // a request has not ended
}

// begin runs the request without a failure, and reports whether it can be explored.
func (x *explorer) begin() bool {
	x.t.Helper()
	a := x.open()
	defer a.close()
	if a.mediator == nil {
		x.t.Errorf("cqrstest: build returned no mediator")
		return false
	}
	x.first = a.run(nil)
	problems := x.first.problems()
	switch {
	case x.first.ending == returned && x.first.err != nil:
		problems = append(problems, "it fails, although nothing made it fail")
	case len(x.first.log) == 0:
		problems = append(problems, "no step was recorded; build must pass its options on to bootstrap.New, "+
			"and request must use the mediator")
	}
	if len(problems) > 0 {
		x.report("the request without a failure", problems, x.first)
		return false
	}
	x.second = a.run(nil)
	return true
}

// explore makes a step fail in one way.
func (x *explorer) explore(p point, f failure) {
	x.t.Helper()
	a := x.open()
	defer a.close()
	r := a.run(&target{point: p, failure: f})
	problems, runs := r.problems(), []*run{r}
	if !r.target.hit && r.ending != unfinished {
		problems = append(problems, "the step did not run this time; build and request must do the same each time")
	}
	if !x.stopped {
		next := a.run(nil)
		if len(r.left) > 0 {
			next.left = nil // they are still left
		}
		if problem := next.problemAfter(r); problem != "" {
			problems, runs = append(problems, problem), append(runs, next)
		}
	}
	if len(problems) > 0 {
		x.report(fmt.Sprintf("%v %s", p, f.what), problems, runs...)
	}
}

// report reports the problems of a run, and what the runs did.
func (x *explorer) report(what string, problems []string, runs ...*run) {
	x.t.Helper()
	x.failed++
	runs[0].app.flush()
	var b strings.Builder
	fmt.Fprintf(&b, "cqrstest: %s:", what)
	for _, p := range problems {
		b.WriteString("\n- " + p)
	}
	for i, r := range runs {
		if i > 0 {
			b.WriteString("\n\nThe next request:")
		}
		b.WriteString("\n\n" + r.String())
	}
	if x.failed == maxFailed {
		b.WriteString("\n\nThe remaining failures are not explored.")
	}
	x.t.Errorf("%s", &b)
}
