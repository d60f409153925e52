package cqrs_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// An outcome is what the application's code does, and how the request ends. It is the same
// whichever way the request takes through the mediator.
type outcome struct {
	construct   func() error // called by the constructor of the handler, if set
	handle      func() error // called by the handler, if set
	events      []cqrs.Event // recorded by the handler
	handleEvent func() error // called by the handler of Joined, which is bound if set
	afterScope  bool         // so is the handler of Joined
	strict      bool         // with WithStrictEvents
	ctx         func(context.Context) context.Context

	done      bool    // the result is valid
	err       error   // the error itself, if set
	errs      []error // each matches the error
	panicked  string  // a part of the text of a panic, if there was one
	failed    int     // how many deliveries of events failed
	exits     bool    // the goroutine ends
	noHandler bool    // the handler does not run
	delivered int     // how many events were delivered
}

var errWrapped = fmt.Errorf("wrapped: %w", errHandler)

func outcomes(t *testing.T) map[string]outcome {
	ok := func() error { return nil }
	exits := func() error { runtime.Goexit(); return nil }
	returns := func(err error) func() error { return func() error { return err } }
	panics := func(value any) func() error { return func() error { panic(value) } }
	none := func(context.Context) context.Context { return nil }
	cancelled := func(ctx context.Context) context.Context {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		return ctx
	}
	a := newApp(t)
	joinRecords(a, joined(1)...)
	on[first](a, func(context.Context, *self[nothing], Joined) error { return errOther }, cqrs.AfterScope())
	other := a.start()
	const inHandler, inConstructor = "panic in *cqrs_test.", "panic in a constructor for "
	return map[string]outcome{
		"a result":              {done: true},
		"an error":              {handle: returns(errHandler), err: errHandler},
		"a wrapped error":       {handle: returns(errWrapped), err: errWrapped},
		"ErrNotHandled":         {handle: returns(cqrs.ErrNotHandled), err: cqrs.ErrNotHandled},
		"a panic with a value":  {handle: panics("text"), panicked: inHandler},
		"a panic with an error": {handle: panics(errPanic), panicked: inHandler, errs: []error{errPanic}},
		"a panic with nil":      {handle: panics(nil), panicked: "panic called with nil"},
		"Goexit":                {handle: exits, exits: true},
		"the error of another request that is done": {
			handle: func() error { return other.Send(context.Background(), Join{}) }, errs: []error{errOther},
		},

		"an error in the constructor": {construct: returns(errOther), noHandler: true, errs: []error{errOther}},
		"a panic in the constructor":  {construct: panics(errPanic), noHandler: true, panicked: inConstructor},
		"Goexit in the constructor":   {construct: exits, noHandler: true, exits: true},
		"a nil context":               {ctx: none, noHandler: true, errs: []error{cqrs.ErrNilContext}},
		"a cancelled context":         {ctx: cancelled, done: true},
		"the error of the context":    {ctx: cancelled, handle: returns(context.Canceled), err: context.Canceled},
		"a pointer as an event":       {events: []cqrs.Event{&Joined{}}, handleEvent: ok, errs: []error{cqrs.ErrPointer}},
		"nil as an event": {events: []cqrs.Event{Joined{}, nil}, handleEvent: ok,
			errs: []error{cqrs.ErrNilMessage}},
		"an event, and an error":        {events: joined(1), handleEvent: ok, handle: returns(errHandler), err: errHandler},
		"an event, and a panic":         {events: joined(1), handleEvent: ok, handle: panics("text"), panicked: inHandler},
		"events":                        {events: joined(1, 2), handleEvent: ok, delivered: 2, done: true},
		"events in a cancelled context": {events: joined(1, 2), handleEvent: ok, ctx: cancelled, delivered: 2, done: true},
		"an unhandled event":            {events: joined(1), done: true},
		"an unhandled event, strictly":  {events: joined(1), strict: true, errs: []error{cqrs.ErrUnhandledEvent}, failed: 1},

		"an event whose handler fails": {
			events: joined(1, 2), handleEvent: returns(errOther), delivered: 1, failed: 1, errs: []error{errOther},
		},
		"an event whose handler panics": {
			events: joined(1, 2), handleEvent: panics(errPanic), delivered: 1, failed: 1, panicked: "handling cqrs_test.Joined",
		},
		"an event whose handler exits": {events: joined(1, 2), handleEvent: exits, delivered: 1, exits: true},
		"after-scope events":           {events: joined(1, 2), handleEvent: ok, afterScope: true, delivered: 2, done: true},
		"after-scope events whose handler fails": {
			events: joined(1, 2), handleEvent: returns(errOther), afterScope: true, delivered: 2, failed: 2, done: true,
			errs: []error{errOther},
		},
		"after-scope events whose handler panics": {
			events: joined(1, 2), handleEvent: panics(errPanic), afterScope: true, delivered: 2, failed: 2, done: true,
			panicked: "handling cqrs_test.Joined",
		},
		"after-scope events in a cancelled context": {
			events: joined(1, 2), handleEvent: ok, afterScope: true, ctx: cancelled, failed: 2, done: true,
			errs: []error{context.Canceled},
		},
	}
}

// TestOutcomes compares each outcome in every way, so that the short way and the general way
// cannot differ.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	for name, o := range outcomes(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.check(t)
		})
	}
}

// TestOutcomes_NilPanic is not parallel, because it changes what panic(nil) does.
func TestOutcomes_NilPanic(t *testing.T) {
	t.Setenv("GODEBUG", "panicnil=1")
	func() {
		defer func() { require.Nil(t, recover(), "the setting has no effect") }()
		panic(nil)
	}()
	outcomes(t)["a panic with nil"].check(t)
}

func (o outcome) check(t *testing.T) {
	for _, way := range requestWays {
		t.Run(way.name, func(t *testing.T) {
			a := newApp(t)
			m := way.start(a, o)
			assert.Equal(t, way.short, cqrs.HasShortWay(m, Join{}))
			assert.Equal(t, way.short, cqrs.HasShortWay(m, Count{}))
			ctx := t.Context()
			if o.ctx != nil {
				ctx = o.ctx(ctx)
			}
			for name, send := range outcomeSends {
				if way.nested {
					send = nested(m, send)
				}
				var result int
				var err error
				returned := false
				testkit.OnGoroutine(func() {
					result, err = send(ctx, m)
					returned = true
				})
				assert.Equal(t, o.exits, !returned, name)
				if returned {
					o.compare(t, name, result, err)
				}
				var notes []string
				if !o.noHandler {
					notes = append(notes, "handler")
				}
				notes = append(notes, slices.Repeat([]string{"event"}, o.delivered)...)
				assert.Equal(t, notes, a.notes(), name)
			}
		})
	}
}

// compare compares the result and the error of a call with the outcome.
func (o outcome) compare(t *testing.T, name string, result int, err error) {
	t.Helper()
	want := 0
	if o.done && strings.HasPrefix(name, "Count") {
		want = 42
	}
	assert.Equal(t, want, result, name)
	assert.Equal(t, o.done, cqrs.Done(err), "%s: %v", name, err)
	if o.err != nil {
		assert.Same(t, o.err, err, name)
	}
	assert.Equal(t, o.done && o.failed == 0, err == nil, "%s: %v", name, err)
	for _, want := range o.errs {
		require.ErrorIs(t, err, want, name)
	}
	assert.Len(t, cqrs.EventErrors(err), o.failed, name)
	p, panicked := errors.AsType[*cqrs.PanicError](err)
	if assert.Equal(t, o.panicked != "", panicked, name) && panicked {
		assert.Contains(t, p.Error(), o.panicked, name)
		assert.Equal(t, p.Value == errPanic, errors.Is(err, errPanic), name)
	}
}
