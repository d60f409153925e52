package container

import (
	"fmt"
	"reflect"
	"slices"

	"go.uber.org/dig"
)

// probe reports whether a value was provided to dig directly. It builds nothing.
func (c *Container) probe(k key) bool {
	found := make(map[key]bool)
	c.probeAll([]key{k}, found)
	return found[k]
}

// maxProbed is the number of keys that dig is asked about at once.
const maxProbed = 100

// probeAll records for each key, none of which was provided here, whether it was provided
// to dig directly. dig has no method for that and is slow to report that something is
// missing, so many keys are tried at once.
func (c *Container) probeAll(keys []key, found map[key]bool) {
	keys = slices.DeleteFunc(keys, func(k key) bool { return k.t.Implements(errorType) }) // dig provides no errors
	switch {
	case len(keys) > maxProbed:
		c.probeAll(keys[:maxProbed], found)
		c.probeAll(keys[maxProbed:], found)
	case len(keys) == 0 || c.newDig != nil || !c.haveAny(keys):
	case len(keys) == 1:
		found[keys[0]] = true
	default:
		c.probeAll(keys[:len(keys)/2], found)
		c.probeAll(keys[len(keys)/2:], found)
	}
}

// haveAny reports whether dig has any of the values. It passes dig a function that
// provides all of them, and the first one twice. dig always rejects that function, but if
// it already has one of the values, its error differs from that of any other container.
func (c *Container) haveAny(keys []key) bool {
	fields := []reflect.StructField{embedded[dig.Out]()}
	for _, k := range append(keys[:len(keys):len(keys)], keys[0]) {
		fields = append(fields, field(len(fields), k.t, "name", k.name))
	}
	fn := reflect.FuncOf(nil, []reflect.Type{reflect.StructOf(fields)}, false)
	tooMany := reflect.MakeFunc(fn, nil).Interface()
	return fmt.Sprint(c.dig.Provide(tooMany)) != fmt.Sprint(c.blank.Provide(tooMany))
}
