package container

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// A Container is a dig container that knows request scopes. It is made with
// [New] or [Wrap]. Like dig's it is for one goroutine at a time, at start-up;
// the [Plan] that it compiles to is what requests use.
type Container struct {
	dig           *dig.Container
	blank         *dig.Container // in which there is nothing
	alone         bool           // nobody else has dig, so there is nothing in it but what was provided here
	deferred      bool           // dig accepts cycles until it builds something, as far as is known
	closer        closer
	ctors         []*constructor
	decorators    []*constructor
	decoratorsOf  map[key][]*constructor
	values        map[key]*constructor   // who provides a value
	groups        map[key][]*constructor // who provides members of a group
	inDig         map[*constructor]bool  // decorators that dig has by now
	refused       []error                // what Provide and Decorate refused
	decorated     map[*constructor]bool  // decorators that dig has run
	lastDecorated *constructor           // the one that dig has run last
	stuck         map[*constructor]error // decorators that dig may not run again, and why
	transactions  map[*constructor]bool  // singletons that are one, and so were refused
	armed         map[key]*bool          // the stub that stands in dig for a group's scoped members
}

// New returns an empty container; the options are those of dig.New.
func New(opts ...dig.Option) *Container {
	c := Wrap(dig.New(opts...))
	c.alone = true
	type loop struct{}
	c.deferred = dig.New(opts...).Provide(func(l loop) loop { return l }) == nil
	return c
}

// Wrap adds request scopes to a container that exists. What was provided to
// it directly, before or after, are singletons. If it is nil, every use of the
// result is an error.
func Wrap(existing *dig.Container) *Container {
	return &Container{
		dig:          existing,
		blank:        dig.New(),
		decoratorsOf: make(map[key][]*constructor),
		values:       make(map[key]*constructor),
		groups:       make(map[key][]*constructor),
		inDig:        make(map[*constructor]bool),
		decorated:    make(map[*constructor]bool),
		stuck:        make(map[*constructor]error),
		transactions: make(map[*constructor]bool),
		armed:        make(map[key]*bool),
	}
}

// Provide adds a constructor, with the rules and options of dig. With [Scoped]
// it runs once in each request, with [Singleton] never more than once, and
// without either it makes a singleton, or a handler if a mapper binds its type.
//
// It returns an [*Error] with the reason [ErrRefused] and, where dig refused,
// dig's error as the cause; [Container.Compile] reports it again. A constructor
// that is provided after Compile takes effect for the next one.
func (c *Container) Provide(ctor any, opts ...dig.ProvideOption) error {
	if c == nil || c.dig == nil {
		return nilContainerError()
	}
	return c.accept(call{name: "Provide", kind: "constructor", at: calledAt()}, ctor, func(l *location) error {
		return c.provide(ctor, opts, l)
	})
}

// ProvideAll provides several constructors without options. It goes on after a
// fault and joins the errors of all of them.
func (c *Container) ProvideAll(ctors ...any) error {
	if c == nil || c.dig == nil {
		return nilContainerError()
	}
	at := calledAt()
	var errs []error
	for i, ctor := range ctors {
		all := call{name: "ProvideAll", kind: "constructor", at: at, argument: i + 1}
		errs = append(errs, c.accept(all, ctor, func(l *location) error { return c.provide(ctor, nil, l) }))
	}
	return errtext.Errors(errs...)
}

func (c *Container) provide(fn any, opts []dig.ProvideOption, at *location) error {
	s, shape, all, err := readProvideOptions(opts)
	if err != nil {
		return err
	}
	*at = s.locate(reflect.ValueOf(fn))
	var scratch []dig.Option
	if s.life != scoped || c.deferred { // who needs itself is refused later: by dig, or by Compile
		scratch = append(scratch, dig.DeferAcyclicVerification())
	}
	ctor, err := newConstructor(fn, s, shape, scratch...)
	if err != nil {
		return err
	}
	if s.life == scoped {
		if len(s.alien) > 0 {
			return fmt.Errorf("a scoped constructor cannot honour the option %s: only dig calls what dig builds", s.alien[0])
		}
		err = c.provideStubs(ctor)
	} else {
		all = append(ctor.location(), all...)
		err = c.dig.Provide(ctor.forDig(func(f Finalizer) { c.closer.add(f, ctor) }), all...)
	}
	if err != nil {
		return err
	}
	c.ctors = append(c.ctors, ctor)
	for _, k := range ctor.provides() {
		switch {
		case k.group == "":
			c.values[k] = ctor
		case len(c.groups[k]) == 0 || c.groups[k][len(c.groups[k])-1] != ctor:
			c.groups[k] = append(c.groups[k], ctor)
		}
	}
	return nil
}

// Decorate adds a decorator, with the rules of dig: a key has at most one, and
// at most one more with [Scoped]. What it decorates decides when it runs; see
// the package documentation. It returns an [*Error] with the reason
// [ErrRefused], which [Container.Compile] reports again.
func (c *Container) Decorate(decorator any, opts ...dig.DecorateOption) error {
	if c == nil || c.dig == nil {
		return nilContainerError()
	}
	return c.accept(call{name: "Decorate", kind: "decorator", at: calledAt()}, decorator, func(*location) error {
		return c.decorate(decorator, opts)
	})
}

func (c *Container) decorate(fn any, opts []dig.DecorateOption) error {
	s, all, err := readDecorateOptions(opts)
	if err != nil {
		return err
	}
	if s.life == scoped && len(s.alien) > 0 {
		return fmt.Errorf("a scoped decorator cannot honour the option %s: only dig calls what dig builds", s.alien[0])
	}
	d, err := newDecorator(fn, s, all)
	if err != nil {
		return err
	}
	d.forDecorate = all
	for _, r := range d.results {
		for _, other := range c.decoratorsOf[r.decorated()] {
			if other.life == d.life {
				return duplicateDecoratorError(d, r.decorated(), other)
			}
		}
	}
	c.decorators = append(c.decorators, d)
	for _, r := range d.results {
		c.decoratorsOf[r.decorated()] = append(c.decoratorsOf[r.decorated()], d)
	}
	return nil
}

// decoratorsInDig returns the decorators of k that dig has.
func (c *Container) decoratorsInDig(k key) []*constructor {
	var all []*constructor
	for _, d := range c.decoratorsOf[k] {
		if c.inDig[d] {
			all = append(all, d)
		}
	}
	return all
}

// makes tells whether a decorator makes what is asked for as type t under k. dig
// keeps decorated groups by the type of the slice.
func (c *constructor) makes(k key, t reflect.Type) bool {
	return slices.ContainsFunc(c.results, func(r result) bool { return r.decorated() == k && r.keys[0].t == t })
}

// Invoke calls fn with values from the container, as in dig: singletons only.
// Asking for a scoped value, or for a group with scoped members, is an error
// with the reason [ErrScoped].
func (c *Container) Invoke(fn any, opts ...dig.InvokeOption) error {
	if c == nil || c.dig == nil {
		return nilContainerError()
	}
	from := call{name: "Invoke", kind: "function", at: calledAt()}
	if err := errors.Join(from.check(fn), from.checkOptions(opts)); err != nil {
		return err
	}
	if err := c.giveDecorators(func(k key) bool { return c.isScoped(k) }); err != nil {
		return err
	}
	params := invokeParams(fn)
	if err := c.stuckFor(params); err != nil {
		return err
	}
	if err := c.softlyScoped(params); err != nil {
		return err
	}
	err := errPanicking // until Invoke returns
	defer func() { c.noteStuck(params, err, nothing) }()
	err = c.dig.Invoke(fn, opts...)
	return err
}

// invokeParams returns what a function asks for, if it is one that dig invokes.
func invokeParams(fn any) (params []*param) {
	defer func() { _ = recover() }() // what dig will refuse
	if v := reflect.ValueOf(fn); v.Kind() == reflect.Func {
		params = readParams(v.Type())
	}
	return params
}

// SingletonAt returns the constructor, with file and line, of a type that was
// provided with [Singleton]; ok is false if it was not.
func (c *Container) SingletonAt(t reflect.Type) (where string, ok bool) {
	p := c.values[key{t: t}]
	if p == nil || p.life != singleton {
		return "", false
	}
	return p.where.String(), true
}

// isScoped tells whether a value, or any member of a group, is scoped.
func (c *Container) isScoped(k key) bool {
	if k.group == "" {
		p := c.values[k]
		return p != nil && p.life == scoped
	}
	for _, p := range c.groups[k] {
		if p.life == scoped {
			return true
		}
	}
	return false
}

// giveDecorators hands to dig the decorators that have nothing to do with
// requests. That waits until now because the constructors of what they
// decorate may be provided after them.
func (c *Container) giveDecorators(isScoped func(key) bool) error {
	var errs []error
	for _, d := range c.decorators {
		if c.inDig[d] || d.runsInRequests(isScoped) {
			continue
		}
		err := guardDig(func() error {
			return c.dig.Decorate(d.forDig(func(f Finalizer) { c.closer.add(f, d) }), c.noteDecorated(d)...)
		})
		if err != nil {
			errs = append(errs, refusedError("Decorate", d.where, err))
			continue
		}
		c.inDig[d] = true
	}
	return errtext.Errors(errs...)
}

// runsInRequests tells whether a decorator is one for requests: because it says
// so, or because something that it decorates is scoped.
func (c *constructor) runsInRequests(isScoped func(key) bool) bool {
	if c.life == scoped {
		return true
	}
	for _, r := range c.results {
		if isScoped(r.decorated()) {
			return true
		}
	}
	return false
}

// guardDig turns a panic in dig, which has some for odd input, into an error.
func guardDig(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("dig panics: %v", p)
		}
	}()
	return f()
}
