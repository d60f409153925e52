package container_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"

	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// The digtable suite compares the container with dig. Each row of its tables is one
// behavior of dig: the functions that are provided, what somebody asks for, and what dig
// answers. A row runs in dig itself, and then in containers in which all, none or some of
// its constructors are scoped; they must answer as dig does.

// wired is where a row of a table provides its functions.
type wired interface {
	// provide provides a constructor, which notes its calls under the name.
	provide(name string, ctor any, opts ...dig.ProvideOption)
	decorate(name string, decorator any, opts ...dig.DecorateOption)
}

// row is one behaviour of dig.
type row struct {
	name  string
	build func(d *diary, w wired)
	opts  []dig.Option
	want  end // of dig

	invoke func(c *dig.Container, got func(any)) error
	holder any         // a constructor of the handler that holds what is asked for
	root   wiring.Root // of that handler
	held   func(handler any) any
	value  reflect.Type // what is asked for

	unneeded bool // nobody needs the value with the mistake
	loop     bool // a loop that dig accepts but requests reject
}

// asking returns a row in which a T is asked for.
func asking[T any](name string, build func(d *diary, w wired)) row {
	return row{
		name: name, build: build, want: endsWell,
		invoke: func(c *dig.Container, got func(any)) error { return c.Invoke(func(v T) { got(v) }) },
		holder: hold[T],
		root:   rootOf[*holder[T]](),
		held:   func(h any) any { return h.(*holder[T]).got },
		value:  reflect.TypeFor[T](),
	}
}

// in returns the row with a different end.
func (r row) in(c end) row { r.want = c; return r }

// with returns the row with options of dig.New.
func (r row) with(opts ...dig.Option) row { r.opts = opts; return r }

// ofUnneeded returns a row about a mistake in a value that nobody needs. Compile does not
// check singletons that nobody needs: they may be handlers of another plan.
func (r row) ofUnneeded() row { r.unneeded = true; return r }

// ofLoop returns a row about a loop through a decorator. dig gives some functions in the
// loop the undecorated value; requests never do that, so they reject the loop.
func (r row) ofLoop() row { r.loop = true; return r }

// end is how a row ends.
type end string

const (
	endsWell    end = "no error"
	endsRefused end = "refused"
	endsLacking end = "missing"
	endsCyclic  end = "cycle"
	endsFailing end = "failed"
	endsInPanic end = "panic"
	endsCaptive end = "captive"
)

var errTable = errors.New("a constructor of a table fails")

// endOf returns how Invoke, Compile or Build ended.
func endOf(err error) end {
	switch {
	case err == nil:
		return endsWell
	case errors.Is(err, errPanic), isDigPanic(err):
		return endsInPanic
	case dig.IsCycleDetected(err), errors.Is(err, container.ErrCycle):
		return endsCyclic
	case errors.Is(err, container.ErrCaptive):
		return endsCaptive
	case errors.Is(err, errTable):
		return endsFailing
	case errors.Is(err, container.ErrMissing), strings.Contains(err.Error(), ": missing type"):
		return endsLacking
	default:
		return end(err.Error())
	}
}

func isDigPanic(err error) bool {
	_, is := errors.AsType[dig.PanicError](err)
	return is
}

var errPanic = errors.New("a constructor of a table panics")

// guarded turns a panic of a table's function into an error.
func guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = p.(error)
		}
	}()
	return f()
}

// result is the result of a row.
type result struct {
	end   end
	got   string // what was asked for, if there was no error
	calls []string
}

// inRawDig runs the row in dig itself.
func (r row) inRawDig() (result, *digWiring) {
	d := &diary{}
	w := &digWiring{Container: dig.New(r.opts...)}
	r.build(d, w)
	if w.err != nil {
		return result{end: w.end()}, w
	}
	var got string
	err := guarded(func() error { return r.invoke(w.Container, func(v any) { got = written(v) }) })
	return result{endOf(err), got, d.calls}, w
}

// function is a constructor or decorator, with its parameters and results as dig writes
// them.
type function struct {
	name      string
	in, out   []string
	decorates bool
}

// digWiring provides everything to dig.
type digWiring struct {
	*dig.Container
	functions []function
	err       error
}

func (w *digWiring) end() end {
	if dig.IsCycleDetected(w.err) {
		return endsCyclic
	}
	return endsRefused
}

func (w *digWiring) provide(name string, ctor any, opts ...dig.ProvideOption) {
	w.err = errors.Join(w.err, w.Provide(ctor, opts...))
	var info dig.ProvideInfo // even if dig rejects the constructor because of the others
	_ = dig.New(dig.DeferAcyclicVerification()).Provide(ctor,
		append(opts[:len(opts):len(opts)], dig.FillProvideInfo(&info))...)
	w.functions = append(w.functions, function{name: name, in: keysOfInputs(info.Inputs),
		out: keysOfOutputs(info.Outputs)})
}

func (w *digWiring) decorate(name string, decorator any, opts ...dig.DecorateOption) {
	var info dig.DecorateInfo
	w.err = errors.Join(w.err, w.Decorate(decorator, append(opts[:len(opts):len(opts)], dig.FillDecorateInfo(&info))...))
	w.functions = append(w.functions, function{name, keysOfInputs(info.Inputs), keysOfOutputs(info.Outputs), true})
}

func keysOfInputs(all []*dig.Input) (keys []string) {
	for _, in := range all {
		keys = append(keys, keyOf(in.String()))
	}
	return keys
}

func keysOfOutputs(all []*dig.Output) (keys []string) {
	for _, out := range all {
		keys = append(keys, keyOf(out.String()))
	}
	return keys
}

// decorates reports whether there is a decorator of a key.
func (w *digWiring) decorates(key string) bool {
	return slices.ContainsFunc(w.functions, func(f function) bool { return f.decorates && slices.Contains(f.out, key) })
}

// keyOf writes the key of a value that is asked for, provided or decorated, in one form.
func keyOf(described string) string {
	key := strings.NewReplacer("[optional]", "", "optional, ", "").Replace(described)
	if strings.Contains(key, "[group = ") {
		key = strings.TrimPrefix(key, "[]")
	}
	return key
}

// containerWiring provides everything to a container.
type containerWiring struct {
	*container.Container
	scoped func(name string) bool
	err    error
}

func (w *containerWiring) provide(name string, ctor any, opts ...dig.ProvideOption) {
	if w.scoped(name) {
		opts = append(opts[:len(opts):len(opts)], container.Scoped())
	}
	w.err = errors.Join(w.err, w.Provide(ctor, opts...))
}

func (w *containerWiring) decorate(_ string, decorator any, opts ...dig.DecorateOption) {
	w.err = errors.Join(w.err, w.Decorate(decorator, opts...))
}
