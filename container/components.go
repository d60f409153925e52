package container

import "slices"

// components finds the parts that are reachable from the given ones through next, and
// calls visit with them, dependencies first. Parts that depend on each other are visited
// together. The algorithm is Tarjan's, without recursion, because a graph may be deeper
// than a stack.
func components(from []*part, next func(*part) []*part, visit func([]*part)) {
	type vertex struct {
		part  *part
		rest  []*part // successors that have not been followed yet
		index int
		low   int // the lowest index reachable from it
		open  bool
	}
	var (
		found = make(map[*part]*vertex)
		path  []*vertex
		open  []*part
	)
	enter := func(p *part) {
		v := &vertex{part: p, rest: next(p), index: len(found), low: len(found), open: true}
		found[p] = v
		path = append(path, v)
		open = append(open, p)
	}
	leave := func(v *vertex) {
		path = path[:len(path)-1]
		if len(path) > 0 {
			parent := path[len(path)-1]
			parent.low = min(parent.low, v.low)
		}
		if v.low < v.index {
			return
		}
		first := len(open) - 1
		for open[first] != v.part {
			first--
		}
		for _, p := range open[first:] {
			found[p].open = false
		}
		visit(open[first:])
		open = open[:first]
	}
	for _, p := range from {
		if found[p] == nil {
			enter(p)
		}
		for len(path) > 0 {
			v := path[len(path)-1]
			if len(v.rest) == 0 {
				leave(v)
				continue
			}
			p := v.rest[0]
			v.rest = v.rest[1:]
			switch w := found[p]; {
			case w == nil:
				enter(p)
			case w.open:
				v.low = min(v.low, w.index)
			}
		}
	}
}

// isLoop reports whether the parts of a component depend on themselves.
func isLoop(component []*part, next func(*part) []*part) bool {
	return len(component) > 1 || slices.Contains(next(component[0]), component[0])
}

// shortestLoop returns the shortest path within a component by which a part leads back to
// itself. The path begins with the part.
func shortestLoop(p *part, component []*part, next func(*part) []*part) []*part {
	within := make(map[*part]bool)
	for _, q := range component {
		within[q] = true
	}
	from := make(map[*part]*part)
	for queue := []*part{p}; len(queue) > 0; queue = queue[1:] {
		for _, q := range next(queue[0]) {
			if !within[q] || from[q] != nil {
				continue
			}
			from[q] = queue[0]
			if q == p {
				var way []*part
				for q := from[p]; q != p; q = from[q] {
					way = append(way, q)
				}
				way = append(way, p)
				slices.Reverse(way)
				return way
			}
			queue = append(queue, q)
		}
	}
	return nil
}
