package container

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"go.uber.org/dig"
)

var (
	errorType     = reflect.TypeFor[error]()
	contextType   = reflect.TypeFor[context.Context]()
	finalizerType = reflect.TypeFor[Finalizer]()
)

// constructor is a function that was provided or that decorates, with everything that its
// type and options say about it. It is immutable.
type constructor struct {
	settings
	fn         reflect.Value
	where      location
	decorates  bool
	role       role
	caller     caller // of a typed constructor, nil otherwise
	params     []*param
	results    []result
	errors     []int // indexes of results that are errors
	finalizers []int // indexes of results that are Finalizers

	forProvide  []dig.ProvideOption  // options for dig, unless it is a decorator
	forDecorate []dig.DecorateOption // options for dig, if it is a decorator
}

// newConstructor reads the function fn in the same way as dig. dig itself is called first,
// so that whatever it rejects is rejected here with its text; finally its reading of the
// parameters and results is compared with this one.
//
// scratch are the options of the temporary containers that are used for this.
func newConstructor(fn any, s settings, shape []dig.ProvideOption, scratch ...dig.Option) (*constructor, error) {
	fn, caller := untyped(fn)
	v := reflect.ValueOf(fn)
	c := &constructor{settings: s, fn: v, where: s.locate(v), caller: caller}
	if err := c.readResults(); err != nil {
		return nil, err
	}
	var info dig.ProvideInfo
	shape = append(c.location(), shape...)
	for _, fill := range append(s.info, dig.FillProvideInfo(&info)) {
		if err := dig.New(scratch...).Provide(c.forDig(nil), append(shape[:len(shape):len(shape)], fill)...); err != nil {
			return nil, err
		}
	}
	if err := c.checkGroups(); err != nil {
		return nil, err
	}
	c.params = readParams(v.Type())
	c.results = readResults(v.Type(), s, false)
	return c, c.compare(info.Inputs, info.Outputs)
}

// locate returns the place where a constructor was written, or the one given by
// dig.LocationForPC.
func (s *settings) locate(fn reflect.Value) location {
	if s.at != nil {
		if l, ok := locationIn(s.at); ok {
			return l
		}
	}
	return locate(fn)
}

// location returns the options that tell dig where the constructor was written, even if
// dig gets another function in its place.
func (c *constructor) location() []dig.ProvideOption {
	at := []dig.ProvideOption{dig.LocationForPC(c.fn.Pointer())}
	if c.at != nil {
		at = append(at, c.at)
	}
	return at
}

// checkGroups rejects value groups that dig accepts although they must be mistakes: a
// group without a name, which has no members, and a decorator that returns a slice for
// each member, which nothing receives.
func (c *constructor) checkGroups() error {
	if strings.HasPrefix(c.group, ",") {
		return refusalf("the value group %q has no name; put one before the comma", c.group)
	}
	t := c.fn.Type()
	for in := range t.Ins() {
		if err := checkGroupTags(in, dig.IsIn, false); err != nil {
			return err
		}
	}
	for out := range t.Outs() {
		if err := checkGroupTags(out, dig.IsOut, c.decorates); err != nil {
			return err
		}
	}
	return nil
}

func checkGroupTags(t reflect.Type, isObject func(any) bool, decorates bool) error {
	if !isObject(t) {
		return nil
	}
	for f := range t.Fields() {
		group := f.Tag.Get("group")
		name, options := splitGroup(group)
		switch {
		case group != "" && name == "":
			return refusalf("the value group %q of field %s of %v has no name; put one before the comma", group, f.Name, t)
		case decorates && strings.Contains(options, ",flatten,"):
			return refusalf("field %s of %v flattens the value group %q, "+
				"but a decorator returns the group as a whole; remove flatten", f.Name, t, name)
		}
		if err := checkGroupTags(f.Type, isObject, decorates); err != nil {
			return err
		}
	}
	return nil
}

// readResults finds the results that dig does not see.
func (c *constructor) readResults() error {
	t := c.fn.Type()
	for i := range t.NumOut() {
		switch out := t.Out(i); {
		case out == finalizerType:
			c.finalizers = append(c.finalizers, i)
		case out.Implements(errorType):
			c.errors = append(c.errors, i)
		case dig.IsOut(out) && hasFinalizer(out):
			return refusalf("%v has a field of type container.Finalizer; return the Finalizer as a separate result", out)
		}
	}
	return nil
}

func hasFinalizer(out reflect.Type) bool {
	if out.Kind() != reflect.Struct {
		return false
	}
	for f := range out.Fields() {
		if f.Type == finalizerType || dig.IsOut(f.Type) && hasFinalizer(f.Type) {
			return true
		}
	}
	return false
}

// forDig returns the constructor as dig may see it: the function itself or, if it returns
// Finalizers, a function that passes these to keep and returns the other results.
func (c *constructor) forDig(keep func(Finalizer)) any {
	if len(c.finalizers) == 0 {
		return c.fn.Interface()
	}
	t := c.fn.Type()
	var in, out []reflect.Type
	for p := range t.Ins() {
		in = append(in, p)
	}
	for r := range t.Outs() {
		if r != finalizerType {
			out = append(out, r)
		}
	}
	return reflect.MakeFunc(reflect.FuncOf(in, out, t.IsVariadic()), func(args []reflect.Value) []reflect.Value {
		if t.IsVariadic() {
			args = args[:len(args)-1] // dig never fills it
		}
		all := c.fn.Call(args)
		var rest []reflect.Value
		for _, r := range all {
			if r.Type() != finalizerType {
				rest = append(rest, r)
			}
		}
		if c.failure(all) == nil {
			for _, i := range c.finalizers {
				if f := all[i].Interface().(Finalizer); f != nil {
					keep(f)
				}
			}
		}
		return rest
	}).Interface()
}

// failure returns the first error among the results of a call. Like dig, it treats a typed
// nil as an error.
func (c *constructor) failure(results []reflect.Value) error {
	for _, i := range c.errors {
		if err, _ := results[i].Interface().(error); err != nil {
			return err
		}
	}
	return nil
}

// compare compares the parameters and results with dig's own reading of them.
func (c *constructor) compare(inputs []*dig.Input, outputs []*dig.Output) error {
	var in, out []string
	for _, p := range c.params {
		in = p.describe(in)
	}
	for _, r := range c.results {
		for _, k := range r.keys {
			out = append(out, describe(k, k.t, false))
		}
	}
	same := len(in) == len(inputs) && len(out) == len(outputs)
	for i := 0; same && i < len(in); i++ {
		same = in[i] == inputs[i].String()
	}
	for i := 0; same && i < len(out); i++ {
		same = out[i] == outputs[i].String()
	}
	if !same {
		return fmt.Errorf("dig reads %v as %v -> %v, but container as %v -> %v; please report this",
			c.fn.Type(), inputs, outputs, in, out)
	}
	return nil
}

// provides returns the keys of all results.
func (c *constructor) provides() []key {
	var keys []key
	for _, r := range c.results {
		keys = append(keys, r.keys...)
	}
	return keys
}
