package container_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
)

// The types that drawn constructors make. Each one holds the trace of how the value was
// made; without a trace it is a zero value.
type (
	drawnAlpha  struct{ *trace }
	drawnBeta   struct{ *trace }
	drawnGamma  struct{ *trace }
	drawnNumber int
	drawnThunk  func() *trace
	drawnBatch  []*drawnBeta
	drawnReader interface{ read() *trace }
	drawnWriter interface {
		drawnReader
		write() *trace
	}
	drawnRootA struct{ *trace }
	drawnRootB struct{ *trace }
)

func (a *drawnAlpha) read() *trace  { return a.trace }
func (a *drawnAlpha) write() *trace { return a.trace }
func (g drawnGamma) read() *trace   { return g.trace }
func (b *drawnBeta) read() *trace   { return b.trace }

var (
	alphaType  = reflect.TypeFor[*drawnAlpha]()
	betaType   = reflect.TypeFor[*drawnBeta]()
	gammaType  = reflect.TypeFor[drawnGamma]()
	numberType = reflect.TypeFor[drawnNumber]()
	thunkType  = reflect.TypeFor[drawnThunk]()
	batchType  = reflect.TypeFor[drawnBatch]()
	readerType = reflect.TypeFor[drawnReader]()
	writerType = reflect.TypeFor[drawnWriter]()
	failType   = reflect.TypeFor[error]()

	valueTypes  = []reflect.Type{alphaType, betaType, gammaType, readerType, numberType, thunkType, batchType, writerType}
	memberTypes = []reflect.Type{alphaType, readerType, numberType, drawnBatchElem}
	rootTypes   = []reflect.Type{reflect.TypeFor[*drawnRootA](), reflect.TypeFor[*drawnRootB]()}

	drawnBatchElem = batchType.Elem()
)

// slot is the key by which dig distinguishes values.
type slot struct {
	t           reflect.Type
	name, group string
}

// drawnGraph is a set of constructors and decorators that depend on each other without
// a cycle, and the roots that are requested from it.
type drawnGraph struct {
	funcs     []*drawnFunc // none depends on a later one; the roots last
	order     []int        // in which they are provided
	roots     []*drawnFunc
	optionals bool // something may be optional
	mixed     bool // there are singletons
}

type drawnFunc struct {
	id         string
	decorates  bool
	root       bool
	scoped     bool // has the option Scoped
	inRequests bool // requests run it
	params     []drawnParam
	variadic   reflect.Type // nil if there is none
	results    []drawnResult
	fails      bool // with its first error
	name       string
	group      string // with ",flatten" where that applies
	as         []reflect.Type
	lacks      bool // something that it needs may be missing
}

type drawnParam struct {
	slot
	typ            reflect.Type // of the parameter or field
	optional, soft bool
	fields         []drawnParam // of a dig.In struct
}

type drawnResult struct {
	slots   []slot // one, or those that As says
	typ     reflect.Type
	isError bool
	null    bool // the zero value
	tag     reflect.StructTag
	length  int           // of a slice of group members, or -1
	keep    bool          // a decorated group keeps the members that it had
	fields  []drawnResult // of a dig.Out struct
}

func (p *drawnParam) tag() reflect.StructTag {
	var tags []string
	if p.name != "" {
		tags = append(tags, fmt.Sprintf("name:%q", p.name))
	}
	if p.optional {
		tags = append(tags, `optional:"true"`)
	}
	if p.group != "" {
		group := p.group
		if p.soft {
			group += ",soft"
		}
		tags = append(tags, fmt.Sprintf("group:%q", group))
	}
	return reflect.StructTag(strings.Join(tags, " "))
}

// inOf returns the dig.In struct of the fields.
func inOf(fields []drawnParam) reflect.Type {
	all := []reflect.StructField{embeds[dig.In]()}
	for i := range fields {
		all = append(all, reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: fields[i].typ, Tag: fields[i].tag()})
	}
	return reflect.StructOf(all)
}

// outOf returns the dig.Out struct of the fields.
func outOf(fields []drawnResult) reflect.Type {
	all := []reflect.StructField{embeds[dig.Out]()}
	for i := range fields {
		all = append(all, reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: fields[i].typ, Tag: fields[i].tag})
	}
	return reflect.StructOf(all)
}

func embeds[T any]() reflect.StructField {
	t := reflect.TypeFor[T]()
	return reflect.StructField{Name: t.Name(), Type: t, Anonymous: true}
}

// leaves calls visit for each value and group that f asks for.
func (f *drawnFunc) leaves(visit func(*drawnParam)) { leavesOf(f.params, visit) }

func leavesOf(params []drawnParam, visit func(*drawnParam)) {
	for i := range params {
		if params[i].fields != nil {
			leavesOf(params[i].fields, visit)
		} else {
			visit(&params[i])
		}
	}
}

// outputs calls visit for each result that is not an error or a struct of others.
func (f *drawnFunc) outputs(visit func(*drawnResult)) { outputsOf(f.results, visit) }

func outputsOf(results []drawnResult, visit func(*drawnResult)) {
	for i := range results {
		switch {
		case results[i].fields != nil:
			outputsOf(results[i].fields, visit)
		case !results[i].isError:
			visit(&results[i])
		}
	}
}

func (f *drawnFunc) typ() reflect.Type {
	var in, out []reflect.Type
	for _, p := range f.params {
		in = append(in, p.typ)
	}
	if f.variadic != nil {
		in = append(in, reflect.SliceOf(f.variadic))
	}
	for _, r := range f.results {
		out = append(out, r.typ)
	}
	return reflect.FuncOf(in, out, f.variadic != nil)
}

// options returns the options of the constructor, with its lifetime if the container
// is to know it.
func (f *drawnFunc) options(lifetime bool) []dig.ProvideOption {
	var opts []dig.ProvideOption
	if lifetime && f.scoped {
		opts = append(opts, container.Scoped())
	}
	if f.name != "" {
		opts = append(opts, dig.Name(f.name))
	}
	if f.group != "" {
		opts = append(opts, dig.Group(f.group))
	}
	if f.as != nil {
		var as []any
		for _, t := range f.as {
			as = append(as, reflect.New(t).Interface())
		}
		opts = append(opts, dig.As(as...))
	}
	return opts
}

func (f *drawnFunc) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: ", f.id)
	switch {
	case f.decorates:
		b.WriteString("decorate ")
	case f.root:
		b.WriteString("root ")
	default:
		b.WriteString("provide ")
	}
	typ := f.typ().String()
	for _, r := range []struct{ old, new string }{
		{"container_test.drawn", ""}, {"struct { In dig.In; ", "In{"}, {"struct { Out dig.Out; ", "Out{"}, {` \"`, " "},
		{`\"`, `'`},
	} {
		typ = strings.ReplaceAll(typ, r.old, r.new)
	}
	b.WriteString(typ)
	for _, opt := range f.options(true) {
		fmt.Fprintf(&b, " %v", opt)
	}
	if f.fails {
		b.WriteString(" FAILS")
	}
	f.outputs(func(r *drawnResult) {
		switch {
		case r.null:
			fmt.Fprintf(&b, " %v=nil", r.slots[0].t)
		case r.length >= 0:
			fmt.Fprintf(&b, " %v=%d members", r.slots[0].t, r.length)
		}
		if r.keep {
			b.WriteString(" and those before")
		}
	})
	return strings.ReplaceAll(b.String(), "container_test.drawn", "")
}

// GoString writes the graph for people to read; rapid prints it when a check fails.
func (g *drawnGraph) GoString() string {
	var b strings.Builder
	b.WriteString("in the order in which they are provided:\n")
	for _, i := range g.order {
		fmt.Fprintf(&b, "\t%v\n", g.funcs[i])
	}
	return b.String()
}

// fails reports whether a function of the graph returns an error.
func (g *drawnGraph) fails() bool {
	return slices.ContainsFunc(g.funcs, func(f *drawnFunc) bool { return f.fails })
}

// has reports whether a function of the graph asks for something of the kind.
func (g *drawnGraph) has(kind func(*drawnParam) bool) bool {
	found := false
	for _, f := range g.funcs {
		f.leaves(func(p *drawnParam) { found = found || kind(p) })
	}
	return found
}
