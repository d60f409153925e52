package cqrs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
)

// shape is how a message is bound: to handler a, or to handlers a and b.
type shape string

const (
	plain         shape = "plain handler"
	inMiddleware  shape = "middleware in the scope"
	inOutside     shape = "middleware around the scope"
	chainToSecond shape = "chain whose second link decides"
	chainToFirst  shape = "chain whose first link decides"
	fallenBack    shape = "fallback whose primary fails"
	notFallenBack shape = "fallback whose primary decides"
)

// ending is the outcome of the handler that decides, or of the middleware around it.
type ending string

const (
	succeeds        ending = "ok"
	fails           ending = "error"
	panics          ending = "panic"
	cancelledBefore ending = "cancelled before"
	cancelledDuring ending = "cancelled during"
	wrongResult     ending = "wrong result from a middleware"
)

// way is how a message is sent.
type way string

const (
	asRequest    way = "request with result"
	asCommand    way = "command"
	asEvent      way = "event in scope"
	asAfterEvent way = "event after scope"
	asStream     way = "stream"
)

var (
	shapes  = []shape{plain, inMiddleware, inOutside, chainToSecond, chainToFirst, fallenBack, notFallenBack}
	endings = []ending{succeeds, fails, panics, cancelledBefore, cancelledDuring, wrongResult}
	ways    = []way{asRequest, asCommand, asEvent, asAfterEvent, asStream}

	possibleErrors = []error{errPrimary, errHandler, errPanic, context.Canceled, cqrs.ErrResultType, cqrs.ErrNotHandled}
)

// A cell is one combination.
type cell struct {
	shape
	ending
	way
}

// TestCombinations combines all shapes, endings and ways. A plain handler has no middleware
// that could return a wrong result.
func TestCombinations(t *testing.T) {
	t.Parallel()
	cells := 0
	for _, s := range shapes {
		for _, e := range endings {
			for _, w := range ways {
				if s == plain && e == wrongResult {
					continue
				}
				cells++
				t.Run(fmt.Sprintf("%s/%s/%s", s, e, w), func(t *testing.T) {
					t.Parallel()
					cell{s, e, w}.check(t)
				})
			}
		}
	}
	assert.Equal(t, len(shapes)*len(endings)*len(ways)-len(ways), cells)
	assert.Equal(t, 205, cells)
}

// expect returns the journal of a cell, the errors that its error must match, and the
// handler that decides. It follows the documentation.
func (c cell) expect() (journal []string, errs []error, decider string) {
	if c.way == asAfterEvent && c.ending == cancelledBefore { // starts no after-scope delivery
		return []string{"first in 1", "commit 1"}, []error{context.Canceled}, ""
	}
	own := map[ending]error{
		fails: errHandler, panics: errPanic, cancelledBefore: context.Canceled, cancelledDuring: context.Canceled,
	}[c.ending]
	if own != nil {
		errs = []error{own}
	}
	handlers, events := []string{"a"}, []string{"left 1"}
	switch {
	case c.shape == chainToSecond: // the events of all links count
		handlers, events = []string{"a", "b"}, []string{"left 1", "left 2"}
	case c.shape == fallenBack && c.ending == cancelledBefore: // does not fall back
		errs = []error{errPrimary}
	case c.shape == fallenBack: // the events of the primary are dropped
		handlers, events = []string{"a", "b"}, []string{"left 2"}
		if own != nil {
			errs = append(errs, errPrimary)
		}
	}
	decider = handlers[len(handlers)-1]
	outside := c.shape == inOutside && c.way != asEvent // an event in the scope has no scope of its own
	inside := !outside && c.hasMiddleware()
	committed := len(errs) == 0 && (outside || c.ending != wrongResult)
	yields := c.way == asStream && own == nil // dispatches the events before its item
	if c.ending == wrongResult {
		errs = append(errs, cqrs.ErrResultType)
	}

	note := func(is bool, notes ...string) {
		if is {
			journal = append(journal, notes...)
		}
	}
	scope := 1
	if c.way == asAfterEvent {
		scope = 2
	}
	note(scope == 2, "first in 1", "commit 1")
	note(outside || inside, "m begins")
	for _, h := range handlers {
		note(true, fmt.Sprintf("%s in %d", h, scope))
	}
	note(yields, append(slices.Clone(events), "item from "+decider)...)
	note(inside, "m ends")
	note(committed && !yields, events...)
	note(committed, fmt.Sprintf("commit %d", scope))
	note(!committed, fmt.Sprintf("rollback %d", scope))
	note(outside, "m ends")
	return journal, errs, decider
}

// hasMiddleware reports whether there is a middleware. A wrong result needs one.
func (c cell) hasMiddleware() bool {
	return c.shape == inMiddleware || c.shape == inOutside || c.ending == wrongResult
}

func (c cell) check(t *testing.T) {
	journal, errs, decider := c.expect()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := &run{newApp(t).withTx(), c, cancel}
	r.bind()
	m := r.start()
	if c.ending == cancelledBefore {
		cancel()
	}

	result, err := r.send(ctx, m)
	assert.Equal(t, journal, r.notes())
	for _, e := range possibleErrors {
		assert.Equal(t, slices.Contains(errs, e), errors.Is(err, e), "whether %q is in %v", e, err)
	}
	if len(errs) == 0 {
		require.NoError(t, err)
		assert.Equal(t, map[way]int{asRequest: 42}[c.way], result)
		return
	}
	require.Error(t, err)
	assert.Zero(t, result)
	assert.Equal(t, c.way == asAfterEvent, cqrs.Done(err), "only after-scope deliveries leave the request done")
	event, isEvent := errors.AsType[*cqrs.EventError](err)
	if assert.Equal(t, c.way == asEvent || c.way == asAfterEvent, isEvent, "%v", err) && isEvent {
		assert.Equal(t, c.way == asAfterEvent, event.Delivery == cqrs.DeliveryAfterScope)
		assert.NotEmpty(t, event.Subscription)
	}
	if p, is := errors.AsType[*cqrs.PanicError](err); assert.Equal(t, slices.Contains(errs, errPanic), is) && is {
		assert.Contains(t, p.Handler.String(), map[string]string{"a": "test.first,", "b": "test.second,"}[decider])
	}
	wrong, is := errors.AsType[*cqrs.MiddlewareError](err)
	if assert.Equal(t, c.ending == wrongResult, is) && is {
		assert.Contains(t, wrong.Middleware, "combination_app_test.go:")
	}
}
