package container

import (
	"fmt"
	"slices"
	"strings"
)

// trail is the path from a root to the constructor that lacks something: each step needs
// the next.
type trail []step

type step struct {
	ctor  *constructor
	bound string // where the root is bound, if it is a root
	more  int    // the number of steps omitted here
}

// maxSteps is the maximum number of steps in a trail.
const maxSteps = 8

// trail returns the path from the root to the visited part. The middle of a long path is
// left out.
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

// placesOf returns where constructors were written.
func placesOf(all []*constructor) []location {
	places := make([]location, len(all))
	for i, c := range all {
		places[i] = c.where
	}
	return places
}

// isRoot reports whether a step is a root without a constructor of its own.
func (s step) isRoot() bool { return s.more == 0 && s.ctor.isStandIn() }

func (s step) String() string {
	switch {
	case s.more > 0:
		return fmt.Sprintf("(%d more)", s.more)
	case s.isRoot():
		return s.bound
	case s.bound == "":
		return s.ctor.where.String()
	default:
		return s.ctor.where.String() + ", " + s.bound
	}
}

// String returns the trail from its end: "NewTx (tx.go:3), for NewHandler (h.go:9), bound
// ...".
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

// isRoot reports whether there are no constructors on the path.
func (t trail) isRoot() bool { return len(t) == 1 && t[0].isRoot() }

// neededBy describes what needs the end of the trail, or says that it is the root itself.
func (t trail) neededBy() string {
	if t.isRoot() {
		return t.String()
	}
	return "needed by " + t.String()
}
