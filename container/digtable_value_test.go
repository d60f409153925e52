package container_test

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.uber.org/dig"
)

// The tables of this package compare a container with dig, one option or tag at a time:
// the resulting value, what it shares with others, the functions that ran and their order,
// and the error.

// made is a value that records how it was made: by which run of which function, and from what.
type made struct {
	id string
	of []any
}

func (m *made) identity() *made { return m }

// Several types of values.
type (
	alpha struct{ made }
	beta  struct{ made }
	gamma struct{ made }
	delta struct{ made }

	// Interfaces that all of them implement.
	namer interface{ identity() *made }
)

// diary notes the calls of functions.
type diary struct {
	calls []string
	runs  map[string]int
}

// make notes a call and returns the value that it makes.
func (d *diary) make(name string, of ...any) made {
	if d.runs == nil {
		d.runs = make(map[string]int)
	}
	d.calls = append(d.calls, name)
	d.runs[name]++
	return made{id: fmt.Sprintf("%s#%d", name, d.runs[name]), of: of}
}

func (d *diary) alpha(name string, of ...any) *alpha { return &alpha{d.make(name, of...)} }
func (d *diary) beta(name string, of ...any) *beta   { return &beta{d.make(name, of...)} }
func (d *diary) gamma(name string, of ...any) *gamma { return &gamma{d.make(name, of...)} }
func (d *diary) delta(name string, of ...any) *delta { return &delta{d.make(name, of...)} }

// since returns the calls from the nth on.
func (d *diary) since(n int) []string { return slices.Clone(d.calls[n:]) }

// written writes a value with everything that it was made from. Members of groups have no order.
func written(v any) string { return writtenValue(reflect.ValueOf(v)) }

func writtenValue(v reflect.Value) string {
	if !v.IsValid() {
		return "nil"
	}
	if v.Kind() == reflect.Interface {
		return writtenValue(v.Elem())
	}
	if n, ok := v.Interface().(namer); ok && !(v.Kind() == reflect.Pointer && v.IsNil()) {
		m := n.identity()
		var of []string
		for _, o := range m.of {
			of = append(of, written(o))
		}
		return m.id + "(" + strings.Join(of, " ") + ")"
	}
	switch v.Kind() {
	case reflect.Slice:
		all := []string{}
		for i := range v.Len() {
			all = append(all, writtenValue(v.Index(i)))
		}
		slices.Sort(all)
		return "[" + strings.Join(all, " ") + "]"
	case reflect.Struct:
		var all []string
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Type != reflect.TypeFor[dig.In]() {
				all = append(all, f.Name+":"+writtenValue(v.Field(i)))
			}
		}
		return "{" + strings.Join(all, " ") + "}"
	case reflect.Pointer, reflect.Func, reflect.Map, reflect.Chan:
		if v.IsNil() {
			return "nil"
		}
		return v.Type().String()
	default:
		return fmt.Sprint(v.Interface())
	}
}

var runIDs = regexp.MustCompile(`(\S+?)#(\d+)`)

// renumbered rewrites the result of written with the runs counted from 1, so that two
// worlds can be compared.
func renumbered(shown string) string {
	known := make(map[string][]string)
	return runIDs.ReplaceAllStringFunc(shown, func(id string) string {
		name, _, _ := strings.Cut(id, "#")
		i := slices.Index(known[name], id)
		if i < 0 {
			i = len(known[name])
			known[name] = append(known[name], id)
		}
		return fmt.Sprintf("%s#%d", name, i+1)
	})
}
