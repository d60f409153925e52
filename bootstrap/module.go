package bootstrap

import (
	"fmt"
	"slices"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/safe"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// Module is one feature of an application: its constructors and what it binds. A package
// exports a Module, and the application lists it with [WithModules]. Every field but Name is
// optional.
type Module struct {
	// Name identifies the module in errors, and in [cqrs.Binding.Module]. It must be unique.
	Name string
	// Constructors are provided to the container as with container.Container.ProvideAll.
	Constructors []any
	// Provide provides constructors that need options. It runs after Constructors are
	// provided.
	Provide func(*container.Container) error
	// Commands, Queries and Events bind the handlers of the module, like the mappers of [New].
	Commands func(*cqrs.RequestMap)
	Queries  func(*cqrs.RequestMap)
	Events   func(*cqrs.EventMap)
	// Middleware wraps the handlers that this module binds, inside the middleware of
	// [WithMiddleware].
	Middleware []cqrs.Middleware
	// OnStartup runs after the functions of [WithOnStartup], before [New] provides or builds
	// anything. [Provide] has provided the constructors by then.
	OnStartup []func() error
}

// WithModules adds modules, in this order. All of them share the container and the
// mediator of the application. [New] returns an error if two modules have the same name. It
// provides their constructors to the container, so a module can be given only once per
// container.
func WithModules(modules ...Module) Option {
	at := errtext.Caller()
	return option{"WithModules at " + at, func(o *options) error {
		for i, m := range modules {
			same := slices.IndexFunc(o.modules, func(other listed) bool { return other.Name == m.Name })
			switch {
			case m.Name == "":
				return fmt.Errorf("module %d has no name; set Name", i+1)
			case same >= 0:
				return fmt.Errorf("a module named %q is already listed at %s; list each module once, "+
					"and give each a name of its own", m.Name, o.modules[same].at)
			case slices.ContainsFunc(m.OnStartup, func(f func() error) bool { return f == nil }):
				return fmt.Errorf("a function in OnStartup of module %q is nil; remove it", m.Name)
			}
			o.modules = append(o.modules, listed{m, at})
		}
		return nil
	}}
}

// listed is a module with the place of the call of WithModules that lists it.
type listed struct {
	Module
	at string // file:line
}

// application is what a mediator runs, and part what a module binds, or the application itself.
type (
	application = wiring.Application[*cqrs.RequestMap, *cqrs.EventMap, cqrs.Middleware, cqrs.Observer, *cqrs.EventError,
		cqrs.Codec, cqrs.Propagator]
	part = wiring.Part[*cqrs.RequestMap, *cqrs.EventMap, cqrs.Middleware]
)

// addModule provides the constructors of a module and runs its mappers.
func (b *builder) addModule(m listed) {
	b.report(b.provide(m)...)
	b.step = binding
	b.bind(part{Module: m.Name, Middleware: m.Middleware}, []func(*cqrs.RequestMap){m.Commands, m.Queries}, m.Events)
}

// provide provides the constructors of a module unless that has been done, and returns the
// problems. The container reports what it refused once more when it is compiled; see
// withoutRefused.
func (b *builder) provide(m listed) (problems []error) {
	if problems, done := b.provided[m.Name]; done {
		return problems
	}
	defer func() { b.provided[m.Name] = problems }()
	p, err := b.providedBefore(m)
	switch {
	case err != nil:
		return []error{moduleError(m.Name, err)}
	case p == nil:
		p = b.provideNow(m)
	}
	b.refused = append(b.refused, p.refused...)
	return p.problems
}

// provideNow provides the constructors of a module to the container.
func (b *builder) provideNow(m listed) *providedModule {
	p := &providedModule{module: m, used: !b.describing}
	defer b.note(m, p)
	b.step = providing
	errs := split(b.container.ProvideList(wiring.List{
		Name: "Constructors", Call: "WithModules", At: m.at, Constructors: m.Constructors,
	}))
	if m.Provide != nil {
		errs = append(errs, split(guard(func() error { return m.Provide(b.container) }))...)
	}
	for _, err := range errs {
		for e := range safe.Tree(err) {
			if refused, is := e.(*container.Error); is {
				p.refused = append(p.refused, refused)
			}
		}
		p.problems = append(p.problems, moduleError(m.Name, err))
	}
	return p
}

// withoutRefused returns the errors that have not been reported with the name of a module.
func (b *builder) withoutRefused(errs []error) []error {
	return slices.DeleteFunc(errs, func(err error) bool {
		refused, is := err.(*container.Error)
		return is && slices.Contains(b.refused, refused)
	})
}
