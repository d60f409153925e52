package randomapp_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

var (
	stepNames = [...]string{
		"record", "send", "publish", "yield", "cancel the context", "call kept nexts", "begin", "fork", "join", "pull",
		"read on",
	}
	requestNames   = [...]string{"request: send", "request: publish", "request: publish to", "request: run"}
	ruleNames      = [...]string{"single", "chain", "fallback"}
	leafNames      = [...]string{"full", "bare", "some", "solo"}
	conditionNames = [...]string{"unless cancelled", "always", "never"}
	reactionNames  = [...]string{"", " (ignore the error)", " (wrap the error)"}
	lifetimeNames  = [...]string{"function", "singleton", "scoped"}
)

func (s stepKind) String() string    { return stepNames[s] }
func (r requestKind) String() string { return requestNames[r] }
func (r rule) String() string        { return ruleNames[r] }

// GoString writes the application for people to read; rapid prints it when a case fails.
func (a *application) GoString() string {
	p := &printer{app: a}
	p.line("event limit %d, event concurrency %d, strict %v, logs %v, reports %v, middleware%s",
		a.limit, a.concurrency, a.strict, a.logs, a.reports, layersText(a.layers))
	for _, b := range a.all() {
		after := ""
		switch {
		case b.stored:
			after = ", durable"
		case b.after:
			after = ", after the scope"
		}
		p.line("%s: b%d is %v%s%s", slots[b.kind][b.key].name, b.index, b.target, layersText(b.layers), after)
	}
	for _, r := range a.requests {
		p.request(r)
	}
	return "\n" + p.String()
}

func layersText(layers []*layer) (text string) {
	for _, l := range layers {
		text += fmt.Sprintf(" l%d(%s", l.id, lifetimeNames[l.built])
		if l.around {
			text += " around scope"
		}
		text += ")"
	}
	return text
}

func (t *target) String() string {
	switch t.rule {
	case chain:
		return fmt.Sprintf("chain%v", t.parts)
	case fallback:
		return fmt.Sprintf("fallback%v %s", t.parts, conditionNames[t.when])
	default:
		return leafNames[t.leaf]
	}
}

// printer writes with an indent.
type printer struct {
	strings.Builder
	app   *application
	depth int
}

func (p *printer) line(format string, args ...any) {
	p.WriteString(strings.Repeat("  ", p.depth))
	fmt.Fprintf(p, format, args...)
	p.WriteByte('\n')
}

func (p *printer) within(f func()) {
	p.depth++
	f()
	p.depth--
}

func (p *printer) request(r *request) {
	switch r.do {
	case publish:
		p.line("%v", r.do)
	case run:
		p.line("%v", r.do)
		p.body(r.body)
	case publishTo:
		p.message(fmt.Sprintf("%v b%d", r.do, r.to), r.message)
	default:
		p.message(r.do.String()+taking(r.message, r.take, r.panics), r.message)
	}
	p.within(func() {
		for _, e := range r.events {
			p.message("event", e)
		}
		p.faults("constructor", r.builds)
		p.faults("finalizer", r.closes)
	})
}

func (p *printer) faults(of string, faults map[int]fault) {
	for _, n := range slices.Sorted(maps.Keys(faults)) {
		p.line("%s %d of the request: %v", of, n, faults[n])
	}
}

func taking(m *message, take int, panics bool) string {
	switch {
	case m.kind != stream || take == all:
		return ""
	case panics:
		return fmt.Sprintf(" (panic after %d items)", take)
	default:
		return fmt.Sprintf(" (break after %d items)", take)
	}
}

func (p *printer) message(how string, m *message) {
	p.line("%s m%d, %s", how, m.id, slots[m.kind][m.key].name)
	p.within(func() {
		for i, r := range m.routes {
			layers, _ := p.app.chain(p.app.bound(m)[i])
			for j, acts := range r.acts {
				if len(acts) > 0 {
					p.line("l%d: %v", layers[j].id, acts)
				}
			}
			for l, b := range r.bodies {
				if b != nil && (len(b.steps) > 0 || len(b.ends) > 0 || b.ignores) {
					p.line("handler b%d/%d", i, l)
					p.body(b)
				}
			}
		}
	})
}

func (a act) String() string {
	text := a.do.String()
	if a.late {
		text += " at an item"
	}
	if a.do.fails() {
		text += fmt.Sprintf(" (%v)", a.fault)
	}
	return text
}

func (p *printer) body(b *body) {
	p.within(func() {
		for _, s := range b.steps {
			then := reactionNames[s.then]
			if s.value {
				then = " (through the scoped value)" + then
			}
			switch {
			case s.request != nil:
				p.line("%v%s", s.do, then)
				p.within(func() { p.request(s.request) })
			case s.message != nil:
				p.message(s.do.String()+taking(s.message, s.take, false)+then, s.message)
			default:
				p.line("%v", s.do)
			}
		}
		if b.ignores {
			p.line("yields again after the end")
		}
		if len(b.ends) > 0 {
			p.line("ends with %v, early %v", b.ends, b.early)
		}
	})
}
