package container

// sort finds the parts that the roots need, dependencies first, and determines which of
// them cannot be built because something is missing or because they depend on themselves.
func (b *compiler) sort(roots []*constructor) {
	var from, all []*part
	for _, c := range roots {
		if c != nil {
			from = append(from, b.part(c))
		}
	}
	for _, c := range b.container.ctors {
		p := b.part(c)
		all = append(all, p)
		if c.life == scoped { // report cycles even if no handler needs the constructor
			from = append(from, p)
		}
	}
	b.readNeeds()
	components(all, (*part).providers, func(component []*part) {
		if isLoop(component, (*part).providers) {
			b.refuseLoop(component, (*part).providers)
		}
	})
	for again := true; again; {
		again = false
		b.sorted = b.sorted[:0]
		components(from, (*part).dependencies, func(component []*part) {
			if isLoop(component, (*part).dependencies) {
				again = b.decoratorLoop(component) || again
			}
			b.findLacking(component)
			b.sorted = append(b.sorted, component...)
		})
	}
}

// decoratorLoop examines parts that depend on themselves through a decorator. dig accepts
// this: whatever asks for a value while its decorator runs receives the value undecorated.
// So the decorator may make dig build the decorated value without asking for it.
// decoratorLoop reports whether there is now more to build.
func (b *compiler) decoratorLoop(component []*part) (more bool) {
	for _, p := range component {
		if p.looped {
			return false // it is refused
		}
	}
	for _, p := range component {
		if !b.isSingleton(p) {
			b.refuseLoop(component, (*part).dependencies)
			return false
		}
	}
	for _, p := range component {
		if p.knotted {
			continue
		}
		p.knotted = true
		if p.ctor == nil || !p.ctor.decorates {
			continue
		}
		for i := range p.ctor.results {
			if n := b.need(p.ctor, p.ctor.results[i].asParam()); n.provider != nil {
				p.needs = append(p.needs, n)
				more = true
			}
		}
	}
	b.readNeeds()
	return more
}

// findLacking determines which parts of a component lack something. Everything that they
// need outside the component is known.
func (b *compiler) findLacking(component []*part) {
	for again := true; again; {
		again = false
		for _, p := range component {
			if !p.lacking && !p.looped && p.isLacking() {
				p.lacking = true
				again = len(component) > 1
			}
		}
	}
}

// isLacking reports whether a part cannot be built because something is missing, and
// records how far dig gets: it begins only if everything that a constructor itself asks
// for has a provider.
func (p *part) isLacking() bool {
	p.last = -1
	for i := range p.needs {
		if p.needs[i].missing {
			return true
		}
	}
	for i := range p.needs {
		if p.needs[i].isLacking() {
			p.last = i
			return true
		}
	}
	return false
}

// refuseLoop reports parts that depend on themselves.
func (b *compiler) refuseLoop(component []*part, next func(*part) []*part) {
	var constructors []*part
	for _, p := range component {
		p.looped = true
		if p.ctor != nil {
			constructors = append(constructors, p)
		}
	}
	// Finding the shortest of all cycles would take too long.
	var shortest []*constructor
	for _, p := range constructors[:min(len(constructors), 10)] {
		var way []*constructor
		for _, q := range shortestLoop(p, component, next) {
			if q.ctor != nil {
				way = append(way, q.ctor)
			}
		}
		if shortest == nil || len(way) < len(shortest) {
			shortest = way
		}
	}
	b.report(cycleError(append(shortest, shortest[0]), len(constructors)-len(shortest)))
}
