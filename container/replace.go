package container

import (
	"slices"

	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// Replace is like [Container.Provide] for a constructor that takes the place of those that
// provide the same type and name, for tests and for environments that differ in a few
// values. What it replaces never runs, whether it is a singleton, scoped or a handler, and
// may be provided before or after the call. The lifetime is that of the replacement's own
// options. Decorators of the value decorate the replacement.
//
// A replacement of a value group, such as dig.Group("plugins"), replaces all members. If
// there are several, their members form the group.
//
// A constructor with several results is replaced as a whole, by one replacement or several.
// Otherwise, and if a replacement provides a value that nothing else provides, bootstrap.New
// returns an [*Error] with the reason [ErrReplace], and builds nothing. A replacement that
// provides values may also provide the members of groups that the replaced constructor
// provided.
//
// Replace rejects a second replacement of a value, and a replacement of what dig has
// already received for good: everything that was provided before the first Invoke or
// bootstrap.New or, in a container that was made with [Wrap], before the call of Replace.
// There, value groups cannot be replaced.
func (c *Container) Replace(ctor any, opts ...dig.ProvideOption) error {
	if c == nil || c.dig == nil {
		return nilContainerError()
	}
	return c.accept(call{name: "Replace", kind: "constructor", at: errtext.Caller()}, ctor, func(l *location) error {
		return c.replace(ctor, opts, l)
	})
}

func (c *Container) replace(fn any, opts []dig.ProvideOption, at *location) error {
	r, err := c.read(fn, opts, at)
	if err != nil {
		return err
	}
	s := &c.substitutes
	keys := r.decisive()
	for _, k := range keys {
		switch first := s.replaced[k]; {
		case k.group != "" && c.newDig == nil:
			return wrappedGroupError(k)
		case first != nil && k.group == "":
			return secondReplacementError(k, first)
		case first == nil:
			if err := c.checkReplaceable(k); err != nil {
				return err
			}
		}
	}
	r.role = replacement
	for _, k := range keys {
		if s.replaced[k] == nil {
			s.replaced[k] = r
		}
	}
	s.replacements = append(s.replacements, r)
	s.changed = true
	return nil
}

// checkReplaceable returns an error if dig has a key for good.
func (c *Container) checkReplaceable(k key) error {
	for _, g := range []*graph{c.provided, c.graph} {
		for _, p := range g.providers(k) {
			if c.isFixed(p) {
				return fixedError(k, p, c.newDig == nil)
			}
		}
	}
	if k.group == "" && len(c.providers(k)) == 0 && c.provided.values[k] == nil && c.probe(k) {
		return rawReplaceError(k)
	}
	return nil
}

// isReplaced reports whether a constructor provides something that has a replacement.
func (c *Container) isReplaced(ctor *constructor) bool {
	return len(c.substitutes.replaced) > 0 &&
		slices.ContainsFunc(ctor.provides(), func(k key) bool { return c.substitutes.replaced[k] != nil })
}

// withReplacements returns a graph in which the replacements are in place of what they
// replace, and keeps those that have nothing to replace so far. If it fails, it returns the
// graph unchanged.
func (c *Container) withReplacements(g *graph) (*graph, []error) {
	s := &c.substitutes
	s.idle = nil
	var errs []error
	var active, targets []*constructor
	by := make(map[*constructor][]*constructor) // the replacements of each target
	searched := make(map[key]bool)
	for _, r := range s.replacements {
		var found, absent []key
		for _, k := range r.decisive() {
			all := g.providers(k)
			if len(all) == 0 {
				absent = append(absent, k)
				continue
			}
			found = append(found, k)
			if searched[k] {
				continue
			}
			searched[k] = true
			for _, p := range all {
				if by[p] == nil {
					targets = append(targets, p)
				}
				by[p] = append(by[p], r)
			}
		}
		switch {
		case c.isFixed(r) || len(absent) == 0:
			active = append(active, r)
		case len(found) == 0:
			s.idle = append(s.idle, r)
		default:
			errs = append(errs, extraReplacementError(r, found, absent))
		}
	}
	dropped := make(map[*constructor]bool)
	for _, p := range targets {
		dropped[p] = true
		if left := c.notReplaced(p, by[p]); len(left) > 0 {
			errs = append(errs, partialReplacementError(p, by[p][0], left))
		}
	}
	if len(errs) > 0 {
		return g, errs
	}
	return g.without(dropped, active), nil
}

// notReplaced returns what none of the replacements of a constructor provides.
func (c *Container) notReplaced(p *constructor, by []*constructor) (left []key) {
	for _, k := range p.provides() {
		if c.substitutes.replaced[k] != nil || slices.Contains(left, k) {
			continue
		}
		if !slices.ContainsFunc(by, func(r *constructor) bool { return slices.Contains(r.provides(), k) }) {
			left = append(left, k)
		}
	}
	return left
}

// idleReplacements returns an error for each replacement that has nothing to replace.
func (b *compiler) idleReplacements() (errs []error) {
	for _, r := range b.container.substitutes.idle {
		k := r.decisive()[0]
		switch {
		case k.group != "":
			errs = append(errs, idleReplacementError(r, b.suggestGroups(k)))
		case b.container.probe(k):
			errs = append(errs, refusedError(replacement.String(), r.where, rawReplaceError(k)))
		default:
			errs = append(errs, idleReplacementError(r, b.suggest(k)))
		}
	}
	return errs
}
