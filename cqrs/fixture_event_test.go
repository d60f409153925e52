package cqrs_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"

	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/cqrs"
)

// txAndSender holds the dependencies of a handler that sends.
type txAndSender struct {
	dig.In
	Tx     *tx
	Sender cqrs.Sender
}

// leaving binds Leave to a handler that notes its scope and records Left.
func leaving(a *app) {
	a.t.Helper()
	command(a, func(_ context.Context, h *self[*tx], c Leave) error {
		a.note("leave %d in %d", c.N, h.need.id)
		h.Record(Left{N: c.N})
		return nil
	})
}

// joinRecords makes Join record the events.
func joinRecords(a *app, events ...cqrs.Event) {
	a.t.Helper()
	command(a, func(_ context.Context, h *self[nothing], _ Join) error {
		a.note("join")
		h.Record(events...)
		return nil
	})
}

// noting returns an event handler that notes its name and the number of the event.
func noting[E any](a *app, name string) func(context.Context, *self[nothing], E) error {
	return func(_ context.Context, _ *self[nothing], e E) error {
		a.note("%s %v", name, numberOf(e))
		return nil
	}
}

func numberOf(message any) int {
	switch m := message.(type) {
	case Joined:
		return m.N
	case Greeted:
		return m.N
	case Left:
		return m.N
	default:
		panic(fmt.Sprintf("no number in %T", message))
	}
}

// joined returns an event for each number.
func joined(numbers ...int) []cqrs.Event {
	events := make([]cqrs.Event, len(numbers))
	for i, n := range numbers {
		events[i] = Joined{N: n}
	}
	return events
}

// eventErrors returns the outermost EventErrors in a tree of errors.
func eventErrors(err error) []*cqrs.EventError {
	if e, ok := err.(*cqrs.EventError); ok {
		return []*cqrs.EventError{e}
	}
	var all []*cqrs.EventError
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			all = slices.Concat(all, eventErrors(e))
		}
	}
	return all
}

// notingType returns an event handler that notes its name and the type of the event.
func notingType[E cqrs.Event](a *app, name string) func(context.Context, *self[nothing], E) error {
	return func(_ context.Context, _ *self[nothing], e E) error {
		a.note("%s %T", name, e)
		return nil
	}
}

// itemsOf returns a handler of Export that yields the numbers. It records Joined before
// each number, and Left after the last.
func itemsOf(numbers ...int) func(context.Context, *self[*tx], Export) iter.Seq2[int, error] {
	return func(_ context.Context, h *self[*tx], _ Export) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			for _, n := range numbers {
				h.Record(Joined{N: n})
				if !yield(n, nil) {
					return
				}
			}
			h.Record(Left{})
		}
	}
}

// exporting returns an application with a stream of 1 to 3, and handlers that note its
// events in the scope and after it.
func exporting(t *testing.T) *app {
	a := newApp(t).withTx()
	stream(a, itemsOf(1, 2, 3))
	on[first](a, noting[Joined](a, "joined"))
	on[first](a, noting[Left](a, "left"))
	on[second](a, noting[Joined](a, "mail"), cqrs.AfterScope())
	on[second](a, noting[Left](a, "bye"), cqrs.AfterScope())
	return a
}
