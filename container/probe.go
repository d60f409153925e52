package container

import (
	"fmt"
	"reflect"
	"slices"

	"go.uber.org/dig"
)

// probe reports whether a value was provided to dig directly, and builds nothing.
func (c *Container) probe(k key) bool {
	found := make(map[key]bool)
	c.probeAll([]key{k}, found)
	return found[k]
}

// maxProbed is how many keys dig is asked for at once.
const maxProbed = 100

// probeAll notes of each key, none of which was provided here, whether it was
// provided to dig directly. dig has no method for that, and takes long to say that
// something is missing, so many keys are tried at once.
func (c *Container) probeAll(keys []key, found map[key]bool) {
	keys = slices.DeleteFunc(keys, func(k key) bool { return k.t.Implements(errorType) }) // dig provides no errors
	switch {
	case len(keys) > maxProbed:
		c.probeAll(keys[:maxProbed], found)
		c.probeAll(keys[maxProbed:], found)
	case len(keys) == 0 || c.alone || !c.haveAny(keys):
	case len(keys) == 1:
		found[keys[0]] = true
	default:
		c.probeAll(keys[:len(keys)/2], found)
		c.probeAll(keys[len(keys)/2:], found)
	}
}

// haveAny reports whether dig has any of the values. It gives dig a function that
// provides all of them and the first one twice. dig always refuses that, but if it has
// one of them already, it says so instead of what any other container says.
func (c *Container) haveAny(keys []key) bool {
	fields := []reflect.StructField{embedded[dig.Out]()}
	for _, k := range append(keys[:len(keys):len(keys)], keys[0]) {
		fields = append(fields, field(len(fields), k.t, "name", k.name))
	}
	fn := reflect.FuncOf(nil, []reflect.Type{reflect.StructOf(fields)}, false)
	tooMany := reflect.MakeFunc(fn, nil).Interface()
	return fmt.Sprint(c.dig.Provide(tooMany)) != fmt.Sprint(c.blank.Provide(tooMany))
}
