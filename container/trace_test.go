package container_test

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

var errDrawn = errors.New("a drawn constructor fails")

// world is one run of a graph: the calls and their results.
type world struct {
	calls   []string       // of constructors, as they happened
	runs    map[string]int // how often each constructor ran
	numbers []*trace       // a drawnNumber is an index here
}

func newWorld() *world { return &world{runs: make(map[string]int), numbers: make([]*trace, 1)} }

// ran returns the constructors that ran, sorted.
func (w *world) ran() []string { return slices.Sorted(maps.Keys(w.runs)) }

// trace records how a value was made: by which result of which run of which
// function, and from which other values.
type trace struct {
	by     *drawnFunc
	run    int
	result int
	args   []argument
}

// argument is the value that a function received for one of its params.
type argument struct {
	group, soft bool
	traces      []*trace
}

// fn returns the function of the graph that takes part in the world.
func (w *world) fn(f *drawnFunc) any {
	return reflect.MakeFunc(f.typ(), func(in []reflect.Value) []reflect.Value { return w.call(f, in) }).Interface()
}

func (w *world) call(f *drawnFunc, in []reflect.Value) []reflect.Value {
	w.calls = append(w.calls, f.id)
	w.runs[f.id]++
	m := maker{world: w, by: f, run: w.runs[f.id]}
	if f.variadic != nil {
		m.args = append(m.args, w.argument(&drawnParam{slot: slot{group: "variadic"}}, in[len(in)-1]))
		in = in[:len(in)-1]
	}
	for i := range f.params {
		m.read(&f.params[i], in[i])
	}
	out := make([]reflect.Value, len(f.results))
	failing := f.fails
	for i := range f.results {
		out[i] = m.make(&f.results[i])
		if failing && f.results[i].isError {
			out[i] = reflect.ValueOf(&errDrawn).Elem()
			failing = false
		}
	}
	return out
}

// maker makes the results of one call.
type maker struct {
	*world
	by      *drawnFunc
	run     int
	args    []argument
	members map[slot]reflect.Value // of the groups among the arguments
	made    int
}

func (m *maker) read(p *drawnParam, v reflect.Value) {
	if p.fields == nil {
		m.args = append(m.args, m.argument(p, v))
		if p.group != "" && !p.soft {
			if m.members == nil {
				m.members = make(map[slot]reflect.Value)
			}
			m.members[p.slot] = v
		}
		return
	}
	for i := range p.fields {
		m.read(&p.fields[i], v.Field(i+1)) // after the embedded dig.In
	}
}

func (w *world) argument(p *drawnParam, v reflect.Value) argument {
	if p.group == "" {
		return argument{traces: []*trace{w.traceOf(v)}}
	}
	a := argument{group: true, soft: p.soft}
	for i := range v.Len() {
		a.traces = append(a.traces, w.traceOf(v.Index(i)))
	}
	return a
}

func (m *maker) make(r *drawnResult) reflect.Value {
	v := reflect.New(r.typ).Elem()
	switch {
	case r.isError || r.null:
	case r.fields != nil:
		for i := range r.fields {
			v.Field(i + 1).Set(m.make(&r.fields[i]))
		}
	case r.length >= 0:
		if had, ok := m.members[r.slots[0]]; ok && r.keep {
			for i := range had.Len() {
				v = reflect.Append(v, had.Index(i))
			}
		}
		for range r.length {
			v = reflect.Append(v, m.value(r.typ.Elem()))
		}
	default:
		v.Set(m.value(r.typ))
	}
	return v
}

func (m *maker) value(t reflect.Type) reflect.Value {
	tr := &trace{by: m.by, run: m.run, result: m.made, args: m.args}
	m.made++
	switch t {
	case alphaType, readerType, writerType:
		return reflect.ValueOf(&drawnAlpha{tr})
	case betaType:
		return reflect.ValueOf(&drawnBeta{tr})
	case gammaType:
		return reflect.ValueOf(drawnGamma{tr})
	case numberType:
		m.numbers = append(m.numbers, tr)
		return reflect.ValueOf(drawnNumber(len(m.numbers) - 1))
	case thunkType:
		return reflect.ValueOf(drawnThunk(func() *trace { return tr }))
	case batchType:
		return reflect.ValueOf(drawnBatch{{tr}})
	case rootTypes[0]:
		return reflect.ValueOf(&drawnRootA{tr})
	case rootTypes[1]:
		return reflect.ValueOf(&drawnRootB{tr})
	default:
		panic(fmt.Sprintf("no value of type %v", t))
	}
}

// traceOf returns nil for a zero value.
func (w *world) traceOf(v reflect.Value) *trace {
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() || v.IsZero() {
		return nil
	}
	switch v := v.Interface().(type) {
	case drawnNumber:
		return w.numbers[v]
	case drawnThunk:
		return v()
	case drawnBatch:
		return v[0].trace
	case drawnReader:
		return v.read()
	case *drawnRootA:
		return v.trace
	case *drawnRootB:
		return v.trace
	default:
		panic(fmt.Sprintf("no trace in %T", v))
	}
}

// derivation maps the name of each value that others were made from to what it was
// made from itself. Two names are equal if and only if the instances are.
type derivation map[string]derived

type derived struct {
	args  string
	soft  []string // the members of soft groups
	trace *trace
}

// derive traces a value back to everything that it was made from.
func derive(root *trace) derivation {
	reached := make(map[*trace]bool)
	runs := make(map[string][]int)
	var reach func(*trace)
	reach = func(t *trace) {
		if t == nil || reached[t] {
			return
		}
		reached[t] = true
		if !slices.Contains(runs[t.by.id], t.run) {
			runs[t.by.id] = append(runs[t.by.id], t.run)
		}
		for _, a := range t.args {
			for _, other := range a.traces {
				reach(other)
			}
		}
	}
	reach(root)
	for _, all := range runs {
		slices.Sort(all)
	}
	name := func(t *trace) string {
		if t == nil {
			return "zero"
		}
		return fmt.Sprintf("%s#%d.%d", t.by.id, slices.Index(runs[t.by.id], t.run)+1, t.result)
	}
	d := make(derivation)
	for t := range reached {
		key := name(t)
		if other, ok := d[key]; ok && other.trace != t {
			panic("two instances of " + key)
		}
		of := derived{trace: t}
		var args []string
		for i, a := range t.args {
			var names []string
			for _, other := range a.traces {
				names = append(names, name(other))
			}
			slices.Sort(names)
			switch {
			case a.soft:
				for _, n := range names {
					of.soft = append(of.soft, fmt.Sprintf("%d: %s", i, n))
				}
			case a.group:
				args = append(args, "{"+strings.Join(names, " ")+"}")
			default:
				args = append(args, names[0])
			}
		}
		of.args = strings.Join(args, ", ")
		d[key] = of
	}
	return d
}

// lines writes a derivation in a fixed order.
func (d derivation) lines() []string {
	var lines []string
	for name, of := range d {
		lines = append(lines, fmt.Sprintf("%s <- (%s) soft %q", name, of.args, of.soft))
	}
	slices.Sort(lines)
	return lines
}

// among returns the entries of d for the values in other: what they were made from
// apart from soft groups, and the members of those.
func (d derivation) among(other derivation) (hard, soft []string) {
	for name := range other {
		of, ok := d[name]
		if !ok {
			continue
		}
		hard = append(hard, fmt.Sprintf("%s <- (%s)", name, of.args))
		for _, s := range of.soft {
			soft = append(soft, fmt.Sprintf("%s <- soft %s", name, s))
		}
	}
	slices.Sort(hard)
	slices.Sort(soft)
	return hard, soft
}
