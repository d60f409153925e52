package cqrstest

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
)

// run is one request, in which a step may fail.
type run struct {
	app    *application
	x      *explorer
	target *target // nil for none
	cancel context.CancelFunc

	// The mutex of the application guards these while the request runs.
	log      []*entry
	counts   map[key]int
	endings  int // how many steps have ended
	reports  []*cqrs.Report
	received []error // by observers

	err           error
	ending        ending
	value         any        // of the panic
	left          []leftover // the goroutines
	before, after any        // the effects
}

// entry is a step that has begun.
type entry struct {
	step  *cqrs.Step
	nth   int // among the steps with its key
	ended int // the place among the steps that have ended, or 0
}

// ending is how a request ended.
type ending int

const (
	unfinished ending = iota
	returned
	panicked
	exited
)

// points returns the steps of a run that can fail.
func (r *run) points() (all []point) {
	for _, e := range r.log {
		all = append(all, point{keyOf(e.step), e.nth})
	}
	return all
}

// begin notes a step, and returns how to carry it out.
func (r *run) begin(step *cqrs.Step, do func() error) func() error {
	k := keyOf(step)
	r.counts[k]++
	e := &entry{step: step, nth: r.counts[k]}
	r.log = append(r.log, e)
	if t := r.target; t != nil && !t.hit && t.point == (point{k, e.nth}) {
		t.hit, t.step = true, step
		return func() error { return t.carryOut(step, r.cancel, do) }
	}
	return do
}

// end notes that a step has ended.
func (r *run) end(step *cqrs.Step) {
	r.endings++
	for _, e := range r.log {
		if e.step == step {
			e.ended = r.endings
		}
	}
}

// run runs the request. It returns when that has ended, or after the patience of the explorer.
func (a *application) run(t *target) *run {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r := &run{app: a, x: a.x, target: t, cancel: cancel, counts: map[key]int{}}
	if t != nil {
		failed := &injected{wraps: []error{ErrInjected}}
		if t.failure.cancel {
			failed.wraps = append(failed.wraps, context.Canceled)
		}
		t.err = failed
	}
	a.mu.Lock()
	a.now = r
	a.mu.Unlock()
	r.before = a.x.readEffects()
	ended := make(chan struct{})
	go func() {
		ending := exited
		defer func() {
			a.mu.Lock()
			defer a.mu.Unlock()
			defer close(ended)
			if r.ending = ending; ending == exited {
				if r.value = recover(); r.value != nil {
					r.ending = panicked
				}
			}
		}()
		_ = a.leaks.run(nil, func() error {
			r.err = a.x.request(ctx, a.mediator)
			ending = returned
			return nil
		})
	}()
	timer := time.NewTimer(a.x.patience)
	defer timer.Stop()
	select {
	case <-ended:
		r.left = a.leaks.find()
	case <-timer.C:
		r.left = a.leaks.running()
		a.x.stopped = true
		cancel()
		timer.Reset(time.Second) // for a request that ends when it is cancelled
		select {
		case <-ended:
		case <-timer.C:
		}
	}
	r.after = a.x.readEffects()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now = nil
	if a.x.stopped {
		r.ending = unfinished
	}
	return r
}

func (x *explorer) readEffects() any {
	if x.effects == nil {
		return nil
	}
	return x.effects()
}

// String returns what the request returned and did.
func (r *run) String() string {
	var b strings.Builder
	switch r.ending {
	case returned:
		b.WriteString(errtext.Sprintf("The request returned %v.", r.err))
	case panicked:
		b.WriteString("The request panicked.")
	case exited:
		b.WriteString("The request ended its goroutine.")
	default:
		b.WriteString("The request did not end.")
	}
	if len(r.reports) > 0 {
		b.WriteString(" This is what it did:\n")
	}
	for _, report := range r.reports {
		lines := strings.Split(report.String(), "\n")
		for s := range report.All() { // one a line
			b.WriteString("  " + lines[0])
			if r.target != nil && s == r.target.step {
				b.WriteString(" <-- " + r.target.failure.what)
			}
			b.WriteString("\n")
			lines = lines[1:]
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// shape returns what the request did, regardless of the order.
func (r *run) shape() string {
	var lines []string
	for _, report := range r.reports {
		lines = append(lines, strings.SplitAfter(report.String(), "\n")...)
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}
