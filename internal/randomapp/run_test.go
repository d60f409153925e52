package randomapp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// realWorld is a world with a mediator of this module.
type realWorld struct {
	*world
	container *container.Container
	layers    map[*layer]cqrs.Middleware
	codec     codec
	errs      []error
}

// newRealWorld starts the application with bootstrap.New.
func newRealWorld(app *application) (*world, error) {
	w := &realWorld{world: newWorld(app), container: container.New(), layers: make(map[*layer]cqrs.Middleware)}
	w.real = true
	w.provide()
	opts := []bootstrap.Option{
		bootstrap.WithLogger(zap.NewNop()),
		bootstrap.WithEventLimit(app.limit),
		bootstrap.WithEventConcurrency(app.concurrency),
		bootstrap.WithMiddleware(w.middleware(app.layers)...),
		bootstrap.WithCodec(&w.codec),
	}
	if app.logs {
		nowhere := zapcore.AddSync(io.Discard)
		all := zapcore.NewCore(zapcore.NewJSONEncoder(zapcore.EncoderConfig{}), nowhere, zapcore.DebugLevel)
		opts = append(opts, bootstrap.WithLogger(zap.New(all, zap.Hooks(w.noteLost))))
	}
	if app.strict {
		opts = append(opts, bootstrap.WithStrictEvents())
	}
	if app.reports {
		opts = append(opts, bootstrap.WithObserver(cqrs.Observer{Reported: w.checkReport}))
	}
	m, err := bootstrap.New(w.container, w.bindRequests, w.bindEvents, opts...)
	w.mediator = realMediator{realSender{m}, m}
	return w.world, errors.Join(append(w.errs, err)...)
}

// checkReport reads a whole report, which nothing may change any more.
func (w *realWorld) checkReport(r *cqrs.Report) {
	if _, text := slices.Collect(r.All()), r.Text(); text == "" {
		w.note("a report without a text")
	}
}

// noteLost notes that an error that nobody receives was logged.
func (w *realWorld) noteLost(e zapcore.Entry) error {
	if e.Message == lostError {
		w.note(lostError)
	}
	return nil
}

// provide provides the scoped values, and the handlers and middleware that are bound.
func (w *realWorld) provide() {
	w.errs = append(w.errs,
		w.container.Provide(func(ctx context.Context) (*inner, container.Finalizer, error) {
			n, err := w.construct(ctx, "inner")
			return &inner{n}, w.finalizer("inner", n), err
		}, container.Scoped()),
		w.container.Provide(func(ctx context.Context, s cqrs.Sender, _ *inner) (*outer, container.Finalizer, error) {
			n, err := w.construct(ctx, "outer")
			return &outer{n, s}, w.finalizer("outer", n), err
		}, container.Scoped()),
		w.container.Provide(w.newJournal, container.Scoped()))
	for _, b := range w.app.all() {
		b.target.leaves(func(l leaf) { w.errs = append(w.errs, slots[b.kind][b.key].provide[l](w)) })
		w.provideLayers(b.layers)
	}
	w.provideLayers(w.app.layers)
}

func (w *realWorld) provideLayers(layers []*layer) {
	for _, l := range layers {
		if w.layers[l] != nil {
			continue
		}
		var m cqrs.Middleware = cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any,
			error) {
			return w.around(ctx, l.id, in, next)
		})
		if l.built != function {
			built, err := buildable[l.id](w, l)
			w.errs = append(w.errs, err)
			m = built
		}
		if l.around {
			m = cqrs.AroundScope(m)
		}
		w.layers[l] = m
	}
}

func (w *realWorld) middleware(layers []*layer) (all []cqrs.Middleware) {
	for _, l := range layers {
		all = append(all, w.layers[l])
	}
	return all
}

func (w *realWorld) finalizer(name string, n int) container.Finalizer {
	return func(ctx context.Context, outcome error) error { return w.finalize(ctx, name, n, outcome) }
}

func (w *realWorld) bindRequests(m *cqrs.RequestMap) {
	for _, b := range w.app.all() {
		if b.kind != event {
			opts := []cqrs.BindOption{cqrs.WithMiddleware(w.middleware(b.layers)...)}
			slots[b.kind][b.key].bind(m, b.target, opts)
		}
	}
}

func (w *realWorld) bindEvents(m *cqrs.EventMap) {
	for _, s := range slots[event] {
		s.register(m)
	}
	for _, b := range w.app.all() {
		if b.kind != event {
			continue
		}
		opts := []cqrs.EventOption{cqrs.WithMiddleware(w.middleware(b.layers)...), cqrs.SubscriptionName(b.name())}
		switch {
		case b.after:
			opts = append(opts, cqrs.AfterScope())
		case b.stored:
			opts = append(opts, cqrs.Durable(b.name()))
		}
		slots[event][b.key].listen(m, b.target, opts)
	}
}

// all returns all bindings.
func (a *application) all() (all []*binding) {
	for _, ofKind := range a.bindings {
		for _, bindings := range ofKind {
			all = append(all, bindings...)
		}
	}
	return all
}

// name returns the name of the subscription.
func (b *binding) name() string { return fmt.Sprintf("%d.%d.%d", b.kind, b.key, b.index) }

// bindingOf returns the binding of the message to the leaf.
func (w *realWorld) bindingOf(m *message, l leaf) (found *binding) {
	for _, b := range w.app.bound(m) {
		b.target.leaves(func(of leaf) {
			if of == l {
				found = b
			}
		})
	}
	return found
}

// around runs a middleware.
func (w *realWorld) around(ctx context.Context, id int, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	m := in.Message().(carrier).carried()
	b := w.app.bound(m)[0]
	for _, of := range w.app.bound(m) {
		if of.name() == in.Binding().Subscription() {
			b = of
		}
	}
	layers, _ := w.app.chain(b)
	for i, l := range layers {
		if l.id == id {
			p := &passing{
				world: w.world, layer: l, index: i, message: m, binding: b, nested: in.Nested(), spent: in.Spent,
				next: func(ctx context.Context) (any, error) { return next(ctx, in) },
			}
			return p.pass(ctx)
		}
	}
	panic(fmt.Sprintf("layer %d was not put around %v", id, in.Binding()))
}

// realSender sends with a Sender of package cqrs.
type realSender struct{ cqrs.Sender }

func (s realSender) send(ctx context.Context, m *message) (any, error) {
	return slots[m.kind][m.key].send(ctx, s.Sender, m)
}

func (s realSender) stream(ctx context.Context, m *message) iter.Seq2[int, error] {
	return slots[m.kind][m.key].stream(ctx, s.Sender, m)
}

func (s realSender) publish(ctx context.Context, events []*message) error {
	var all []cqrs.Event
	for _, m := range events {
		all = append(all, eventValue(m))
	}
	return s.Publish(ctx, all...)
}

func eventValue(m *message) cqrs.Event { return slots[event][m.key].event(m) }

type realMediator struct {
	realSender
	mediator *cqrs.Mediator
}

func (m realMediator) publishTo(ctx context.Context, e *message, b *binding) error {
	return m.mediator.PublishTo(ctx, b.name(), eventValue(e))
}

func (m realMediator) run(ctx context.Context, do func(context.Context, sender) error) error {
	return m.mediator.Run(ctx, func(ctx context.Context, s cqrs.Sender) error { return do(ctx, realSender{s}) })
}

func (realMediator) done(err error) bool                      { return cqrs.Done(err) }
func (realMediator) eventErrors(err error) []*cqrs.EventError { return cqrs.EventErrors(err) }
