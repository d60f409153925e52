package topology

import (
	"cmp"
	"slices"
	"strings"
)

// components compares the components that provide the same, whatever their IDs are. Except for decorators, one
// that has no counterpart is no change: what it is for has changed too.
func (d *diff) components(old, new []Component) {
	type pair struct{ old, new *Component }
	compared := make(map[pair]bool)
	paired := make(map[*Component]bool)
	before, after := provisions(old), provisions(new)
	pairs(before, after, func(p provision) string { return p.key }, func(first, p provision) {
		both := pair{first.by, p.by}
		if compared[both] {
			return
		}
		compared[both], paired[first.by], paired[p.by] = true, true, true
		name := p.by.ID
		if first.by.ID != name && slices.Contains(p.by.Provides, p.key) {
			name = p.key
		}
		d.component(name, *first.by, *p.by)
	})
	for i, c := range old {
		if c.Kind == Decorator && !paired[&old[i]] {
			d.add(ComponentChanged, c.ID, lost, "%s no longer decorates %s", c.Constructor, list(c.Provides))
		}
	}
	for i, c := range new {
		if c.Kind == Decorator && !paired[&new[i]] {
			d.add(ComponentChanged, c.ID, kept, "%s decorates %s now", c.Constructor, list(c.Provides))
		}
	}
}

// provision is one of the things that a component provides.
type provision struct {
	key string
	by  *Component
}

// provisions returns what components provide, sorted.
func provisions(components []Component) (all []provision) {
	for i := range components {
		c := &components[i]
		if c.Kind == Group || len(c.Provides) == 0 {
			all = append(all, provision{c.ID, c})
			continue
		}
		for _, key := range c.Provides {
			switch { // several components can have this key
			case c.Kind == Decorator:
				key += " decorated by " + withoutNumber(c.Constructor)
			case strings.Contains(key, "[group="):
				key += " from " + withoutNumber(c.Constructor)
			}
			all = append(all, provision{key, c})
		}
	}
	slices.SortStableFunc(all, func(a, b provision) int {
		return cmp.Or(strings.Compare(a.key, b.key), strings.Compare(a.by.ID, b.by.ID))
	})
	return all
}

// component compares two components that provide the same. The name stands for both of them.
func (d *diff) component(name string, old, new Component) {
	if new.Kind == Decorator {
		gone, added, _ := lists(old.Provides, new.Provides)
		if len(gone) > 0 {
			d.add(ComponentChanged, name, lost, "%s no longer decorates %s", new.Constructor, list(gone))
		}
		if len(added) > 0 {
			d.add(ComponentChanged, name, kept, "%s also decorates %s now", new.Constructor, list(added))
		}
	}
	if old.Lifetime != new.Lifetime {
		d.add(ComponentChanged, name, kept, "%s became %s, and was %s", name, new.Lifetime, old.Lifetime)
	}
	if withoutNumber(old.Constructor) != withoutNumber(new.Constructor) && old.Constructor != "" && new.Constructor != "" {
		d.add(ComponentChanged, name, kept, "%s is made by %s now, previously by %s", name, new.Constructor, old.Constructor)
	}
	if old.Source != new.Source || old.Kind != new.Kind {
		d.add(ComponentChanged, name, kept, "%s comes from a %s now, and came from a %s", name, origin(new), origin(old))
	}
	switch {
	case old.Finalizer && !new.Finalizer:
		d.add(ComponentChanged, name, lost, "%s no longer has a finalizer", name)
	case new.Finalizer && !old.Finalizer:
		d.add(ComponentChanged, name, kept, "%s has a finalizer now", name)
	}
	gone, added, _ := lists(needs(old), needs(new))
	if new.Kind == Group {
		if len(gone) > 0 {
			d.add(ComponentChanged, name, lost, "%s lost its members %s", name, list(gone))
		}
		if len(added) > 0 {
			d.add(ComponentChanged, name, kept, "%s also has the members %s now", name, list(added))
		}
		return
	}
	if len(gone) > 0 {
		d.add(ComponentChanged, name, kept, "%s no longer needs %s", name, list(gone))
	}
	if len(added) > 0 {
		d.add(ComponentChanged, name, kept, "%s needs %s now", name, list(added))
	}
	was := make(map[string]Need)
	for _, n := range old.Needs {
		was[n.Key] = n
	}
	for _, n := range new.Needs {
		switch first, same := was[n.Key]; {
		case !same:
		case first.Component != "" && n.Component == "":
			d.add(ComponentChanged, name, lost, "%s does without %s now, which nothing provides", name, n.Key)
		case first.Component == "" && n.Component != "":
			d.add(ComponentChanged, name, kept, "%s receives %s now, which nothing provided", name, n.Key)
		}
	}
}

// origin says where a component comes from.
func origin(c Component) string {
	if c.Source != "" {
		return string(c.Source) + " " + string(c.Kind)
	}
	return string(c.Kind)
}

// needs returns what a component needs: the keys or, of a value group, the members.
func needs(c Component) (all []string) {
	for _, n := range c.Needs {
		if c.Kind == Group {
			all = append(all, n.Component)
		} else {
			all = append(all, n.Key)
		}
	}
	return all
}
