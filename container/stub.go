package container

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.uber.org/dig"
)

// In dig itself, a stub represents each scoped constructor. It makes dig reject a second
// constructor for the same value, as dig always does, and it fails if dig is asked to
// build the value, so that a scoped value cannot be obtained outside a request by
// accident.

// provideStubs adds stubs to dig for everything that a scoped constructor provides.
func (c *Container) provideStubs(ctor *constructor) error {
	var values []key
	for _, k := range ctor.provides() {
		if k.group == "" {
			values = append(values, k)
		}
	}
	fail := scopedError(ctor)
	if len(values) > 0 {
		out, opts := stubResults(values)
		stub := reflect.MakeFunc(reflect.FuncOf(nil, append(out, errorType), false), func([]reflect.Value) []reflect.Value {
			var results []reflect.Value
			for _, t := range out {
				results = append(results, reflect.Zero(t))
			}
			return append(results, reflect.ValueOf(fail))
		})
		if err := c.dig.Provide(stub.Interface(), append(ctor.location(), opts...)...); err != nil {
			return c.duplicate(ctor, err)
		}
	}
	for _, k := range ctor.provides() {
		if k.group != "" && c.armed[k] == nil {
			if err := c.arm(k, ctor, fail); err != nil {
				return err
			}
		}
	}
	return nil
}

// stubResults returns the results of a stub, and the options that go with them. dig.Visualize and
// dig's String show them, so they are the values themselves, unless their names differ.
func stubResults(values []key) (out []reflect.Type, opts []dig.ProvideOption) {
	fields := []reflect.StructField{embedded[dig.Out]()}
	plain := !strings.Contains(values[0].name, "`") // which dig.Name rejects
	for _, k := range values {
		plain = plain && k.name == values[0].name && !k.t.Implements(errorType)
		out = append(out, k.t)
		fields = append(fields, field(len(fields), k.t, "name", k.name))
	}
	switch {
	case !plain:
		return []reflect.Type{reflect.StructOf(fields)}, nil
	case values[0].name != "":
		return out, []dig.ProvideOption{dig.Name(values[0].name)}
	default:
		return out, nil
	}
}

// arm adds a stub to dig that makes a request for a group with scoped members fail. A
// group needs only one, however many members it has.
func (c *Container) arm(k key, ctor *constructor, fail error) error {
	armed := new(bool)
	*armed = true
	slice := reflect.SliceOf(k.t)
	stub := reflect.MakeFunc(reflect.FuncOf(nil, []reflect.Type{slice, errorType}, false), func([]reflect.Value) []reflect.Value {
		err := reflect.Zero(errorType)
		if *armed {
			err = reflect.ValueOf(fail)
		}
		return []reflect.Value{reflect.Zero(slice), err}
	})
	c.armed[k] = armed
	return c.dig.Provide(stub.Interface(), append(ctor.location(), dig.Group(k.group+",flatten"))...)
}

// duplicate explains why dig rejects the stub of a constructor: if something already
// provides the same value, dig's error mentions the stub, and not the results.
func (c *Container) duplicate(ctor *constructor, cause error) error {
	for _, k := range ctor.provides() {
		if first := c.provided.values[k]; first != nil && first != ctor {
			return duplicateError(k, first, cause)
		}
	}
	return cause
}

// withoutStub runs f while the stub of a group allows dig to build the group from its
// singletons alone. dig remembers that this stub succeeded, so another stub replaces it.
func (c *Container) withoutStub(k key, f func() error) (err error) {
	armed := c.armed[k]
	if armed == nil {
		return f()
	}
	*armed = false
	defer func() { // f may not return
		first := slices.IndexFunc(c.groups[k], func(p *constructor) bool { return p.life == scoped })
		if armErr := c.arm(k, c.groups[k][first], scopedGroupError(k)); armErr != nil {
			err = errors.Join(err, armErr)
		}
	}()
	return f()
}

// fetchValue makes dig build a value. An optional value without a provider, or with
// missing dependencies, is the zero value.
func (c *Container) fetchValue(k key, optional bool) (v reflect.Value, err error) {
	f := field(0, k.t, "name", k.name)
	if optional {
		f.Tag += ` optional:"true"`
	}
	err = c.fetch([]reflect.StructField{embedded[dig.In](), f}, &v)
	return v, err
}

// fetchGroup makes dig build the singletons of a group as a slice of type t. If soft, the
// slice contains only those that have been built already.
func (c *Container) fetchGroup(k key, t reflect.Type, soft bool) (v reflect.Value, err error) {
	if soft {
		err = c.fetch([]reflect.StructField{embedded[dig.In](), field(0, t, "group", k.group+",soft")}, &v)
		return v, err
	}
	err = c.withoutStub(k, func() error {
		return c.fetch([]reflect.StructField{embedded[dig.In](), field(0, t, "group", k.group)}, &v)
	})
	return v, err
}

// fetch invokes a function whose parameter is a dig.In struct with the given fields, and
// sets v to the last of them. A panic in a constructor is returned as an error. The
// outermost error of dig, which mentions that function, is left out.
func (c *Container) fetch(fields []reflect.StructField, v *reflect.Value) (err error) {
	returned := false
	defer func() {
		if !returned { // with runtime.Goexit, the error is never returned
			err = newPanicError(recover())
		}
	}()
	in := reflect.StructOf(fields)
	fn := reflect.MakeFunc(reflect.FuncOf([]reflect.Type{in}, nil, false), func(args []reflect.Value) []reflect.Value {
		*v = args[0].Field(len(fields) - 1)
		return nil
	})
	err = c.dig.Invoke(fn.Interface())
	returned = true
	if inner := errors.Unwrap(err); inner != nil && !isCycle(err) {
		err = inner
	}
	return err
}

func embedded[T any]() reflect.StructField {
	t := reflect.TypeFor[T]()
	return reflect.StructField{Name: t.Name(), Type: t, Anonymous: true}
}

func field(i int, t reflect.Type, tag, value string) reflect.StructField {
	f := reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: t}
	if value != "" {
		f.Tag = reflect.StructTag(fmt.Sprintf("%s:%q", tag, value))
	}
	return f
}
