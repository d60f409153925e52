package topology

func (d *diff) component(old, new *Component) {
	switch {
	case new == nil && old.Kind == Decorator:
		d.add(ComponentChanged, old.ID, lost, "%s no longer decorates %s", old.Constructor, list(old.Provides))
		return
	case old == nil && new.Kind == Decorator:
		d.add(ComponentChanged, new.ID, kept, "%s decorates %s now", new.Constructor, list(new.Provides))
		return
	case old == nil || new == nil: // what it is for has changed too
		return
	}
	if old.Lifetime != new.Lifetime {
		d.add(ComponentChanged, new.ID, kept, "%s became %s, and was %s", new.ID, new.Lifetime, old.Lifetime)
	}
	if withoutNumber(old.Constructor) != withoutNumber(new.Constructor) && old.Constructor != "" && new.Constructor != "" {
		d.add(ComponentChanged, new.ID, kept, "%s is made by %s now, and was by %s", new.ID, new.Constructor, old.Constructor)
	}
	if old.Source != new.Source || old.Kind != new.Kind {
		d.add(ComponentChanged, new.ID, kept, "%s comes from a %s now, and came from a %s", new.ID, origin(*new), origin(*old))
	}
	switch {
	case old.Finalizer && !new.Finalizer:
		d.add(ComponentChanged, new.ID, lost, "%s no longer has a finalizer", new.ID)
	case new.Finalizer && !old.Finalizer:
		d.add(ComponentChanged, new.ID, kept, "%s has a finalizer now", new.ID)
	}
	gone, added, _ := lists(needs(*old), needs(*new))
	if new.Kind == Group {
		if len(gone) > 0 {
			d.add(ComponentChanged, new.ID, lost, "%s lost its members %s", new.ID, list(gone))
		}
		if len(added) > 0 {
			d.add(ComponentChanged, new.ID, kept, "%s also has the members %s now", new.ID, list(added))
		}
		return
	}
	if len(gone) > 0 {
		d.add(ComponentChanged, new.ID, kept, "%s no longer needs %s", new.ID, list(gone))
	}
	if len(added) > 0 {
		d.add(ComponentChanged, new.ID, kept, "%s needs %s now", new.ID, list(added))
	}
	was := make(map[string]Need)
	for _, n := range old.Needs {
		was[n.Key] = n
	}
	for _, n := range new.Needs {
		switch first, same := was[n.Key]; {
		case !same:
		case first.Component != "" && n.Component == "":
			d.add(ComponentChanged, new.ID, lost, "%s does without %s now, which nothing provides", new.ID, n.Key)
		case first.Component == "" && n.Component != "":
			d.add(ComponentChanged, new.ID, kept, "%s receives %s now, which nothing provided", new.ID, n.Key)
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
