package bootstrap

import (
	"fmt"
	"reflect"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/safe"
	"go.uber.org/zap"
)

// New creates a mediator: it runs the mappers, which bind messages to handlers, checks
// that the container can build every bound handler, and has it build the singletons that
// these handlers need. A nil mapper binds nothing.
//
// New reports all problems in one [*Error]: constructors that the container refused,
// invalid bindings, handlers that nothing provides, and whatever
// container.Container.Compile finds. A mapper or a start-up function that panics is
// reported too. If an option is invalid or a start-up function fails, New returns that
// error at once, without looking at the container.
//
// Possible mistakes that do not prevent start-up are logged at Warn; see
// [container.Plan.Hints].
//
// New may be called several times with the same container: the mediators share singletons
// and nothing else. Like the container, New is not safe for concurrent use; the mediator
// that it returns is.
func New(c *container.Container, commands func(*cqrs.RequestMap), events func(*cqrs.EventMap), opts ...Option) (*cqrs.Mediator, error) {
	o, err := readOptions(opts)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, &Error{Problems: []error{errNilContainer}}
	}
	for i, start := range o.onStartup {
		if err := guard(start); err != nil {
			return nil, startupError(start, i, len(o.onStartup), err)
		}
	}
	b := &builder{container: c, options: o}
	b.bind(commands, events)
	b.compile()
	if len(b.problems) > 0 {
		return nil, &Error{Problems: b.problems}
	}
	b.hint()
	return b.mediator(), nil
}

// builder combines what the mappers bind with what the container builds.
type builder struct {
	options
	container *container.Container
	requests  cqrs.RequestMap
	events    cqrs.EventMap
	pipeline  *cqrs.Pipeline
	roots     []container.Root
	indexes   map[reflect.Type]int // of the roots, by type
	plan      *container.Plan
	problems  []error
}

func (b *builder) report(errs ...error) {
	for _, err := range errs {
		if err != nil {
			b.problems = append(b.problems, err)
		}
	}
}

func (b *builder) bind(commands func(*cqrs.RequestMap), events func(*cqrs.EventMap)) {
	for _, bind := range append([]func(*cqrs.RequestMap){commands}, b.queries...) {
		if bind != nil {
			b.report(mapperError(bind, guard(func() error { bind(&b.requests); return nil })))
		}
	}
	if events != nil {
		b.report(mapperError(events, guard(func() error { events(&b.events); return nil })))
	}
	b.report(b.requests.Errors()...)
	b.report(b.events.Errors()...)
	var unfit []error
	b.pipeline, unfit = cqrs.NewPipeline(&b.requests, &b.events, b.middleware...)
	b.report(unfit...)
}

// root adds a type that the container must build for the mediator. A type that is both a
// handler and a middleware is added twice, so that the container refuses it.
func (b *builder) root(r container.Root) {
	i, known := b.indexes[r.Type]
	if known && b.roots[i].Dependency == r.Dependency {
		return
	}
	b.indexes[r.Type] = len(b.roots)
	b.roots = append(b.roots, r)
}

func (b *builder) compile() {
	b.indexes = make(map[reflect.Type]int)
	names := b.names()
	for _, binding := range b.pipeline.Bindings() {
		bound := fmt.Sprintf("bound to %s at %s", names.Name(binding.Message()), binding.Where())
		for _, h := range binding.Handlers() {
			b.root(container.Root{Type: h, Bound: bound})
		}
	}
	for _, d := range b.pipeline.Dependencies() {
		b.root(container.Root{Type: d.Type, Bound: "a middleware at " + d.Where, Dependency: true})
	}
	var err error
	b.plan, err = b.container.Compile(b.roots, reflect.TypeFor[cqrs.Sender]())
	switch joined, several := err.(interface{ Unwrap() []error }); {
	case err == nil:
	case several && !isContainerError(err):
		b.report(joined.Unwrap()...)
	default:
		b.report(err)
	}
	b.checkSources()
	b.checkOutside()
}

// names returns names that distinguish messages and handlers with the same short name.
func (b *builder) names() errtext.Names {
	names := make(errtext.Names)
	for _, binding := range b.pipeline.Bindings() {
		names.Add(binding.Message())
		for _, h := range binding.Handlers() {
			names.Add(h)
		}
	}
	return names
}

// checkSources reports singleton handlers that record events.
func (b *builder) checkSources() {
	for _, binding := range b.pipeline.Bindings() {
		for _, h := range binding.Handlers() {
			if where, shared := b.container.SingletonAt(h); shared && b.records(h) {
				b.report(sharedSourceError(binding, h, where))
			}
		}
	}
}

// checkOutside reports middlewares around a scope that are not singletons.
func (b *builder) checkOutside() {
	for _, d := range b.pipeline.Dependencies() {
		if b.plan == nil || !d.OutsideScope {
			continue
		}
		if _, shared := b.plan.Shared(b.indexes[d.Type]); !shared {
			b.report(scopedOutsideError(d))
		}
	}
}

func isContainerError(err error) bool {
	_, ok := err.(*container.Error)
	return ok
}

// records reports whether a singleton handler records events. If the handler is bound as
// an interface, only the instance can answer that.
func (b *builder) records(handler reflect.Type) bool {
	if b.plan != nil {
		instance, _ := b.plan.Shared(b.indexes[handler])
		_, records := instance.(cqrs.EventSource)
		return records
	}
	return handler.Implements(reflect.TypeFor[cqrs.EventSource]())
}

// hint logs possible mistakes that do not prevent start-up.
func (b *builder) hint() {
	for _, hint := range b.plan.Hints() {
		safe.Do(func() { b.log.Warn("possible mistake", zap.String("hint", hint)) })
	}
}

func (b *builder) mediator() *cqrs.Mediator {
	return cqrs.New(cqrs.Config{
		Pipeline: b.pipeline,
		Root: func(t reflect.Type) cqrs.Root {
			index := b.indexes[t]
			instance, shared := b.plan.Shared(index)
			return cqrs.Root{Index: index, Singleton: shared, Instance: instance, Free: b.plan.Free(index)}
		},
		NewScope:         func(s cqrs.Supplier) cqrs.Scope { return b.plan.NewScope(s) },
		Observer:         newObserver(b.log),
		EventConcurrency: b.eventConcurrency,
		EventLimit:       b.eventLimit,
		NestingLimit:     b.nestingLimit,
		StrictEvents:     b.strictEvents,
	})
}

// guard calls f, which belongs to the application, and turns a panic into an error.
func guard(f func() error) (err error) {
	returned := false
	defer func() {
		if !returned {
			err = newPanicError(recover())
		}
	}()
	err = f()
	returned = true
	return err
}
