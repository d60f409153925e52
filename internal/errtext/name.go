package errtext

import (
	"reflect"
	"strings"
)

// FullName returns the name of a type with the import paths of the packages that
// declare it and what it consists of.
func FullName(t reflect.Type) string { return rename(t, fullName) }

// fullName returns the name of a declared type with its import path.
func fullName(t reflect.Type) string {
	if t.PkgPath() == "" {
		return t.String()
	}
	return t.PkgPath() + "." + t.Name()
}

// ShortName returns t as Go writes it, with the names of packages in place of the import paths of
// type arguments: cqrs.CommandFunc[app.Join].
// It is "<nil>" for nil.
func ShortName(t reflect.Type) string {
	if t == nil {
		return "<nil>"
	}
	return rename(t, shortName)
}

func shortName(t reflect.Type) string {
	name, arguments, generic := strings.Cut(t.String(), "[")
	if !generic || strings.ContainsAny(arguments, "\"`") { // the tags of a struct
		return t.String()
	}
	var short strings.Builder
	short.WriteString(name + "[")
	for arguments != "" {
		end := strings.IndexAny(arguments, "[]*, (){};") + 1
		if end == 0 {
			end = len(arguments)
		}
		word := arguments[:end]
		short.WriteString(word[strings.LastIndexByte(word, '/')+1:])
		arguments = arguments[end:]
	}
	return short.String()
}

// Names distinguishes types that have the same short name. It is not safe for concurrent
// use.
type Names map[string]map[reflect.Type]bool

// Add adds the declared types that t consists of.
func (n Names) Add(t reflect.Type) {
	rename(t, func(declared reflect.Type) string {
		short := shortName(declared)
		if n[short] == nil {
			n[short] = make(map[reflect.Type]bool)
		}
		n[short][declared] = true
		return short
	})
}

// Name returns the short name of t, but with import paths where other added types have the same.
func (n Names) Name(t reflect.Type) string {
	return rename(t, func(declared reflect.Type) string {
		if short := shortName(declared); len(n[short]) < 2 {
			return short
		}
		return fullName(declared)
	})
}

// rename returns the text of a type with other names for its declared types.
func rename(t reflect.Type, name func(declared reflect.Type) string) string {
	if t.Name() != "" {
		return name(t)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + rename(t.Elem(), name)
	case reflect.Slice:
		return "[]" + rename(t.Elem(), name)
	case reflect.Array:
		length, _, _ := strings.Cut(t.String(), "]")
		return length + "]" + rename(t.Elem(), name)
	case reflect.Map:
		return "map[" + rename(t.Key(), name) + "]" + rename(t.Elem(), name)
	case reflect.Chan:
		return t.ChanDir().String() + " " + rename(t.Elem(), name)
	case reflect.Func:
		return "func" + signature(t, name)
	default: // a struct or an interface without a name
		return t.String()
	}
}

func signature(t reflect.Type, name func(reflect.Type) string) string {
	var in, out []string
	for i := range t.NumIn() {
		if p := t.In(i); t.IsVariadic() && i == t.NumIn()-1 {
			in = append(in, "..."+rename(p.Elem(), name))
		} else {
			in = append(in, rename(p, name))
		}
	}
	for r := range t.Outs() {
		out = append(out, rename(r, name))
	}
	results := strings.Join(out, ", ")
	switch len(out) {
	case 0:
	case 1:
		results = " " + results
	default:
		results = " (" + results + ")"
	}
	return "(" + strings.Join(in, ", ") + ")" + results
}
