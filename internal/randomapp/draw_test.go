package randomapp_test

import (
	"slices"

	"pgregory.net/rapid"
)

// drawer draws an application. A failing case shrinks towards the choices for false and
// zero, so these are always the simplest ones.
type drawer struct {
	t   *rapid.T
	app *application
	profile
	layers []*layer // that are around some bindings only
	drawn  [kinds][keys]bool
	free   [kinds][keys][]leaf // handlers that are not bound yet
	budget int                 // of messages
	ids    int

	// concurrent has middleware call next, and handlers send, from goroutines of their own.
	// Otherwise goroutines may exit: the mediator cannot return to one of its own.
	concurrent bool
}

// drawApplication is the generator of applications.
var drawApplication = rapid.Custom(func(t *rapid.T) *application {
	d := &drawer{t: t, app: &application{limit: 1000, concurrency: 1}, budget: 20}
	d.profile = pick(d, anything, limits, tries, anything, deliveries, limits, forking, tries)
	d.concurrent = d.profile.forks || d.oneIn(2)
	if d.concurrent && d.oneIn(4) {
		d.app.concurrency = 2 + d.below(4)
	} else {
		d.app.limit = pick(d, d.limits...)
	}
	d.app.strict, d.app.logs, d.app.reports = d.oneIn(16), d.oneIn(2), d.oneIn(3)
	d.upTo(len(buildable), d.layer)
	d.upTo(3, func() { d.app.requests = append(d.app.requests, d.request(0)) })
	d.app.requests = append(d.app.requests, d.request(0))
	return d.app
})

// oneIn returns true in one of n cases; n is a power of two.
func (d *drawer) oneIn(n int) bool {
	for ; n > 1; n /= 2 {
		if !rapid.Bool().Draw(d.t, "") {
			return false
		}
	}
	return true
}

// below returns a number less than n. Unlike the numbers of rapid, small ones are not more likely.
func (d *drawer) below(n int) int {
	number := 0
	for bit := 1; bit < n; bit *= 2 {
		if rapid.Bool().Draw(d.t, "") {
			number += bit
		}
	}
	return number % n
}

func pick[T any](d *drawer, options ...T) T { return options[d.below(len(options))] }

// upTo calls f up to n times. Each call is a group, which rapid can remove.
func (d *drawer) upTo(n int, f func()) {
	one := rapid.Custom(func(t *rapid.T) bool {
		before := d.t
		d.t = t
		defer func() { d.t = before }()
		if d.below(n+1) == 0 {
			return false
		}
		f()
		return true
	})
	for range n {
		if !one.Draw(d.t, "") {
			return
		}
	}
}

func (d *drawer) layer() {
	l := &layer{id: len(d.layers) + len(d.app.layers), around: d.oneIn(d.around)}
	l.built = pick(d, function, singleton, scoped, scoped)
	if l.around && l.built == scoped {
		l.built = function // bootstrap.New rejects it
	}
	if d.oneIn(4) {
		d.layers = append(d.layers, l)
	} else {
		d.app.layers = append(d.app.layers, l)
	}
}

// bindings returns the bindings of a type of message. They are drawn when it is first used.
func (d *drawer) bindings(k kind, key int) []*binding {
	if d.drawn[k][key] {
		return d.app.bindings[k][key]
	}
	d.drawn[k][key] = true
	d.free[k][key] = []leaf{full, bare, some, solo}
	number := 1
	if k == event {
		number = pick(d, d.events...)
	}
	for i := range number {
		b := &binding{kind: k, key: key, index: i, after: k == event && d.oneIn(d.after)}
		b.stored = k == event && !b.after && d.oneIn(4)
		b.target = d.target(&d.free[k][key], 0)
		for _, l := range d.layers {
			if d.oneIn(2) {
				b.layers = append(b.layers, l)
			}
		}
		d.app.bindings[k][key] = append(d.app.bindings[k][key], b)
	}
	return d.app.bindings[k][key]
}

func (d *drawer) target(free *[]leaf, depth int) *target {
	if depth < 2 && len(*free) > 2 && d.oneIn(4) {
		t := &target{rule: pick(d, chain, fallback), when: pick(d, unlessCancelled, always, never, always)}
		t.parts = []*target{d.target(free, depth+1), d.target(free, depth+1)}
		return t
	}
	i := 0
	if !d.oneIn(2) {
		i = d.below(len(*free))
	}
	t := &target{leaf: (*free)[i]}
	*free = slices.Delete(*free, i, i+1)
	return t
}

// request draws a request, or one that a handler begins.
func (d *drawer) request(depth int) *request {
	r := &request{do: pick(d, send, send, publish, run, send, publishTo), take: all}
	switch r.do {
	case publish:
		d.upTo(2, func() { r.events = append(r.events, d.message(event, depth)) })
	case run:
		r.body = d.body(full, noKind, depth, false)
		r.body.ends = append(r.body.ends, none)
	case publishTo:
		r.message = d.message(event, depth)
		if number := len(r.message.routes); number > 0 {
			r.to = d.below(number)
		} else {
			r.do, r.events = publish, []*message{r.message}
		}
	default:
		r.message = d.message(pick(d, command, stream, query, command), depth)
		r.take = d.take(r.message)
		r.panics = depth == 0 && !d.concurrent && d.oneIn(4)
	}
	if depth == 0 {
		r.builds, r.closes = d.requestFaults(), d.requestFaults()
	}
	return r
}

// requestFaults draws the faults of the first constructors, or finalizers, of a request.
func (d *drawer) requestFaults() map[int]fault {
	faults := make(map[int]fault)
	if d.app.concurrency == 1 && d.oneIn(2) {
		d.upTo(2, func() { faults[1+d.below(4)] = d.fault() })
	}
	return faults
}

func (d *drawer) take(m *message) int {
	if m.kind != stream {
		return all
	}
	return pick(d, all, 1, 2, all)
}

// fault draws a fault that can happen anywhere.
func (d *drawer) fault() fault {
	f := failsPlain + fault(d.below(int(commonFaults-failsPlain)))
	switch {
	case d.concurrent && f == exits:
		return failsTyped
	case d.app.concurrency > 1 && (f == cancelled || f == goesOn):
		return failsTyped // which deliveries have begun by then is not defined
	default:
		return f
	}
}
