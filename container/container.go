package container

import (
	"errors"
	"fmt"
	"reflect"

	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// Container is a dig container with request scopes. Create one with [New] or [Wrap]. Like
// dig's, it is used at start-up and is not safe for concurrent use; requests use the plan
// that bootstrap.New compiles from it.
type Container struct {
	*graph        // what is in effect; provided itself if there are no substitutes
	provided      *graph
	substitutes   substitutes
	dig           *dig.Container
	blank         *dig.Container        // always empty
	newDig        func() *dig.Container // makes dig anew; nil if dig is shared
	deferred      bool                  // dig is known to report cycles only when it builds something
	closer        closer
	decorators    []*constructor
	decoratorsOf  map[key][]*constructor
	inDig         map[*constructor]bool   // constructors and decorators that were passed to dig
	advice        map[reflect.Type]string // what to do if a type is missing
	refused       []error                 // errors of Provide and similar methods, for the next Compile
	decorated     map[*constructor]bool   // decorators that dig has run so far
	lastDecorated *constructor            // the decorator that dig ran last
	stuck         map[*constructor]error  // decorators that dig must not run again, and why
	transactions  map[*constructor]bool   // singletons that were refused because they are transactions
	armed         map[key]*bool           // the stub that represents a group's scoped members in dig
	notes         wiring.Notes
}

// New returns an empty container. The options are those of dig.New.
func New(opts ...dig.Option) *Container {
	c := Wrap(dig.New(opts...))
	c.newDig = func() *dig.Container {
		return dig.New(append(opts[:len(opts):len(opts)], dig.DeferAcyclicVerification())...)
	}
	type loop struct{}
	c.deferred = dig.New(opts...).Provide(func(l loop) loop { return l }) == nil
	return c
}

// Wrap adds request scopes to an existing container. Values that are provided to that
// container directly, before or after the call, are singletons. If existing is nil, every
// method of the result returns an error.
//
// dig cannot take anything back, so [Container.Replace] cannot replace what the existing
// container already has: call it before the Provide that it replaces.
func Wrap(existing *dig.Container) *Container {
	provided := newGraph()
	return &Container{
		graph:        provided,
		provided:     provided,
		dig:          existing,
		blank:        dig.New(),
		decoratorsOf: make(map[key][]*constructor),
		inDig:        make(map[*constructor]bool),
		decorated:    make(map[*constructor]bool),
		stuck:        make(map[*constructor]error),
		transactions: make(map[*constructor]bool),
		armed:        make(map[key]*bool),
		advice:       make(map[reflect.Type]string),
		substitutes:  substitutes{replaced: make(map[key]*constructor)},
		notes:        wiring.Notes{Function: func(ctor any) any { fn, _ := untyped(ctor); return fn }},
	}
}

// Notes returns what package bootstrap keeps about the container. Applications do not need it.
func (c *Container) Notes() *wiring.Notes { return &c.notes }

// Decorate adds a decorator, with the rules of dig: a key has at most one decorator, and
// at most one more with [Scoped]. When it runs depends on what it decorates; see the
// package documentation. On failure, Decorate returns an [*Error] with the reason
// [ErrRefused], which the next bootstrap.New returns too.
func (c *Container) Decorate(decorator any, opts ...dig.DecorateOption) error {
	if c == nil || c.dig == nil {
		return nilContainerError()
	}
	return c.accept(call{name: "Decorate", kind: "decorator", at: errtext.Caller()}, decorator, func(*location) error {
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
// returns an error with the reason [ErrScoped]. If defaults or replacements are invalid, it
// returns their errors; otherwise they are in use from now on.
func (c *Container) Invoke(fn any, opts ...dig.InvokeOption) error {
	if c == nil || c.dig == nil {
		return nilContainerError()
	}
	from := call{name: "Invoke", kind: "function", at: errtext.Caller()}
	if err := errors.Join(from.check(fn), from.checkOptions(opts)); err != nil {
		return err
	}
	errs, rejected := c.substitute()
	for _, r := range rejected {
		errs = append(errs, r.err)
	}
	if err := errtext.Errors(errs...); err != nil {
		return err
	}
	c.substitutes.started = true
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
	return c.advise(params, err)
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
