package container

import (
	"reflect"

	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// Provide adds a constructor, with the rules and options of dig. With [Scoped], the
// constructor runs at most once per request; with [Singleton], at most once in all.
// Without either, it provides a singleton, or a handler if a mapper binds its type.
//
// On failure, Provide returns an [*Error] with the reason [ErrRefused] and, if dig
// rejected the constructor, dig's error as the cause. In case the caller ignores the
// error, the next bootstrap.New returns it too, but later calls do not. A constructor that
// is provided after bootstrap.New takes effect in the next call.
//
// To provide a value only if nothing else provides it, use [Container.ProvideDefault].
func (c *Container) Provide(ctor any, opts ...dig.ProvideOption) error {
	if c == nil || c.dig == nil {
		return nilContainerError()
	}
	return c.accept(call{name: "Provide", kind: "constructor", at: errtext.Caller()}, ctor, func(l *location) error {
		return c.provide(ctor, opts, l)
	})
}

// ProvideAll provides several constructors without options. It does not stop at an error,
// but returns the errors of all constructors joined.
func (c *Container) ProvideAll(ctors ...any) error {
	if c == nil || c.dig == nil {
		return nilContainerError()
	}
	return c.provideAll(call{name: "ProvideAll", at: errtext.Caller()}, ctors)
}

// ProvideList is ProvideAll for a list that the application passed to something else than the
// container. Its errors say where.
//
// ProvideList is for the modules of bootstrap; applications call [Container.ProvideAll] instead.
func (c *Container) ProvideList(list wiring.List) error {
	if c == nil || c.dig == nil {
		return nilContainerError()
	}
	return c.provideAll(call{name: list.Call, at: list.At, list: list.Name}, list.Constructors)
}

func (c *Container) provideAll(from call, ctors []any) error {
	from.kind = "constructor"
	var errs []error
	for i, ctor := range ctors {
		from.argument = i + 1
		errs = append(errs, c.accept(from, ctor, func(l *location) error { return c.provide(ctor, nil, l) }))
	}
	return errtext.Errors(errs...)
}

func (c *Container) provide(fn any, opts []dig.ProvideOption, at *location) error {
	ctor, err := c.read(fn, opts, at)
	if err != nil {
		return err
	}
	if err := c.checkSubstitutes(ctor); err != nil {
		return err
	}
	if !c.isReplaced(ctor) {
		if err := c.give(ctor); err != nil {
			return err
		}
	}
	c.provided.add(ctor)
	c.substitutes.changed = true
	return nil
}

// read reads a constructor and its options.
func (c *Container) read(fn any, opts []dig.ProvideOption, at *location) (*constructor, error) {
	s, shape, all, err := readProvideOptions(opts)
	if err != nil {
		return nil, err
	}
	*at = s.locate(reflect.ValueOf(fn))
	var scratch []dig.Option
	if s.life != scoped || c.deferred { // cycles are reported later: by dig, or by Compile
		scratch = append(scratch, dig.DeferAcyclicVerification())
	}
	ctor, err := newConstructor(fn, s, shape, scratch...)
	if err != nil {
		return nil, err
	}
	if s.life == scoped && len(s.unsupported) > 0 {
		return nil, unsupportedError("scoped constructor", s.unsupported[0])
	}
	ctor.forProvide = append(ctor.location(), all...)
	return ctor, nil
}

// give passes a constructor to dig.
func (c *Container) give(ctor *constructor) (err error) {
	if ctor.life == scoped {
		err = c.provideStubs(ctor)
	} else {
		err = c.dig.Provide(ctor.forDig(func(f Finalizer) { c.closer.add(f, ctor) }), ctor.forProvide...)
	}
	if err == nil {
		c.inDig[ctor] = true
	}
	return err
}
