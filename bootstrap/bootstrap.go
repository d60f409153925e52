package bootstrap

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/topology"
	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/safe"
	"github.com/digcqrs/digcqrs/internal/wiring"
	"go.uber.org/zap"
)

// New creates a mediator: it runs the mappers, which bind messages to handlers, checks
// that the container can build every bound handler, and has it build the singletons that
// these handlers need. A nil mapper binds nothing.
//
// New reports all problems in one [*Error]: constructors that the container refused,
// invalid bindings, handlers that nothing provides, and whatever else it finds wrong with
// the graph. A mapper or a start-up function that panics is reported too. If an option is
// invalid or a start-up function fails, New returns that error at once, without looking at the
// container.
//
// If New fails, the singletons that it had built stay in the container, and open.
// container.Container.Close runs their finalizers, whether New succeeded or not.
//
// Possible mistakes that do not prevent start-up are logged at Warn: a value group that is
// empty, where a group of the same name has members of a similar type.
//
// New may be called several times with the same container: the mediators share singletons
// and nothing else. Like the container, New is not safe for concurrent use; the mediator
// that it returns is.
func New(
	c *container.Container, requests func(*cqrs.RequestMap), events func(*cqrs.EventMap), opts ...Option,
) (*cqrs.Mediator, error) {
	return newMediator(c, requests, events, opts, newMaking())
}

// Describe returns what [New] would wire, without building any singleton, for a test or a CI job
// that has neither a database nor a configuration. [cqrs.Mediator.Topology] returns the same
// description of a running application.
//
// Describe runs the mappers and the functions of modules, and those of middleware that choose by
// binding, such as [cqrs.PerBinding] and [cqrs.Checked], as New does. It runs no constructor and no
// function of [WithOnStartup] or Module.OnStartup.
//
// Describe reports the problems that New would report, in one [*Error], except for those
// that only show when something is built.
//
// The container can be used as before, also by New, whose modules may be those of Describe: pass the
// same [Module] values to both. If a module of the same name has other constructors, New fails with
// [ErrModule], and so does another Describe. A function literal that is evaluated again, for example in a
// function that returns the Module, is another constructor, since its variables may differ. As
// [container.Container.Invoke] does, Describe passes decorators to dig. It is not safe for
// concurrent use.
func Describe(
	c *container.Container, requests func(*cqrs.RequestMap), events func(*cqrs.EventMap), opts ...Option,
) (topology.Application, error) {
	making := newMaking()
	making.describing = true
	m, err := newMediator(c, requests, events, opts, making)
	if err != nil {
		return topology.Application{}, err
	}
	return m.Topology(), nil
}

// newMediator is New. It provides the constructors of the modules that have not been provided
// for the same mediator yet.
func newMediator(
	c *container.Container, requests func(*cqrs.RequestMap), events func(*cqrs.EventMap),
	opts []Option, making *making,
) (*cqrs.Mediator, error) {
	o, err := readOptions(opts)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, &Error{Problems: []error{errNilContainer}}
	}
	defer func() { making.step = idle }()
	making.step = starting
	if !making.describing {
		if err := o.startUp(); err != nil {
			return nil, err
		}
	}
	b := &builder{container: c, options: o, making: making}
	b.step = binding
	b.bind(part{}, append([]func(*cqrs.RequestMap){requests}, o.queries...), events)
	for _, m := range o.modules {
		b.addModule(m)
	}
	b.step = building
	m, problems := b.mediator()
	b.report(problems...)
	if len(b.problems) > 0 {
		return nil, &Error{Problems: b.problems}
	}
	b.hint()
	return m, nil
}

// builder combines what the mappers bind with what the container builds.
type builder struct {
	options
	*making
	container *container.Container
	parts     []part
	plan      *wiring.Plan
	problems  []error
}

func (b *builder) report(errs ...error) {
	for _, err := range errs {
		if err != nil {
			b.problems = append(b.problems, err)
		}
	}
}

// startUp runs the functions of WithOnStartup, and those of the modules.
func (o *options) startUp() error {
	if err := startUp("", o.onStartup); err != nil {
		return err
	}
	for _, m := range o.modules {
		if err := startUp(m.Name, m.OnStartup); err != nil {
			return err
		}
	}
	return nil
}

func startUp(module string, starts []func() error) error {
	for i, start := range starts {
		if err := guard(start); err != nil {
			return startupError(module, start, i, len(starts), err)
		}
	}
	return nil
}

// bind runs the mappers of a part of the application.
func (b *builder) bind(p part, requests []func(*cqrs.RequestMap), events func(*cqrs.EventMap)) {
	p.Requests, p.Events = new(cqrs.RequestMap), new(cqrs.EventMap)
	for _, bind := range requests {
		if bind != nil {
			b.report(mapperError(p.Module, bind, guard(func() error { bind(p.Requests); return nil })))
		}
	}
	if events != nil {
		b.report(mapperError(p.Module, events, guard(func() error { events(p.Events); return nil })))
	}
	b.parts = append(b.parts, p)
}

func (b *builder) mediator() (*cqrs.Mediator, []error) {
	log, writes := newLogger(b.log)
	a := application{
		Parts: b.parts, Middleware: b.middleware, Observers: b.observers, Expected: b.expected,
		Codec: b.codec, Propagators: b.propagators,
	}
	if writes {
		a.Observers = append([]cqrs.Observer{log.observer()}, b.observers...)
	}
	if handle := b.afterScopeErrors; handle != nil {
		a.AfterScopeErrors = func(ctx context.Context, all, silent []*cqrs.EventError) {
			safe.Do(func() { log.afterScopeErrors(silent) })
			handle(ctx, all)
		}
	}
	m, problems := cqrs.New(a, wiring.Settings{
		Compile:          b.compile,
		EventConcurrency: b.eventConcurrency,
		EventLimit:       b.eventLimit,
		NestingLimit:     b.nestingLimit,
		StrictEvents:     b.strictEvents,
		ProvenEvents:     b.provenEvents,
	})
	log.judge = m
	return m, problems
}

// compile has the container build what the mediator needs, or only describe it.
func (b *builder) compile(roots []wiring.Root) (*wiring.Plan, []error) {
	compile := b.container.Compile
	if b.describing {
		compile = b.container.Describe
	}
	plan, err := compile(roots,
		wiring.Supplied[cqrs.Sender](), wiring.Supplied[*cqrs.Binding](), b.knownMediator(), journalAdvice())
	problems := b.withoutRefused(split(err))
	b.plan = plan
	if plan == nil {
		return nil, problems
	}
	factories := make(map[reflect.Type]wiring.Factory)
	for i, r := range roots {
		factories[r.Type] = plan.Factories[i]
	}
	problems = append(problems, b.sharedSources(factories)...)
	if err == nil {
		problems = append(problems, aroundScope(roots, plan)...)
		problems = append(problems, sharedJournal(roots, plan)...)
	}
	return plan, problems
}

// split returns the errors that package container or errors.Join has joined. Any other error
// has a text of its own, whatever it wraps.
func split(err error) []error {
	switch reflect.TypeOf(err) {
	case nil:
		return nil
	case reflect.TypeOf(errtext.Errors(err)), reflect.TypeOf(errors.Join(err)):
		return safe.Unwrap(err)
	default:
		return []error{err}
	}
}

// sharedSources reports singleton handlers that record events. If a handler is bound as an
// interface, only the instance can answer that.
func (b *builder) sharedSources(factories map[reflect.Type]wiring.Factory) (problems []error) {
	for _, p := range b.parts {
		for _, binding := range slices.Concat(p.Requests.Bindings(), p.Events.Bindings()) {
			for _, h := range binding.Handlers() {
				f := factories[h]
				_, records := f.Instance.(cqrs.EventSource)
				if f.Where != "" && (records || h.Implements(reflect.TypeFor[cqrs.EventSource]())) {
					problems = append(problems, sharedSourceError(binding, h, f.Where))
				}
			}
		}
	}
	return problems
}

// aroundScope reports middlewares around a scope that are not singletons.
func aroundScope(roots []wiring.Root, plan *wiring.Plan) (problems []error) {
	for i, r := range roots {
		if r.AroundScope && !plan.Factories[i].Singleton {
			problems = append(problems, aroundScopeError(r))
		}
	}
	return problems
}

// sharedJournal reports a journal that is a singleton.
func sharedJournal(roots []wiring.Root, plan *wiring.Plan) (problems []error) {
	for i, r := range roots {
		if r.Type == reflect.TypeFor[cqrs.Journal]() && plan.Factories[i].Singleton {
			problems = append(problems, sharedJournalError(r))
		}
	}
	return problems
}

// hint logs possible mistakes that do not prevent start-up.
func (b *builder) hint() {
	for _, hint := range b.plan.Hints {
		safe.Do(func() { b.log.Warn("possible mistake", zap.String("hint", hint)) })
	}
}

// guard calls f, which belongs to the application, and turns a panic into an error.
func guard(f func() error) error { return safe.Guard(f, newPanicError) }
