package topology

import "strings"

// names shortens names, where that leaves them unambiguous.
type names map[string]string // the full form of each short one; empty if there are several

// newNames returns names for everything that the application mentions.
func newNames(a Application) names {
	n := make(names)
	for _, r := range a.Requests {
		n.add(r.Message)
		n.add(r.Result)
		n.addPlan(r.Plan, r.Middleware)
	}
	for _, e := range a.Events {
		n.add(e.Message)
		for _, s := range e.Subscriptions {
			n.addPlan(s.Plan, s.Middleware)
		}
	}
	for _, c := range a.Components {
		n.add(c.ID)
		n.add(c.Constructor)
		for _, p := range c.Provides {
			n.add(p)
		}
		for _, need := range c.Needs {
			n.add(need.Key)
		}
	}
	return n
}

func (n names) addPlan(p Plan, middleware []Middleware) {
	for _, h := range p.Handlers() {
		n.add(h.Type)
		for _, e := range h.Records {
			n.add(e)
		}
	}
	for _, m := range middleware {
		n.add(m.Name)
	}
}

// add adds the names of which a text consists.
func (n names) add(text string) {
	eachName(text, func(name, _ string) {
		short := withoutPath(name)
		if first, known := n[short]; known && first != name {
			name = ""
		}
		n[short] = name
	})
}

// short returns a text with short names.
func (n names) short(text string) string {
	var b strings.Builder
	eachName(text, func(name, rest string) {
		if short := withoutPath(name); n[short] == name {
			name = short
		}
		b.WriteString(name)
		b.WriteString(rest)
	})
	return b.String()
}

func withoutPath(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// eachName calls visit with each name in a text, and with what comes before the next name: a
// delimiter or a quoted string. The name may be empty.
func eachName(text string, visit func(name, rest string)) {
	for text != "" {
		end := strings.IndexAny(text, "\" []*,(){};")
		if end < 0 {
			end = len(text)
		}
		next := min(end+1, len(text))
		if end < next && text[end] == '"' {
			next += quotedLen(text[next:])
		}
		visit(text[:end], text[end:next])
		text = text[next:]
	}
}

// quotedLen returns the length of a string up to and including its closing quote.
func quotedLen(text string) int {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}
