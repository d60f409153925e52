package container

// reach calls visit with the params, and with the params of everything that dig may build
// for them, except for the dependencies of values that are already built.
func (c *Container) reach(params []*param, isBuilt func(*constructor) bool, visit func(*param)) {
	var unread []*constructor
	seen, seenGroups := make(map[*constructor]bool), make(map[key]bool)
	follow := func(p *constructor) {
		if p != nil && !seen[p] && p.life != scoped && !isBuilt(p) { // for scoped values dig has a stub
			seen[p] = true
			unread = append(unread, p)
		}
	}
	read := func(leaf *param) {
		visit(leaf)
		for _, d := range c.decoratorsInDig(leaf.key) {
			follow(d)
		}
		follow(c.values[leaf.key])
		if leaf.isGroup() && !leaf.soft && !seenGroups[leaf.key] {
			seenGroups[leaf.key] = true
			for _, p := range c.groups[leaf.key] {
				follow(p)
			}
		}
	}
	for _, p := range params {
		p.leaves(read)
	}
	for len(unread) > 0 {
		p := unread[len(unread)-1]
		unread = unread[:len(unread)-1]
		p.leaves(read)
	}
}

// softlyScoped returns an error if the params lead to a soft group with scoped members.
// dig does not run the stub of such a group, and would leave the members out.
func (c *Container) softlyScoped(params []*param) (err error) {
	if len(c.armed) == 0 {
		return nil
	}
	c.reach(params, nothing, func(leaf *param) {
		if err == nil && leaf.soft && c.isScoped(leaf.key) {
			err = scopedGroupError(leaf.key)
		}
	})
	return err
}
