package container

import (
	"reflect"
	"slices"

	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// newDecorator is newConstructor for a decorator.
func newDecorator(fn any, s settings, all []dig.DecorateOption) (*constructor, error) {
	v := reflect.ValueOf(fn)
	c := &constructor{settings: s, fn: v, where: locate(v), decorates: true}
	if err := c.readResults(); err != nil {
		return nil, err
	}
	if err := dig.New().Decorate(c.forDig(nil), all...); err != nil {
		return nil, err
	}
	var info dig.DecorateInfo
	if err := dig.New().Decorate(c.forDig(nil), dig.FillDecorateInfo(&info)); err != nil {
		return nil, err
	}
	if err := c.checkGroups(); err != nil {
		return nil, err
	}
	c.params = readParams(v.Type())
	c.results = readResults(v.Type(), s, true)
	if len(c.results) == 0 {
		return nil, refusalf("%v must return what it decorates", v.Type())
	}
	return c, c.compare(info.Inputs, info.Outputs)
}

// makes reports whether a decorator makes the value that is asked for as type t under k.
// dig keeps decorated groups by the type of the slice.
func (c *constructor) makes(k key, t reflect.Type) bool {
	return slices.ContainsFunc(c.results, func(r result) bool { return r.decorated() == k && r.keys[0].t == t })
}

// runsInRequests reports whether a decorator runs in requests: because it is scoped, or
// because a value that it decorates is.
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

// decoratorsInDig returns the decorators of k that were passed to dig.
func (c *Container) decoratorsInDig(k key) []*constructor {
	var all []*constructor
	for _, d := range c.decoratorsOf[k] {
		if c.inDig[d] {
			all = append(all, d)
		}
	}
	return all
}

// giveDecorators passes to dig the decorators that do not run in requests. It is called
// late, because the constructors of the decorated values may be provided after the
// decorators.
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
