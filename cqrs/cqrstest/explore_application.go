package cqrstest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/instrument"
)

// application is one that build has returned.
type application struct {
	testing.TB // nil if the test is none
	x          *explorer
	mediator   *cqrs.Mediator
	leaks      *leaks
	mu         sync.Mutex
	logged     []string
	cleanups   []func()
	now        *run // the latest
}

// open builds an application.
func (x *explorer) open() *application {
	x.t.Helper()
	a := &application{x: x, leaks: newLeaks()}
	a.TB, _ = x.t.(testing.TB)
	a.leaks.allow(x.leavers)
	opened := false
	defer func() {
		if !opened { // build has failed the test
			a.close()
		}
	}()
	a.mediator = x.build(a, bootstrap.WithObserver(a.observer()))
	opened = true
	return a
}

// Cleanup implements [TB].
func (a *application) Cleanup(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cleanups = append(a.cleanups, f)
}

// Helper implements [TB].
func (a *application) Helper() { a.x.t.Helper() }

// Logf implements [TB]. What is logged counts only if the run has a problem.
func (a *application) Logf(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.logged = append(a.logged, strings.TrimSuffix(fmt.Sprintf(format, args...), "\n"))
}

// flush logs what was logged.
func (a *application) flush() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, text := range a.logged {
		a.x.t.Logf("%s", text)
	}
	a.logged = nil
}

// Errorf implements [TB].
func (a *application) Errorf(format string, args ...any) {
	a.x.t.Helper()
	a.flush()
	a.x.t.Errorf(format, args...)
}

// Fatalf implements [TB].
func (a *application) Fatalf(format string, args ...any) {
	a.x.t.Helper()
	a.flush()
	a.x.t.Fatalf(format, args...)
}

// close runs the functions of Cleanup, the last one first.
func (a *application) close() {
	for {
		a.mu.Lock()
		n := len(a.cleanups) - 1
		if n < 0 {
			a.mu.Unlock()
			return
		}
		f := a.cleanups[n]
		a.cleanups = a.cleanups[:n]
		a.mu.Unlock()
		f()
	}
}

// observer returns an observer that notes what happens in the latest run.
func (a *application) observer() cqrs.Observer {
	note := a.note
	o := cqrs.Observer{
		Reported: func(report *cqrs.Report) { note(func(r *run) { r.reports = append(r.reports, report) }) },
		Lost: func(_ context.Context, _ *cqrs.Binding, err error) {
			note(func(r *run) { r.received = append(r.received, err) })
		},
		Delivered: func(_ context.Context, o cqrs.DeliveryOutcome) {
			note(func(r *run) { r.received = append(r.received, o.Err) })
		},
	}
	return cqrs.Instrument(o, instrument.Hooks{Run: func(of any, do func() error) error {
		step := of.(*cqrs.Step)
		note(func(r *run) { do = r.begin(step, do) })
		defer note(func(r *run) { r.end(step) }) // even if it panics
		return a.leaks.run(step, do)
	}})
}

// note calls do with the latest run, unless that is over.
func (a *application) note(do func(r *run)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now != nil {
		do(a.now)
	}
}
