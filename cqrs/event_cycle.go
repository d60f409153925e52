package cqrs

import (
	"reflect"
	"slices"
)

// cycles reports cycles of events, one for each group of events that lead to one another.
func (s *emissions) cycles() (errs []error) {
	f := &cycleFinder{emissions: s, index: make(map[reflect.Type]int), low: make(map[reflect.Type]int),
		group: make(map[reflect.Type]int)}
	groups := make(map[int][]reflect.Type)
	var order []int
	for _, event := range s.events {
		if f.index[event] == 0 {
			f.visit(event)
		}
		g := f.group[event]
		if groups[g] == nil {
			order = append(order, g)
		}
		groups[g] = append(groups[g], event)
	}
	for _, g := range order {
		if path, by := f.cycle(groups[g][0]); path != nil {
			errs = append(errs, eventCycleError(path, by, without(groups[g], path)))
		}
	}
	return errs
}

// without returns the types that are not in a path.
func without(types, path []reflect.Type) (others []reflect.Type) {
	in := make(map[reflect.Type]bool)
	for _, t := range path {
		in[t] = true
	}
	for _, t := range types {
		if !in[t] {
			others = append(others, t)
		}
	}
	return others
}

// cycleFinder finds the strongly connected groups of the graph, with Tarjan's algorithm.
type cycleFinder struct {
	*emissions
	index, low map[reflect.Type]int // index counts from 1
	group      map[reflect.Type]int // 0 while a node is on the stack
	stack      []reflect.Type
	groups     int
}

func (f *cycleFinder) visit(t reflect.Type) {
	n := len(f.index) + 1
	f.index[t], f.low[t] = n, n
	f.stack = append(f.stack, t)
	for _, to := range f.next[t] {
		switch {
		case f.index[to.event] == 0:
			f.visit(to.event)
			f.low[t] = min(f.low[t], f.low[to.event])
		case f.group[to.event] == 0:
			f.low[t] = min(f.low[t], f.index[to.event])
		}
	}
	if f.low[t] != n {
		return
	}
	f.groups++
	for last := reflect.Type(nil); last != t; {
		last = f.stack[len(f.stack)-1]
		f.stack = f.stack[:len(f.stack)-1]
		f.group[last] = f.groups
	}
}

// cycle returns the shortest cycle from an event to itself, without interfaces, and who emits each
// event after the first. It returns nil if there is none.
func (f *cycleFinder) cycle(start reflect.Type) (path []reflect.Type, by []emitter) {
	type step struct {
		from reflect.Type
		by   emitter
	}
	steps := make(map[reflect.Type]step)
	for queue := []reflect.Type{start}; len(queue) > 0 && steps[start].from == nil; queue = queue[1:] {
		for _, to := range f.next[queue[0]] {
			if _, known := steps[to.event]; !known && f.group[to.event] == f.group[start] {
				steps[to.event] = step{queue[0], to.by}
				queue = append(queue, to.event)
			}
		}
	}
	if steps[start].from == nil {
		return nil, nil
	}
	for at := start; ; {
		if s := steps[at]; at.Kind() != reflect.Interface {
			path, by = append(path, at), append(by, s.by)
		}
		at = steps[at].from
		if at == start {
			break
		}
	}
	slices.Reverse(path)
	slices.Reverse(by)
	return append([]reflect.Type{start}, path...), by
}
