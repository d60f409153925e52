package container_test

import (
	"maps"
	"slices"
	"testing"
)

// census counts the graphs that were drawn, and their outcomes in dig.
type census map[string]int

// The forms that a function can have.
var drawnForms = []struct {
	name string
	in   func(*drawnFunc) bool
}{
	{"positional parameter", func(f *drawnFunc) bool {
		return slices.ContainsFunc(f.params, func(p drawnParam) bool { return p.fields == nil })
	}},
	{"variadic", func(f *drawnFunc) bool { return f.variadic != nil }},
	{"dig.In", anyParam(func(p *drawnParam) bool { return p.fields != nil })},
	{"nested dig.In", anyParam(func(p *drawnParam) bool {
		return slices.ContainsFunc(p.fields, func(p drawnParam) bool { return len(p.fields) > 0 })
	})},
	{"name", anyParam(func(p *drawnParam) bool { return p.name != "" })},
	{"optional", anyParam(func(p *drawnParam) bool { return p.optional })},
	{"group", anyParam(func(p *drawnParam) bool { return p.group != "" })},
	{"group as a named slice type", anyParam(func(p *drawnParam) bool { return p.group != "" && p.typ == batchType })},
	{"soft group", anyParam(func(p *drawnParam) bool { return p.soft })},
	{"several results", func(f *drawnFunc) bool {
		n := 0
		f.outputs(func(*drawnResult) { n++ })
		return n > 1
	}},
	{"error result", anyResult(func(r *drawnResult) bool { return r.isError })},
	{"error result before others", func(f *drawnFunc) bool { return f.results[0].isError }},
	{"zero result", anyResult(func(r *drawnResult) bool { return r.null })},
	{"dig.Out", anyResult(func(r *drawnResult) bool { return r.fields != nil })},
	{"nested dig.Out", anyResult(func(r *drawnResult) bool {
		return slices.ContainsFunc(r.fields, func(r drawnResult) bool { return r.fields != nil })
	})},
	{"name in dig.Out", provides(func(f *drawnFunc, r *drawnResult) bool {
		return f.name == "" && r.slots[0].name != ""
	})},
	{"group in dig.Out", provides(func(f *drawnFunc, r *drawnResult) bool {
		return r.slots[0].group != "" && f.group == "" && r.length < 0
	})},
	{"flatten in dig.Out", provides(func(f *drawnFunc, r *drawnResult) bool { return f.group == "" && r.length >= 0 })},
	{"option Name", provides(func(f *drawnFunc, r *drawnResult) bool { return f.name != "" })},
	{"option Group", provides(func(f *drawnFunc, r *drawnResult) bool { return f.group != "" && r.length < 0 })},
	{"option Group with flatten", provides(func(f *drawnFunc, r *drawnResult) bool {
		return f.group != "" && r.length >= 0
	})},
	{"option As", provides(func(f *drawnFunc, r *drawnResult) bool { return f.as != nil })},
	{"options As and Group", provides(func(f *drawnFunc, r *drawnResult) bool { return f.as != nil && f.group != "" })},
	{"decorated value", func(f *drawnFunc) bool {
		return f.decorates && anyOutput(f, func(r *drawnResult) bool { return r.length < 0 })
	}},
	{"decorated group", func(f *drawnFunc) bool {
		return f.decorates && anyOutput(f, func(r *drawnResult) bool { return r.length >= 0 })
	}},
}

// add counts the graph and, if it succeeded in dig, the forms that it uses.
func (c census) add(g *drawnGraph, o outcome) {
	c[string(o.failure)]++
	used := make(map[string]bool)
	for _, made := range o.made {
		for _, of := range made {
			for _, form := range drawnForms {
				if !used[form.name] && form.in(of.trace.by) {
					used[form.name] = true
				}
			}
		}
	}
	for form := range used {
		c[form]++
	}
}

func (c census) log(t *testing.T) {
	for _, k := range slices.Sorted(maps.Keys(c)) {
		t.Logf("%6d %s", c[k], k)
	}
}

func anyParam(is func(*drawnParam) bool) func(*drawnFunc) bool {
	var within func(params []drawnParam) bool
	within = func(params []drawnParam) bool {
		return slices.ContainsFunc(params, func(p drawnParam) bool { return is(&p) || within(p.fields) })
	}
	return func(f *drawnFunc) bool { return within(f.params) }
}

func anyResult(is func(*drawnResult) bool) func(*drawnFunc) bool {
	var within func(results []drawnResult) bool
	within = func(results []drawnResult) bool {
		return slices.ContainsFunc(results, func(r drawnResult) bool { return is(&r) || within(r.fields) })
	}
	return func(f *drawnFunc) bool { return within(f.results) }
}

func anyOutput(f *drawnFunc, is func(*drawnResult) bool) bool {
	found := false
	f.outputs(func(r *drawnResult) { found = found || is(r) })
	return found
}

func provides(is func(*drawnFunc, *drawnResult) bool) func(*drawnFunc) bool {
	return func(f *drawnFunc) bool {
		return !f.decorates && anyOutput(f, func(r *drawnResult) bool { return is(f, r) })
	}
}
