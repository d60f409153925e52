package randomapp_test

// message draws a message and what happens to it.
func (d *drawer) message(k kind, depth int) *message { return d.messageFor(k, depth, false) }

// messageFor is message. If pulled, it is that of a stream that iter.Pull reads, whose
// items cannot come from another goroutine.
func (d *drawer) messageFor(k kind, depth int, pulled bool) *message {
	d.budget--
	d.ids++
	m := &message{id: d.ids, kind: k, key: d.below(keys)}
	for _, b := range d.bindings(k, m.key) {
		r := &route{}
		m.routes = append(m.routes, r)
		d.routeActs(r, b, pulled)
		d.bodies(r, b.target, k, depth, false)
	}
	return m
}

// routeActs draws what the middleware around a handler do. Within one that ends while next
// runs, none calls next again: whether that would be too late depends on the scheduler.
func (d *drawer) routeActs(r *route, b *binding, pulled bool) {
	layers, outside := d.app.chain(b)
	left := -1
	for i := range layers {
		var acts []act
		for len(acts) < 2 && d.oneIn(d.acts) {
			a := act{do: d.action(b.kind, pulled), fault: d.fault()}
			if left >= 0 && (left < outside) == (i < outside) && a.do.isRepeated() {
				a.do = passes
			}
			if a.do.leaves() {
				left, a.late = i, b.kind == stream && d.oneIn(2)
			}
			acts = append(acts, a)
		}
		r.acts = append(r.acts, acts)
	}
}

func (d *drawer) action(k kind, pulled bool) action {
	a := pick(d, d.actions...)
	switch {
	case a == usesKept && d.app.concurrency > 1:
		return passes
	case (a == callsAtOnce || a.leaves()) && (!d.concurrent || pulled):
		return keepsNext
	case a == callsAtOnce && k == stream: // the second call may come before or after an item
		return leavesNext
	default:
		return a
	}
}

// bodies draws the bodies of the handlers of a target. If mayPass, they are part of a chain.
func (d *drawer) bodies(r *route, t *target, k kind, depth int, mayPass bool) {
	if t.rule == single {
		r.bodies[t.leaf] = d.body(t.leaf, k, depth, mayPass)
	}
	for _, part := range t.parts {
		d.bodies(r, part, k, depth, t.rule == chain && part.rule == single)
	}
}

func (d *drawer) body(l leaf, k kind, depth int, mayPass bool) *body {
	b := &body{}
	d.upTo(4, func() {
		if s, ok := d.step(l, k, depth+1); ok {
			b.steps = append(b.steps, s)
		}
	})
	switch {
	case mayPass && d.oneIn(2):
		b.ends = append(b.ends, passesOn)
	case k == stream && d.oneIn(32):
		b.ends = append(b.ends, nilStream)
	default:
		for len(b.ends) < 2 && d.oneIn(d.faults) {
			b.ends = append(b.ends, d.fault())
		}
	}
	b.early = k == stream && len(b.ends) > 0 && d.oneIn(4)
	b.ignores = k == stream && d.oneIn(16)
	return b
}

// step draws a step, if the handler can do it.
func (d *drawer) step(l leaf, k kind, depth int) (step, bool) {
	s := step{do: pick(d, d.steps...), take: all, then: pick(d, d.then...)}
	s.value = l == full && k != noKind && !d.concurrent && d.oneIn(2)
	sends := d.budget > 0 && depth < 6
	switch s.do {
	case records:
		if !sends || l == solo || k == noKind {
			return s, false
		}
		s.message = d.message(event, depth)
	case publishes:
		if !sends || l != full {
			return s, false
		}
		s.message = d.message(event, depth)
	case yields:
		return s, k == stream
	case cancels, callsLate, joins, reads: // what they do depends on the order
		return s, d.app.concurrency == 1
	case begins:
		if !sends {
			return s, false
		}
		s.request = d.request(depth)
	case forks:
		if !sends || l != full || !d.concurrent {
			return s, false
		}
		s.message = d.message(pick(d, command, query), depth)
	case pulls:
		if !sends || l != full || !d.concurrent {
			return s, false
		}
		s.message = d.messageFor(stream, depth, true)
		s.take = 1 + d.below(2)
	default:
		if !sends || l != full {
			return s, false
		}
		s.message = d.message(pick(d, command, query, stream, command), depth)
		s.take = d.take(s.message)
	}
	return s, true
}
