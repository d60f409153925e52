package container

import (
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// ProvideDefault is like [Container.Provide] for a constructor that is used only if nothing
// else provides its type and name when Invoke or bootstrap.New is first called afterwards.
// It never runs otherwise. The order of ProvideDefault and Provide does not matter. If a
// value has several defaults, the first is used.
//
// A default of a value group, such as dig.Group("plugins"), is used if no other constructor
// provides a member. All defaults of a group are used together.
//
// A constructor with several results is used as a whole or not at all: if some of its
// values have another constructor and some do not, Invoke and bootstrap.New return an
// [*Error] with the reason [ErrDefault]. Members of groups that it provides beside values
// do not count.
//
// Once a default is in use, Provide rejects another constructor of its values. In a
// container that was made with [Wrap], what was provided directly to dig counts, but value
// groups cannot have a default.
func (c *Container) ProvideDefault(ctor any, opts ...dig.ProvideOption) error {
	if c == nil || c.dig == nil {
		return nilContainerError()
	}
	return c.accept(call{name: "ProvideDefault", kind: "constructor", at: errtext.Caller()}, ctor, func(l *location) error {
		return c.provideDefault(ctor, opts, l)
	})
}

func (c *Container) provideDefault(fn any, opts []dig.ProvideOption, at *location) error {
	d, err := c.read(fn, opts, at)
	if err != nil {
		return err
	}
	if k := d.decisive()[0]; k.group != "" && c.newDig == nil {
		return wrappedGroupError(k)
	}
	d.role = fallback
	c.substitutes.defaults = append(c.substitutes.defaults, d)
	c.substitutes.changed = true
	return nil
}

// withDefaults returns what was provided, with the defaults of what was not.
func (c *Container) withDefaults() (*graph, []error) {
	g := c.provided.without(nil, nil)
	inRaw := c.probeDefaults()
	var errs []error
	for _, d := range c.substitutes.defaults {
		var taken, free []key
		for _, k := range d.decisive() {
			of := g
			if k.group != "" {
				of = c.provided // all defaults of a group are used together
			}
			if len(of.providers(k)) > 0 || inRaw[k] {
				taken = append(taken, k)
			} else {
				free = append(free, k)
			}
		}
		switch {
		case c.isFixed(d) || len(taken) == 0:
			g.add(d)
		case len(free) > 0:
			errs = append(errs, partialDefaultError(d, taken, free, g.providers(taken[0])))
		}
	}
	return g, errs
}

// probeDefaults reports which values with a default were provided to dig directly.
func (c *Container) probeDefaults() map[key]bool {
	found := make(map[key]bool)
	var unknown []key
	for _, d := range c.substitutes.defaults {
		for _, k := range d.decisive() {
			if _, known := found[k]; !known && k.group == "" && len(c.providers(k)) == 0 && c.provided.values[k] == nil {
				found[k] = false
				unknown = append(unknown, k)
			}
		}
	}
	c.probeAll(unknown, found)
	return found
}
