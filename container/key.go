package container

import (
	"reflect"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// key identifies a value that a constructor provides, as in dig: a type, and either the
// name of the value or the value group that it belongs to.
type key struct {
	t     reflect.Type
	name  string
	group string
}

// String returns the key in the form that dig uses in its errors.
func (k key) String() string { return errtext.Write(k.Quote()) }

// Quote implements errtext.Quotable.
func (k key) Quote() text { return k.textWith(k.t) }

// fullName returns the key with the import path of its type.
func (k key) fullName() string { return errtext.Write(k.textWith(errtext.FullName(k.t))) }

// textWith returns the key with a form of its type.
func (k key) textWith(t any) text {
	switch {
	case k.name != "":
		return errtext.Part("%v[name=%q]", t, k.name)
	case k.group != "":
		return errtext.Part("%v[group=%q]", t, k.group)
	default:
		return errtext.Part("%v", t)
	}
}
