package container

import (
	"cmp"
	"reflect"

	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// call is a call of Provide or a similar method, for errors about the function passed to
// it.
type call struct {
	name     string // "Provide"
	kind     string // what it expects the function to be, such as "constructor"
	at       string // file:line of the caller
	list     string // the list that has the function, if it is not an argument itself
	argument int    // the position of the function, if there may be several
}

// accept checks a function and adds it. An error is kept for the next Compile.
func (c *Container) accept(from call, fn any, add func(at *location) error) error {
	err := from.check(fn)
	if err == nil {
		plain, _ := untyped(fn)
		at := locate(reflect.ValueOf(plain))
		if err = guardDig(func() error { return add(&at) }); err != nil {
			err = refusedError(from.name, at, err)
		}
	}
	if err != nil {
		c.refused = append(c.refused, err)
	}
	return err
}

// check returns an error if fn is not a usable function. The error names only the type of
// fn, because the value may be a secret.
func (c call) check(fn any) error {
	plain, _ := untyped(fn)
	v := reflect.ValueOf(plain)
	_, isTyped := fn.(TypedConstructor)
	var wrong errtext.Text
	switch {
	case isOption(fn) && c.argument > 0:
		wrong = errtext.Part(
			"is the option %s, but %s takes constructors only; use Provide", optionName(fn, "Provider"), cmp.Or(c.list, c.name))
	case isOption(fn):
		wrong = errtext.Part("is the option %s; put the %s before its options", optionName(fn, "Provider"), c.kind)
	case isTyped && c.kind != "constructor":
		wrong = errtext.Part("is a container.TypedConstructor; pass the function itself")
	case isTyped && !v.IsValid():
		wrong = errtext.Part("is an empty container.TypedConstructor; create it with container.Typed or container.TypedErr")
	case !v.IsValid():
		wrong = errtext.Part("is nil; pass a function")
	case v.Kind() != reflect.Func:
		wrong = errtext.Part("is a value of type %v; pass a function%s", v.Type(), c.does())
	case v.IsNil():
		wrong = errtext.Part("is a nil %v; pass a function", v.Type())
	default:
		return nil
	}
	what := errtext.Part("the %s", c.kind)
	switch {
	case c.list != "":
		what = errtext.Part("%s[%d]", c.list, c.argument-1)
	case c.argument > 0:
		what = errtext.Part("argument %d", c.argument)
	}
	return newError(ErrRefused, nil, "%s at %s: %v %v", c.name, c.at, what, wrong)
}

func isOption(fn any) bool {
	switch fn.(type) {
	case dig.ProvideOption, dig.DecorateOption, dig.InvokeOption:
		return true
	default:
		return false
	}
}

// does says what a function of this kind does.
func (c call) does() string {
	switch c.kind {
	case "constructor":
		return " that returns it"
	case "decorator":
		return " that returns what it decorates"
	default:
		return ""
	}
}

// checkOptions returns an error for an option that is nil.
func (c call) checkOptions(opts []dig.InvokeOption) error {
	for i, opt := range opts {
		if opt == nil {
			return newError(ErrRefused, nil, "%s at %s: option %d is nil; remove it", c.name, c.at, i+1)
		}
	}
	return nil
}
