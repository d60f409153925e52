package bootstrap

import (
	"reflect"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// New makes a mediator: it has the mappers bind messages to handlers, checks
// that the container can build each of these, and has it build the singletons
// that they need. A nil mapper binds nothing.
//
// All that is wrong is in one [*Error], with a problem for each: what the
// container refused, bindings that cannot be, handlers that nothing provides,
// and what container.Container.Compile finds. A mapper or a start-up function
// that panics is a problem too. If a start-up function fails, New returns its
// error at once, before the container is looked at; so it does if an option is
// unfit.
//
// New may be called again with the same container: mediators are independent
// of each other but for their singletons. Like the container it is not for
// several goroutines at once; the mediator is.
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
	return b.mediator(), nil
}

// A builder joins what the mappers bind with what the container builds.
type builder struct {
	options
	container *container.Container
	requests  cqrs.RequestMap
	events    cqrs.EventMap
	roots     []container.Root
	indexes   map[reflect.Type]int // of the roots, by the type of the handler
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
}

// bindings returns those of requests and of events.
func (b *builder) bindings() []*cqrs.Binding {
	all := append([]*cqrs.Binding{}, b.requests.Bindings()...)
	return append(all, b.events.Bindings()...)
}

func (b *builder) compile() {
	b.indexes = make(map[reflect.Type]int)
	for _, binding := range b.bindings() {
		if _, known := b.indexes[binding.Handler()]; !known {
			b.indexes[binding.Handler()] = len(b.roots)
			b.roots = append(b.roots, container.Root{Type: binding.Handler(), Bound: binding.String()})
		}
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
	for _, binding := range b.bindings() {
		if where, shared := b.container.SingletonAt(binding.Handler()); shared && b.records(binding) {
			b.report(sharedSourceError(binding, where))
		}
	}
}

func isContainerError(err error) bool {
	_, ok := err.(*container.Error)
	return ok
}

// records tells whether a singleton handler records events. Of one that is
// bound as an interface only the instance can tell.
func (b *builder) records(binding *cqrs.Binding) bool {
	if b.plan != nil {
		instance, _ := b.plan.Shared(b.indexes[binding.Handler()])
		_, records := instance.(cqrs.EventSource)
		return records
	}
	return binding.Handler().Implements(reflect.TypeFor[cqrs.EventSource]())
}

func (b *builder) mediator() *cqrs.Mediator {
	return cqrs.New(cqrs.Config{
		Requests: &b.requests,
		Events:   &b.events,
		Root: func(binding *cqrs.Binding) cqrs.Root {
			index := b.indexes[binding.Handler()]
			instance, shared := b.plan.Shared(index)
			return cqrs.Root{Index: index, Singleton: shared, Instance: instance, Free: b.plan.Free(index)}
		},
		NewScope:         func(s cqrs.Supplier) cqrs.Scope { return b.plan.NewScope(s) },
		Middleware:       b.middleware,
		Observer:         newObserver(b.log),
		EventConcurrency: b.eventConcurrency,
		EventLimit:       b.eventLimit,
		StrictEvents:     b.strictEvents,
	})
}

// guard makes an error of a panic in an application's function.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = newPanicError(p)
		}
	}()
	return f()
}
