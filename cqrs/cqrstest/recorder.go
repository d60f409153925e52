package cqrstest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/internal/callstack"
)

// Recorder has the reports of what a mediator did. It is safe for concurrent use.
type Recorder struct {
	t        TB
	mediator *cqrs.Mediator
	leaks    *leaks

	mu        sync.Mutex
	reports   []*cqrs.Report
	unhandled []reflect.Type // events that were reset away
	allowed   []reflect.Type
	clock     func() time.Time
	relay     *outbox.Relay

	draining chan struct{} // holds a value while a call makes durable deliveries
}

func newRecorder(t TB) *Recorder {
	r := &Recorder{t: t, leaks: newLeaks(), clock: time.Now, draining: make(chan struct{}, 1)}
	if a, explored := t.(*application); explored { // which checks for them itself
		r.leaks = a.leaks
	}
	return r
}

// SetClock sets the clock for the times in reports. The default is time.Now.
func (r *Recorder) SetClock(now func() time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clock = now
}

func (r *Recorder) now() time.Time {
	r.mu.Lock()
	now := r.clock
	r.mu.Unlock()
	return now()
}

// Reports returns a report of each call of the mediator that has ended, in that order.
func (r *Recorder) Reports() []*cqrs.Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.reports)
}

// String returns all reports as text.
func (r *Recorder) String() string {
	var b strings.Builder
	for _, report := range r.Reports() {
		b.WriteString(report.String())
	}
	return b.String()
}

// Reset forgets the reports so far, for the next part of a test. Events in them that were unhandled
// still fail the test.
func (r *Recorder) Reset() {
	unhandled := r.unhandledEvents()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unhandled, r.reports = unhandled, nil
}

// AllowUnhandled keeps the test from failing if an event of type E is unhandled.
func AllowUnhandled[E cqrs.Event](r *Recorder) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.allowed = append(r.allowed, reflect.TypeFor[E]())
}

// AllowGoroutines keeps the test from failing because of goroutines with one of the functions on their
// stack, such as "database/sql.(*DB).connectionOpener". Use it for what a library keeps running.
func (r *Recorder) AllowGoroutines(functions ...string) { r.leaks.allow(functions) }

// DeliverFrom has every call of the mediator make the durable deliveries that are due when it has stored
// any, before it returns; while another call makes deliveries, it waits. A handler that is delivered to
// must pass its context on if it waits for a goroutine that calls the mediator. A delivery that fails is
// retried as opts say, and is due again only at its time. The test ends if there is no relay for the
// store; see [outbox.NewRelay].
func (r *Recorder) DeliverFrom(store outbox.Store, opts ...outbox.RelayOption) {
	r.t.Helper()
	relay, err := outbox.NewRelay(store, r.mediator, opts...)
	if err != nil {
		r.t.Fatalf("%v", err)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.relay = relay
}

// add adds the report of a call that has ended, and makes the durable deliveries that it has stored.
func (r *Recorder) add(report *cqrs.Report) {
	r.mu.Lock()
	r.reports = append(r.reports, report)
	relay := r.relay
	r.mu.Unlock()
	if relay != nil && stores(report) {
		r.drain(relay)
	}
}

// stores reports whether a call, which is not a delivery itself, has stored durable deliveries.
func stores(report *cqrs.Report) bool {
	if report.Preview || report.Root.Name == "Deliver" {
		return false
	}
	for s := range report.All() {
		if s.Kind == cqrs.StepJournal && s.Err == nil {
			return true
		}
	}
	return false
}

// drain makes the deliveries that are due. While another call does so, it waits; but not in a handler that
// is being delivered to, since the other call waits for that, and makes the new deliveries too.
func (r *Recorder) drain(relay *outbox.Relay) {
	select {
	case r.draining <- struct{}{}:
	default:
		if isDelivery() {
			return
		}
		r.draining <- struct{}{}
	}
	defer func() { <-r.draining }()
	if err := relay.Drain(context.Background()); err != nil {
		r.t.Errorf("cqrstest: the durable deliveries: %v", err)
	}
}

// isDelivery reports whether the caller is within a durable delivery.
func isDelivery() bool { return callstack.Has(callstack.EntryOf(cqrs.Deliverer.Deliver)) }

// check fails the test for what must not be at its end.
func (r *Recorder) check() {
	for _, e := range r.unhandledEvents() {
		r.t.Errorf("cqrstest: nobody handles %v; bind a handler, or allow it with cqrstest.AllowUnhandled[%v](rec)", e, e)
	}
	if _, explored := r.t.(*application); explored {
		return
	}
	for _, left := range r.leaks.find() {
		running, them := "a goroutine that a request has started is", "it"
		if left.count > 1 {
			running, them = fmt.Sprintf("%d goroutines that requests have started are", left.count), "them"
		}
		r.t.Errorf("cqrstest: %s still running; wait for %s before Handle returns, or allow %s with AllowGoroutines:\n%s",
			running, them, them, left.functions)
	}
}

// unhandledEvents returns the types of events that were unhandled and are not allowed to be, each once.
func (r *Recorder) unhandledEvents() []reflect.Type {
	r.mu.Lock()
	defer r.mu.Unlock()
	types := slices.Clone(r.unhandled)
	for _, report := range r.reports {
		for s := range report.All() {
			t := reflect.TypeOf(s.Message)
			if s.Unhandled && !slices.Contains(r.allowed, t) && !slices.Contains(types, t) {
				types = append(types, t)
			}
		}
	}
	return types
}
