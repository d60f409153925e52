package container

import "slices"

// substitutes are the constructors of ProvideDefault and Replace. dig cannot take back what
// it was given, so Invoke and Compile first determine which of them are used, and then pass
// those to dig. Until dig may have built something, a container that does not share dig
// simply makes another without the constructors that are replaced.
type substitutes struct {
	defaults     []*constructor
	replacements []*constructor
	replaced     map[key]*constructor // the first replacement of each key
	idle         []*constructor       // replacements that have nothing to replace so far
	changed      bool                 // since it was last determined what is in effect
	started      bool                 // dig may have built something
}

// role is the method that provided a constructor.
type role int

const (
	provided role = iota
	fallback
	replacement
)

func (r role) String() string { return [...]string{"Provide", "ProvideDefault", "Replace"}[r] }

// decisive returns the keys that decide whether a default is used, and what a replacement
// replaces: its values or, if it provides only members of groups, the groups.
func (c *constructor) decisive() []key {
	var values, groups []key
	for _, k := range c.provides() {
		switch {
		case k.group == "":
			values = append(values, k)
		case !slices.Contains(groups, k):
			groups = append(groups, k)
		}
	}
	if len(values) > 0 {
		return values
	}
	return groups
}

// isFixed reports whether dig has a constructor for good.
func (c *Container) isFixed(ctor *constructor) bool {
	return c.inDig[ctor] && (c.substitutes.started || c.newDig == nil)
}

// rejection is a constructor in effect that dig rejects.
type rejection struct {
	ctor *constructor
	err  error
}

// substitute determines what is in effect, and passes to dig what it does not have yet. It
// returns what is wrong with defaults and replacements or, if that is nothing, what dig rejects.
func (c *Container) substitute() (errs []error, rejected []rejection) {
	s := &c.substitutes
	if !s.changed || len(s.defaults)+len(s.replacements) == 0 {
		return nil, nil
	}
	g, errs := c.withDefaults()
	g, more := c.withReplacements(g)
	c.graph = g
	if errs = append(errs, more...); len(errs) == 0 {
		rejected = c.giveAll()
	}
	s.changed = len(errs)+len(rejected) > 0
	return errs, rejected
}

// giveAll passes to dig the constructors that are in effect.
func (c *Container) giveAll() (rejected []rejection) {
	if c.newDig != nil && !c.substitutes.started {
		c.dig, c.deferred = c.newDig(), true
		clear(c.inDig)
		clear(c.armed)
	}
	for _, ctor := range c.ctors {
		if c.inDig[ctor] {
			continue
		}
		if err := guardDig(func() error { return c.give(ctor) }); err != nil {
			rejected = append(rejected, rejection{ctor, refusedError(ctor.role.String(), ctor.where, err)})
		}
	}
	return rejected
}

// checkSubstitutes returns an error if Provide must not accept a constructor, for a reason
// that dig does not know: it does not have the constructors that are replaced, and a
// default is in use.
func (c *Container) checkSubstitutes(ctor *constructor) error {
	replaced := c.isReplaced(ctor)
	for _, k := range ctor.provides() {
		used := c.providers(k) // of a group, all are defaults or none is
		if len(used) > 0 && used[0].role == fallback && c.isFixed(used[0]) {
			return usedDefaultError(k, used[0])
		}
		if first := c.provided.values[k]; first != nil && (replaced || !c.inDig[first]) {
			return duplicateError(k, first, nil)
		}
	}
	return nil
}
