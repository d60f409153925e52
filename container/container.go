package container

import (
	"errors"
	"fmt"
	"reflect"

	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// Container is a dig container with request scopes. Create one with [New] or [Wrap]. Like
// dig's, it is used at start-up and is not safe for concurrent use; requests use the plan
// that bootstrap.New compiles from it.
type Container struct {
	dig           *dig.Container
	blank         *dig.Container // always empty
	alone         bool           // dig is not shared, so it contains only what was provided here
	deferred      bool           // dig is known to report cycles only when it builds something
	closer        closer
	ctors         []*constructor
	decorators    []*constructor
	decoratorsOf  map[key][]*constructor
	values        map[key]*constructor   // the constructor of each value
	groups        map[key][]*constructor // the constructors of each group's members
	inDig         map[*constructor]bool  // decorators that were passed to dig
	refused       []error                // errors of Provide and Decorate
	decorated     map[*constructor]bool  // decorators that dig has run so far
	lastDecorated *constructor           // the decorator that dig ran last
	stuck         map[*constructor]error // decorators that dig must not run again, and why
	transactions  map[*constructor]bool  // singletons that were refused because they are transactions
	armed         map[key]*bool          // the stub that represents a group's scoped members in dig
}

// New returns an empty container. The options are those of dig.New.
func New(opts ...dig.Option) *Container {
	c := Wrap(dig.New(opts...))
	c.alone = true
	type loop struct{}
	c.deferred = dig.New(opts...).Provide(func(l loop) loop { return l }) == nil
	return c
}

// Wrap adds request scopes to an existing container. Values that are provided to that
// container directly, before or after the call, are singletons. If existing is nil, every
// method of the result returns an error.
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

// Provide adds a constructor, with the rules and options of dig. With [Scoped], the
// constructor runs at most once per request; with [Singleton], at most once in all.
// Without either, it provides a singleton, or a handler if a mapper binds its type.
//
// On failure, Provide returns an [*Error] with the reason [ErrRefused] and, if dig
// rejected the constructor, dig's error as the cause; [Container.Compile] reports the
// error again. A constructor that is provided after Compile takes effect in the next
// Compile.
func (c *Container) Provide(ctor any, opts ...dig.ProvideOption) error {
	if c == nil || c.dig == nil {
		return nilContainerError()
	}
	return c.accept(call{name: "Provide", kind: "constructor", at: calledAt()}, ctor, func(l *location) error {
		return c.provide(ctor, opts, l)
	})
}

// ProvideAll provides several constructors without options. It does not stop at an error,
// but returns the errors of all constructors joined.
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
	if s.life != scoped || c.deferred { // cycles are reported later: by dig, or by Compile
		scratch = append(scratch, dig.DeferAcyclicVerification())
	}
	ctor, err := newConstructor(fn, s, shape, scratch...)
	if err != nil {
		return err
	}
	if s.life == scoped {
		if len(s.unsupported) > 0 {
			return unsupportedError("scoped constructor", s.unsupported[0])
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

// Decorate adds a decorator, with the rules of dig: a key has at most one decorator, and
// at most one more with [Scoped]. When it runs depends on what it decorates; see the
// package documentation. On failure, Decorate returns an [*Error] with the reason
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
	if s.life == scoped && len(s.unsupported) > 0 {
		return unsupportedError("scoped decorator", s.unsupported[0])
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

// Invoke calls fn with values from the container, as dig does. Only singletons are
// available: if fn asks for a scoped value, or for a group with scoped members, Invoke
// returns an error with the reason [ErrScoped].
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

// invokeParams returns the parameters of fn if dig can invoke it.
func invokeParams(fn any) (params []*param) {
	defer func() { _ = recover() }() // dig will reject fn
	if v := reflect.ValueOf(fn); v.Kind() == reflect.Func {
		params = readParams(v.Type())
	}
	return params
}

// isScoped reports whether a value, or any member of a group, is scoped.
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

// guardDig turns a panic in dig, which panics on some unusual input, into an error.
func guardDig(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("dig panicked: %v", p)
		}
	}()
	return f()
}
