package cqrs

import (
	"context"
	"reflect"
	"slices"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// link is one middleware in the chain around the handler of one binding, or the end of the
// chain. A Middleware fills in what it knows, and compose the rest.
type link struct {
	name        string
	call        MiddlewareFunc         // nil if the container builds it
	built       reflect.Type           // the type that the container builds; nil if there is call
	at          errtext.Place          // of the function, or of the call of Built
	module      string                 // empty if the middleware is that of the application
	aroundScope bool                   // it wraps the scope instead of the handler
	when        func(message any) bool // nil for always
	policies    []string               // see Policy
	onRetry     []func(context.Context, *Invocation, error)

	to       *endpoint
	depth    int32 // 0 for the outermost link
	next     Next
	watchers []*link // those outside that have onRetry
}

// compose returns a chain of links around end, the first one outermost.
func (e *endpoint) compose(links []link, end func(*link) Next) Next {
	var watchers []*link
	for i := range links {
		links[i].watchers = slices.Clip(watchers)
		if links[i].onRetry != nil {
			watchers = append(links[i].watchers, &links[i])
		}
	}
	next := end(&link{to: e, depth: int32(len(links)), watchers: watchers})
	for i := len(links) - 1; i >= 0; i-- {
		l := &links[i]
		l.to, l.depth, l.next = e, int32(i), next
		if l.call == nil {
			l.call = e.m.factory(l.built).intercept
		}
		next = l.run
	}
	return next
}

// enter waits for the turn of the link. It returns an error if the link must not run.
func (l *link) enter(ctx context.Context, in *Invocation) error {
	switch {
	case ctx == nil:
		return nilContextError(l.to.message)
	case in.turn.TryEnter(l.depth):
		return nil
	case in.turn.IsTaken(l.depth) && isInside(in, l.depth):
		return reentrantNextError(in.to.Binding)
	case in.Spent(): // the consumer may never ask for another item
		return endedError(l.to.message)
	case in.turn.Enter(l.depth):
		return nil
	default:
		return endedError(l.to.message)
	}
}

// run calls the middleware, and makes an error of a panic. The events that were recorded
// count only if it succeeds.
func (l *link) run(ctx context.Context, in *Invocation) (result any, err error) {
	if err := l.enter(ctx, in); err != nil {
		return nil, err
	}
	outer := in
	if in.turn.IsAgain() {
		l.repeat(ctx, outer)
		in = outer.again(l.depth)
	}
	returned := false
	defer func() {
		if !returned || err != nil || in != outer {
			in.turn.Finish(l.depth)
		}
		// The consumer of a stream may panic, or end the goroutine, in place of the middleware. No
		// call of next that the middleware has left behind can change that any more.
		if !returned && !in.stream().isConsuming() {
			result, err = nil, l.to.m.panicked(ctx, recover(), l.to.message, l.name)
		}
		if err != nil {
			in.recorded = recorded{}
			in.stream().dropHeld()
			l.noteFailure(in, err)
		}
		if in != outer {
			outer.recorded = in.recorded
			outer.repeats.Store(in.repeats.Load())
		}
		outer.turn.Leave(l.depth)
		if l.depth == 0 {
			outer.settle(true)
		}
	}()
	call := l.call
	if l.when != nil && !l.when(in.Message()) {
		call = skip
	} else if t := in.trace(); t != nil {
		call = l.recorded(t, call)
	}
	result, err = call(ctx, in, l.next)
	returned = true
	return l.check(in, result, err)
}

// skip is called in place of a middleware that does not apply to the message.
func skip(ctx context.Context, in *Invocation, next Next) (any, error) { return next(ctx, in) }

// check returns what a middleware may return: no result beside an error, unless the
// request is done all the same, and one of the right type.
func (l *link) check(in *Invocation, result any, err error) (any, error) {
	if l.aroundScope && !in.isOutcome(err) {
		err = failed(err)
	}
	switch b := l.to.Binding; {
	case err != nil && !(l.aroundScope && Done(err)):
		return nil, err
	case !b.accepts(result):
		return nil, withError(resultTypeError(l.name, b, result), err)
	default:
		return result, err
	}
}

// isOutcome reports whether err is the error of a request that this chain opened, and that
// is done except for its after-scope deliveries.
func (in *Invocation) isOutcome(err error) bool {
	after := doneBut(err)
	return after != nil && after.of == in.extra
}

// enterEnd is enter for the end of a chain, which makes no further invocation when it is
// called again.
func (l *link) enterEnd(ctx context.Context, in *Invocation) error {
	err := l.enter(ctx, in)
	if err == nil && in.turn.IsAgain() {
		l.repeat(ctx, in)
		in.repeats.Add(1)
	}
	return err
}

// openScope is the end of the chain around a scope.
func (l *link) openScope(ctx context.Context, in *Invocation) (any, error) {
	if err := l.enterEnd(ctx, in); err != nil {
		return nil, err
	}
	defer in.turn.Leave(l.depth)
	result, err := in.extra.open(ctx, in)
	if after, is := err.(*afterScopeError); is {
		after.of = in.extra
	}
	if err != nil {
		l.noteFailure(in, err)
	}
	return result, err
}

// joinScope opens no scope: it handles the message in that of the request that it joins.
func joinScope(ctx context.Context, in *Invocation) (any, error) {
	result, events, err := in.to.call(ctx, in.frame(), in.payload, in.Origin(), true)
	in.recorded = events
	return result, failed(err)
}

// callHandlers is the end of the chain around the handlers of a message.
func (l *link) callHandlers(ctx context.Context, in *Invocation) (any, error) {
	if err := l.enterEnd(ctx, in); err != nil {
		return nil, err
	}
	defer in.turn.Leave(l.depth)
	in.recorded = recorded{ctx: ctx}
	if f := in.stream(); f != nil {
		return nil, f.iterate(ctx, in)
	}
	result, err := in.to.plan.run(ctx, in)
	if err != nil {
		in.recorded.events = nil
		return nil, in.to.failure(in, err)
	}
	return result, nil
}

// intercept builds a middleware and calls it.
func (k factory) intercept(ctx context.Context, in *Invocation, next Next) (any, error) {
	i, err := k.build(ctx, in.frame(), in.to.message)
	if err != nil {
		return nil, err
	}
	return i.(Interceptor).Handle(ctx, in, next)
}
