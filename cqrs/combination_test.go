package cqrs_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
)

// A shape is what a message goes through: the handler a, or a and b.
type shape string

const (
	plain         shape = "plain handler"
	inMiddleware  shape = "middleware around"
	inOutside     shape = "middleware around the scope"
	chainToSecond shape = "chain whose second link decides"
	chainToFirst  shape = "chain whose first link decides"
	fallenBack    shape = "fallback whose primary fails"
	notFallenBack shape = "fallback whose primary decides"
)

// An ending is what becomes of the handler that decides, or of what stands
// around it.
type ending string

const (
	succeeds        ending = "ok"
	fails           ending = "error"
	panics          ending = "panic"
	cancelledBefore ending = "cancelled before"
	cancelledDuring ending = "cancelled during"
	wrongResult     ending = "wrong result from a middleware"
)

// A way is how a message is sent.
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
)

var (
	errPrimary = errors.New("the primary says no")
	errPanic   = errors.New("the panic says no")

	// tellable are all the errors that can occur in a cell.
	tellable = []error{errPrimary, errHandler, errPanic, context.Canceled, cqrs.ErrResultType, cqrs.ErrNotHandled}
)

// A cell is one combination.
type cell struct {
	shape
	ending
	way
}

// senseless says why a combination cannot be, or nothing.
func (c cell) senseless() string {
	if c.shape == plain && c.ending == wrongResult {
		return "where there is no middleware, the compiler checks the result"
	}
	return ""
}

// middleware tells whether one stands around. To return a wrong result, a chain
// and a fallback get one in the scope.
func (c cell) middleware() bool {
	return c.shape == inMiddleware || c.shape == inOutside || c.ending == wrongResult
}

// decides tells which handler has the ending. The other one, if it runs before,
// passes on or fails.
func (c cell) decides(handler string) bool {
	return (handler == "b") == (c.shape == chainToSecond || c.shape == fallenBack)
}

// An expectation is what has to be seen of a cell.
type expectation struct {
	journal []string
	errs    []error // all of them are found in the error that the caller gets
	decider string  // for a panic, whose it is
}

// expect says what has to be seen. It is the rules of the documentation, and
// knows nothing of how they are kept.
func (c cell) expect() expectation {
	// Who runs, with what error in the end, and whose events count.
	ran, events, errs := []string{"a"}, []string{"left 1"}, []error(nil)
	switch {
	case c.way == asAfterEvent && c.ending == cancelledBefore:
		// What has not started is not started after a cancellation.
		return expectation{journal: []string{"first in 1", "commit 1"}, errs: []error{context.Canceled}}
	case c.shape == fallenBack && c.ending == cancelledBefore:
		// A fallback without a condition does not begin after a cancellation.
		errs = []error{errPrimary}
	case c.shape == fallenBack:
		// The primary's events are dropped. Its error counts if the secondary fails too.
		ran, events = []string{"a", "b"}, []string{"left 2"}
		if errs = c.own(); errs != nil {
			errs = append(errs, errPrimary)
		}
	case c.shape == chainToSecond:
		ran, events = []string{"a", "b"}, []string{"left 1", "left 2"}
		errs = c.own()
	default:
		errs = c.own()
	}

	// Before the scope: of an event after the scope, that of the request.
	scope, journal := 1, []string(nil)
	if c.way == asAfterEvent {
		scope, journal = 2, []string{"first in 1", "commit 1"}
	}

	// The handlers, within a middleware in the scope. It gets a panic as an error.
	var handlers []string
	for _, h := range ran {
		handlers = append(handlers, fmt.Sprintf("%s in %d", h, scope))
	}
	outside := c.shape == inOutside && c.way != asEvent // which has no scope of its own
	if c.middleware() && !outside {
		handlers = slices.Concat([]string{"m begins"}, handlers, []string{"m ends"})
	}

	// A wrong result is an error of the request, unless it comes after the scope.
	if c.ending == wrongResult && !outside {
		errs = append(errs, cqrs.ErrResultType)
	}

	// The events, if it has succeeded, and the end of the scope. The events of a
	// stream come before its item, whatever becomes of it.
	rest := []string{fmt.Sprintf("rollback %d", scope)}
	if len(errs) == 0 {
		rest = append(slices.Clone(events), fmt.Sprintf("commit %d", scope))
	}
	if c.way == asStream && c.own() == nil && !slices.Contains(errs, errPrimary) {
		item := fmt.Sprintf("item from %s", ran[len(ran)-1])
		at := slices.IndexFunc(handlers, func(s string) bool { return s == "m ends" })
		if at < 0 {
			at = len(handlers)
		}
		handlers = slices.Insert(handlers, at, append(slices.Clone(events), item)...)
		rest = rest[len(rest)-1:]
	}
	journal = slices.Concat(journal, within(outside, "m begins"), handlers, rest, within(outside, "m ends"))
	if c.ending == wrongResult && outside {
		errs = append(errs, cqrs.ErrResultType)
	}
	return expectation{journal, errs, ran[len(ran)-1]}
}

func within(is bool, note string) []string {
	if is {
		return []string{note}
	}
	return nil
}

// own returns the error of the handler that decides.
func (c cell) own() []error {
	switch c.ending {
	case fails:
		return []error{errHandler}
	case panics:
		return []error{errPanic}
	case cancelledBefore, cancelledDuring:
		return []error{context.Canceled}
	default:
		return nil
	}
}

// A run is an application that is made of a cell.
type run struct {
	*app
	cell
	cancel context.CancelFunc
}

// act is what the handlers do.
func (r *run) act(ctx context.Context, h *self[*tx], name string) error {
	r.note("%s in %d", name, h.need.id)
	h.Record(Left{N: map[string]int{"a": 1, "b": 2}[name]})
	switch {
	case !r.decides(name) && r.shape == chainToSecond:
		return cqrs.ErrNotHandled
	case !r.decides(name) && r.shape == fallenBack:
		return errPrimary
	case !r.decides(name):
		return errors.New("a handler was called that nobody needs")
	case r.ending == fails:
		return errHandler
	case r.ending == panics:
		panic(errPanic)
	case r.ending == cancelledDuring:
		r.cancel()
	}
	return ctx.Err()
}

// options returns the middleware.
func (r *run) options() []cqrs.BindOption {
	m := cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
		r.note("m begins")
		result, err := next(ctx, in)
		r.note("m ends")
		if r.ending == wrongResult && err == nil {
			return "wrong", nil
		}
		return result, err
	})
	switch {
	case r.shape == inOutside:
		return []cqrs.BindOption{cqrs.WithMiddleware(cqrs.AroundScope(m))}
	case r.middleware():
		return []cqrs.BindOption{cqrs.WithMiddleware(m)}
	default:
		return nil
	}
}

// shaped puts the handlers together.
func shaped[M, A any](s shape, a, b func() cqrs.Target[M, A]) cqrs.Target[M, A] {
	switch s {
	case chainToFirst, chainToSecond:
		return cqrs.Chain(a(), b())
	case fallenBack:
		return cqrs.Fallback(a(), b(), nil)
	case notFallenBack:
		return cqrs.Fallback(a(), b(), func(err error) bool { return errors.Is(err, errPrimary) })
	default:
		return a()
	}
}

// bind binds the message, and Left in the scope.
func (r *run) bind() {
	on[first](r.app, noting[Left](r.app, "left"))
	switch r.way {
	case asRequest:
		do := func(name string) func(context.Context, *self[*tx], Count) (int, error) {
			return func(ctx context.Context, h *self[*tx], _ Count) (int, error) { return 42, r.act(ctx, h, name) }
		}
		bindTarget(r.app, shaped(r.shape,
			func() cqrs.Target[Count, int] { return requestTo[first](r.app, do("a")) },
			func() cqrs.Target[Count, int] { return requestTo[second](r.app, do("b")) }), r.options()...)
	case asCommand:
		do := func(name string) func(context.Context, *self[*tx], Join) error {
			return func(ctx context.Context, h *self[*tx], _ Join) error { return r.act(ctx, h, name) }
		}
		bindTarget(r.app, shaped(r.shape,
			func() cqrs.Target[Join, cqrs.Unit] { return commandTo[first](r.app, do("a")) },
			func() cqrs.Target[Join, cqrs.Unit] { return commandTo[second](r.app, do("b")) }), r.options()...)
	case asStream:
		do := func(name string) func(context.Context, *self[*tx], Export) iter.Seq2[int, error] {
			return func(ctx context.Context, h *self[*tx], _ Export) iter.Seq2[int, error] {
				return func(yield func(int, error) bool) {
					if err := r.act(ctx, h, name); err != nil {
						yield(42, err)
						return
					}
					yield(map[string]int{"a": 1, "b": 2}[name], nil)
				}
			}
		}
		bindTarget(r.app, shaped(r.shape,
			func() cqrs.Target[Export, iter.Seq2[int, error]] { return streamTo[first](r.app, do("a")) },
			func() cqrs.Target[Export, iter.Seq2[int, error]] { return streamTo[second](r.app, do("b")) }), r.options()...)
	default:
		do := func(name string) func(context.Context, *self[*tx], Joined) error {
			return func(ctx context.Context, h *self[*tx], _ Joined) error { return r.act(ctx, h, name) }
		}
		var opts []cqrs.EventOption
		for _, o := range r.options() {
			opts = append(opts, o)
		}
		if r.way == asAfterEvent {
			opts = append(opts, cqrs.AfterScope())
			on[third](r.app, func(_ context.Context, h *self[*tx], _ Joined) error {
				r.note("first in %d", h.need.id)
				return nil
			})
		}
		bindEventTarget(r.app, shaped(r.shape,
			func() cqrs.Target[Joined, error] { return eventTo[first](r.app, do("a")) },
			func() cqrs.Target[Joined, error] { return eventTo[second](r.app, do("b")) }), opts...)
	}
}

// send sends the message. The result is zero if there is none.
func (r *run) send(ctx context.Context, m *cqrs.Mediator) (result int, err error) {
	switch r.way {
	case asRequest:
		return cqrs.Send(ctx, m, Count{})
	case asCommand:
		return 0, m.Send(ctx, Join{})
	case asStream:
		for item, err := range cqrs.Stream(ctx, m, Export{}) {
			if err != nil {
				return item, err
			}
			r.note("item from %s", map[int]string{1: "a", 2: "b"}[item])
		}
		return 0, nil
	default:
		return 0, m.Publish(ctx, Joined{})
	}
}

// TestCombinations crosses all shapes with all endings and ways.
func TestCombinations(t *testing.T) {
	t.Parallel()

	for _, s := range shapes {
		for _, e := range endings {
			for _, w := range ways {
				c := cell{s, e, w}
				if c.senseless() != "" {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%s", s, e, w), func(t *testing.T) {
					t.Parallel()
					c.check(t)
				})
			}
		}
	}
}

func (c cell) check(t *testing.T) {
	want := c.expect()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := &run{newApp(t).withTx(), c, cancel}
	r.bind()
	m := r.start()
	if c.ending == cancelledBefore {
		cancel()
	}

	result, err := r.send(ctx, m)
	assert.Equal(t, want.journal, r.notes())
	for _, e := range tellable {
		assert.Equal(t, slices.Contains(want.errs, e), errors.Is(err, e), "whether %q is in %v", e, err)
	}
	if len(want.errs) == 0 {
		require.NoError(t, err)
		if c.way == asRequest {
			assert.Equal(t, 42, result)
		}
		return
	}
	require.Error(t, err)
	assert.Zero(t, result)

	event, isEvent := errors.AsType[*cqrs.EventError](err)
	assert.Equal(t, c.way == asEvent || c.way == asAfterEvent, isEvent, "%v", err)
	if isEvent {
		assert.Equal(t, c.way == asAfterEvent, event.Delivery == cqrs.DeliveryAfterScope)
		assert.NotEmpty(t, event.Subscription)
	}
	assert.Equal(t, c.way == asAfterEvent, cqrs.Done(err), "only what comes after the scope leaves the request done")
	if p, is := errors.AsType[*cqrs.PanicError](err); assert.Equal(t, slices.Contains(want.errs, errPanic), is) && is {
		assert.Contains(t, p.Handler.String(), map[string]string{"a": "test.first,", "b": "test.second,"}[want.decider])
	}
	wrong, is := errors.AsType[*cqrs.MiddlewareError](err)
	if assert.Equal(t, c.ending == wrongResult, is) && is {
		assert.Contains(t, wrong.Middleware, "combination_test.go:")
	}
}
