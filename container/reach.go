package container

// reach calls visit with what the params ask for, and with all that dig may build
// for it asks for, leaving out what is below that which is built.
func (c *Container) reach(params []*param, isBuilt func(*constructor) bool, visit func(*param)) {
	var unread []*constructor
	seen, seenGroups := make(map[*constructor]bool), make(map[key]bool)
	follow := func(p *constructor) {
		if p != nil && !seen[p] && p.life != scoped && !isBuilt(p) { // dig has a stub for what is scoped
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

// softlyScoped returns an error if the params lead to a soft group with scoped
// members. dig does not meet the stub of such a group, and would leave them out.
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
