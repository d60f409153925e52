package container

import (
	"fmt"
	"reflect"
)

// A key names what a constructor provides, as in dig: a type, and either the
// name of the value or the value group that it is a member of.
type key struct {
	t     reflect.Type
	name  string
	group string
}

// String writes a key in the form that dig uses in its errors.
func (k key) String() string {
	switch {
	case k.name != "":
		return fmt.Sprintf("%v[name=%q]", k.t, k.name)
	case k.group != "":
		return fmt.Sprintf("%v[group=%q]", k.t, k.group)
	default:
		return k.t.String()
	}
}
