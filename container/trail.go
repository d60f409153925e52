package container

import (
	"fmt"
	"slices"
	"strings"
)

// A trail is the way from a root to the constructor that lacks something: each
// step needs the next.
type trail []step

type step struct {
	ctor  *constructor
	bound string // of a root, where it is bound
	more  int    // how many steps are left out here
}

// maxSteps is how many steps a trail has at most.
const maxSteps = 8

// trail returns the way from the root to what is visited. If it is long, the
// middle is left out.
func (v *visit) trail() trail {
	t := make(trail, 0, min(v.depth+1, maxSteps))
	for ; v.from != nil && len(t) < maxSteps-2; v = v.from {
		t = append(t, step{ctor: v.part.ctor})
	}
	if v.from != nil {
		t = append(t, step{more: v.depth})
	}
	t = append(t, step{ctor: v.root.part.ctor, bound: v.root.bound})
	slices.Reverse(t)
	return t
}

// stepsOf returns a step for each constructor; of many it leaves out those in
// the middle.
func stepsOf(all []*constructor) trail {
	var t trail
	for i := 0; i < len(all); i++ {
		if more := len(all) - maxSteps; len(t) == maxSteps-2 && more > 0 {
			t = append(t, step{more: more + 1})
			i += more
			continue
		}
		t = append(t, step{ctor: all[i]})
	}
	return t
}

// isRoot reports whether a step is a root that no constructor stands for.
func (s step) isRoot() bool { return s.more == 0 && s.ctor.isStandIn() }

func (s step) String() string {
	switch {
	case s.more > 0:
		return fmt.Sprintf("... %d more ...", s.more)
	case s.isRoot():
		return s.bound
	case s.bound == "":
		return s.ctor.where.String()
	default:
		return s.ctor.where.String() + ", " + s.bound
	}
}

// String writes the trail from its end: "NewTx (tx.go:3), for NewHandler (h.go:9), bound ...".
func (t trail) String() string {
	var b strings.Builder
	for i, s := range slices.Backward(t) {
		switch {
		case i == len(t)-1:
		case s.isRoot():
			b.WriteString(", ")
		default:
			b.WriteString(", for ")
		}
		b.WriteString(s.String())
	}
	return b.String()
}

// isRoot reports whether there are no constructors on the way.
func (t trail) isRoot() bool { return len(t) == 1 && t[0].isRoot() }

// neededBy writes the trail of what it is needed by, or says that it is the root.
func (t trail) neededBy() string {
	if t.isRoot() {
		return t.String()
	}
	return "needed by " + t.String()
}

// forward writes the trail from its start: "NewA (a.go:1) needs NewB (b.go:1) needs ...".
func (t trail) forward() string { return t.join(" needs ") }

func (t trail) join(separator string) string {
	parts := make([]string, len(t))
	for i, s := range t {
		parts[i] = s.String()
	}
	return strings.Join(parts, separator)
}
