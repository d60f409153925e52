package container

import (
	"reflect"
	"strings"

	"go.uber.org/dig"
)

// result is one value that a constructor returns: a whole result, or a field in a dig.Out
// struct, however deep.
type result struct {
	path    []int // the index of the result, then those of the fields
	keys    []key // the keys that it is provided as; several with As
	flatten bool  // its elements are the members of the group
}

func readResults(fn reflect.Type, s settings, decorates bool) []result {
	r := resultReader{settings: s, decorates: decorates}
	for i := range fn.NumOut() {
		if t := fn.Out(i); t != finalizerType && !t.Implements(errorType) {
			r.read(t, []int{i}, s.name)
		}
	}
	return r.found
}

type resultReader struct {
	settings
	decorates bool
	found     []result
}

func (r *resultReader) read(t reflect.Type, path []int, name string) {
	switch {
	case dig.IsOut(t):
		for i := range t.NumField() {
			f := t.Field(i)
			at := append(path[:len(path):len(path)], i)
			switch group := f.Tag.Get("group"); {
			case f.Type == reflect.TypeFor[dig.Out]():
			case group != "":
				r.group(f.Type, at, group, nil)
			default:
				fieldName := name
				if n := f.Tag.Get("name"); n != "" {
					fieldName = n
				}
				r.read(f.Type, at, fieldName)
			}
		}
	case r.settings.group != "":
		r.group(t, path, r.settings.group, r.as)
	default:
		var keys []key
		for _, as := range provideAs(t, r.as) {
			keys = append(keys, key{t: as, name: name})
		}
		r.found = append(r.found, result{path: path, keys: keys})
	}
}

func (r *resultReader) group(t reflect.Type, path []int, tag string, as []any) {
	name, options := splitGroup(tag)
	found := result{path: path, flatten: strings.Contains(options, ",flatten,")}
	if found.flatten {
		t = t.Elem()
	}
	for _, as := range provideAs(t, as) {
		found.keys = append(found.keys, key{t: as, group: name})
	}
	r.found = append(r.found, found)
}

// provideAs returns the types that dig provides a value of type t as: the types that As
// lists, or t itself if As lists no other.
func provideAs(t reflect.Type, as []any) []reflect.Type {
	var types []reflect.Type
	for _, a := range as {
		if i := reflect.TypeOf(a).Elem(); i != t {
			types = append(types, i)
		}
	}
	if types == nil {
		types = []reflect.Type{t}
	}
	return types
}

// at returns the result itself from the values that a call returned.
func (r *result) at(values []reflect.Value) reflect.Value {
	v := values[r.path[0]]
	for _, i := range r.path[1:] {
		v = v.Field(i)
	}
	return v
}

// decorated returns the key that a decorator's result decorates. A group is
// decorated as a whole: its member type is the element of the result's type.
func (r *result) decorated() key {
	k := r.keys[0]
	if k.group != "" {
		k.t = k.t.Elem()
	}
	return k
}

// asParam returns a param that asks for the value that a decorator's result decorates.
func (r *result) asParam() *param { return &param{t: r.keys[0].t, key: r.decorated()} }
