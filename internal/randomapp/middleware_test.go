package randomapp_test

import (
	"context"
	"fmt"
)

// action is what a middleware does with a message in one pass.
type action int

const (
	passes action = iota
	failsBefore
	failsAfter
	wraps
	replaces
	swallows
	answers
	answersWrong
	retries
	callsTwice   // and returns what the second call of next returned
	returnsFirst // calls next twice, and returns what the first call returned
	callsAtOnce  // calls next from two goroutines
	leavesNext   // returns while next runs
	failsLeaving // fails while next runs
	keepsNext    // lets next be called after it has returned
	usesKept     // calls what others have kept

	actions = usesKept + 1
)

var actionNames = [actions]string{
	"pass", "fail before next", "fail after next", "wrap the error", "replace the error", "swallow the error", "answer",
	"answer wrong", "retry", "call next twice", "call next twice and return the first", "call next twice at once",
	"leave next running", "fail with next running", "keep next", "call kept next",
}

func (a action) String() string { return actionNames[a] }

// isRepeated reports whether next may be called more than once.
func (a action) isRepeated() bool {
	return a == retries || a == callsTwice || a == returnsFirst || a == callsAtOnce
}

// leaves reports whether the middleware returns while next runs.
func (a action) leaves() bool { return a == leavesNext || a == failsLeaving }

// fails reports whether the middleware fails in a way of its own.
func (a action) fails() bool {
	return a == failsBefore || a == failsAfter || a == replaces || a == failsLeaving
}

// passing is a message on its way through a middleware.
type passing struct {
	*world
	layer   *layer
	index   int // in the chain of the binding
	message *message
	binding *binding
	nested  bool
	spent   func() bool
	next    func(context.Context) (any, error)
	left    func() // notifies the model that the middleware has returned
}

func (p *passing) name() string { return fmt.Sprintf("l%d around m%d", p.layer.id, p.message.id) }

// act returns what the middleware is to do in this pass.
func (p *passing) act() act {
	route := p.message.routes[p.binding.index]
	acts := route.acts[p.index]
	if n := p.visit(place{route: route, layer: p.index}); n < len(acts) {
		return acts[n]
	}
	return act{}
}

// pass does what a middleware does with a message.
func (p *passing) pass(ctx context.Context) (any, error) {
	p.note("%s nested %v%s", p.name(), p.nested, p.astray(ctx))
	enter(ctx, atMiddleware, p.message)
	act, own := p.act(), ownAnswer(p.message.kind)
	p.saw(act.do)
	switch act.do {
	case failsBefore:
		return own, p.fail(act.fault)
	case failsAfter:
		_, _ = p.call(ctx)
		return own, p.fail(act.fault)
	case answers:
		return own, nil
	case answersWrong:
		_, err := p.call(ctx)
		return "wrong", err
	case wraps, replaces, swallows:
		result, err := p.call(ctx)
		switch {
		case err == nil:
			return result, nil
		case act.do == wraps:
			return result, &wrapped{p.number(), err}
		case act.do == replaces:
			return result, p.fail(act.fault)
		default:
			return own, nil
		}
	case retries:
		result, err := p.call(ctx)
		for range 2 {
			if !p.mediator.done(err) && !p.isFinal(err) {
				result, err = p.call(ctx)
			}
		}
		return result, err
	case callsTwice, returnsFirst:
		result, err := p.call(ctx)
		if p.isFinal(err) {
			return result, err
		}
		again, errAgain := p.call(ctx)
		if act.do == callsTwice {
			return again, errAgain
		}
		return result, err
	case callsAtOnce:
		return p.atOnce(ctx)
	case leavesNext:
		act.fault = none
		return own, p.leave(ctx, act)
	case failsLeaving:
		return own, p.leave(ctx, act)
	case keepsNext:
		result, err := p.call(ctx)
		later(p.world, &p.kept, &kept{name: p.name(), next: func() (any, error) { return p.next(ctx) }})
		return result, err
	case usesKept:
		p.callLate()
	}
	return p.call(ctx)
}

// call calls next and notes what it returned.
func (p *passing) call(ctx context.Context) (any, error) {
	result, err := p.next(ctx)
	p.note("%s: next = %v, %s", p.name(), result, p.outcome(err))
	return result, err
}

// isFinal reports whether another call of next has no effect, or no documented one: a
// stream that succeeded without items may or may not begin again.
func (p *passing) isFinal(err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.spent() || p.emptied[p.message] || p.message.kind == stream && err == nil
}
