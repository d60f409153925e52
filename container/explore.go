package container

import "github.com/digcqrs/digcqrs/internal/wiring"

// visit records that the roots need a part, and why.
type visit struct {
	part  *part
	whole bool   // the dependent cannot do without the part
	from  *visit // the visit of the dependent; nil for a root
	root  *visit
	depth int    // the number of visits from the root
	bound string // where a root is bound
}

// explore finds out what the roots need. It goes breadth-first, so that each visit records
// a shortest path from a root to the part.
func (b *compiler) explore(roots []wiring.Root, providers []*constructor) []*visit {
	var visits []*visit
	var visitFor func(from *visit, bound string) func(p *part, whole bool)
	visitFor = func(from *visit, bound string) func(p *part, whole bool) {
		return func(p *part, whole bool) {
			v := &visit{part: p, whole: whole || !p.mayLack(), from: from, bound: bound}
			at := &p.tried
			if v.whole {
				at = &p.wanted
			}
			if *at != nil {
				return
			}
			*at = v
			if p.isGroup() {
				v.needs(visitFor(from, bound)) // needing a group means needing its members
				return
			}
			v.root = v
			if from != nil {
				v.root, v.depth = from.root, from.depth+1
			}
			visits = append(visits, v)
		}
	}
	for i, c := range providers {
		if c != nil {
			visitFor(nil, roots[i].Bound)(b.part(c), true)
		}
	}
	for i := 0; i < len(visits); i++ {
		visits[i].needs(visitFor(visits[i], ""))
	}
	return visits
}

// needs calls visit for each part that is built for the visited one. If something is
// missing for the visited part, and nothing requires that part, needs stops where dig
// stops.
func (v *visit) needs(visit func(p *part, whole bool)) {
	for i := range v.part.needs {
		n, last := &v.part.needs[i], false
		if !v.whole {
			if i > v.part.last {
				return
			}
			last = i == v.part.last
		}
		for _, d := range n.decorators {
			visit(d, !last)
			if last && d.lacking {
				return
			}
		}
		if n.isBuilt() {
			visit(n.provider, !last && !n.isOptional())
		}
	}
}
