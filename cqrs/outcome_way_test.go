package cqrs_test

import (
	"context"
	"time"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// A requestWay is a way that a request can take: the short way, or one that something in the
// application makes necessary.
type requestWay struct {
	name   string
	short  bool
	nested bool // through the Sender of another request
	bind   func(*app, outcome)
	opts   []bootstrap.Option
}

var requestWays = []requestWay{
	{name: "the short way", bind: bindOutcome[nothing], short: true},
	{name: "with an observer", bind: bindOutcome[nothing], opts: []bootstrap.Option{bootstrap.WithObserver(cqrs.Observer{
		Handled: func(context.Context, *cqrs.Binding, time.Duration, error) {},
	})}},
	{name: "with middleware", bind: bindOutcome[nothing], opts: []bootstrap.Option{with(passOn)}},
	{name: "with middleware around the scope", bind: bindOutcome[nothing], opts: []bootstrap.Option{aroundScope(passOn)}},
	{name: "with a scoped dependency", bind: bindOutcome[*inner]},
	{name: "through a Sender", bind: bindOutcome[nothing], short: true, nested: true},
}

// start returns the mediator of an application that has the outcome.
func (w requestWay) start(a *app, o outcome) *cqrs.Mediator {
	a.provide(func() *inner { return new(inner) }, container.Scoped())
	w.bind(a, o)
	var eventOpts []cqrs.EventOption
	if o.afterScope {
		eventOpts = append(eventOpts, cqrs.AfterScope())
	}
	if o.handleEvent != nil {
		on[first](a, func(context.Context, *self[nothing], Joined) error {
			a.note("event")
			return o.handleEvent()
		}, eventOpts...)
	}
	opts := w.opts
	if o.strict {
		opts = append(opts[:len(opts):len(opts)], bootstrap.WithStrictEvents())
	}
	return a.start(opts...)
}

// bindOutcome binds Join and Count to handlers that need a Need and have the outcome.
func bindOutcome[Need any](a *app, o outcome) {
	call := func(f func() error) error {
		if f == nil {
			return nil
		}
		return f()
	}
	handle := func(h *self[Need]) error {
		a.note("handler")
		h.Record(o.events...)
		return call(o.handle)
	}
	join := func(_ context.Context, h *self[Need], _ Join) error { return handle(h) }
	count := func(_ context.Context, h *self[Need], _ Count) (int, error) { return 42, handle(h) } // beside any error
	type J = *commandHandler[Join, Need]
	type C = *requestHandler[Count, int, Need]
	a.provide(func(need Need) (J, error) {
		return &commandHandler[Join, Need]{self[Need]{need: need}, join}, call(o.construct)
	})
	a.provide(func(need Need) (C, error) {
		return &requestHandler[Count, int, Need]{self[Need]{need: need}, count}, call(o.construct)
	})
	a.requests = append(a.requests, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[J](m)
		cqrs.BindRequest[C](m)
	})
}

type sendFunc = func(context.Context, cqrs.Sender) (result int, err error)

// outcomeSends are the calls that send a message. Join has no result.
var outcomeSends = map[string]sendFunc{
	"Join, by method": func(ctx context.Context, s cqrs.Sender) (int, error) { return 0, s.Send(ctx, Join{}) },
	"Join": func(ctx context.Context, s cqrs.Sender) (int, error) {
		_, err := cqrs.Send(ctx, s, Join{})
		return 0, err
	},
	"Count": func(ctx context.Context, s cqrs.Sender) (int, error) { return cqrs.Send(ctx, s, Count{}) },
	"Count, as an interface": func(ctx context.Context, s cqrs.Sender) (int, error) {
		var message cqrs.Request[int] = Count{}
		return cqrs.Send(ctx, s, message)
	},
}

// nested returns a function that sends through the Sender of a request, and returns the
// outcome of that request.
func nested(m *cqrs.Mediator, send sendFunc) sendFunc {
	return func(ctx context.Context, _ cqrs.Sender) (result int, err error) {
		outer := ctx
		if ctx == nil {
			outer = context.Background()
		}
		err = m.Run(outer, func(_ context.Context, s cqrs.Sender) (err error) {
			result, err = send(ctx, s)
			return err
		})
		if !cqrs.Done(err) {
			result = 0 // of a send that succeeded, in a request that failed
		}
		return result, err
	}
}
