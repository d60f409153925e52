package container

import "github.com/digcqrs/digcqrs/internal/errtext"

func refusedError(call string, at location, cause error) error {
	return newError(ErrRefused, cause, "%s rejected %v: %v", call, at, cause)
}

// refusal is the reason for rejecting a function. An Error quotes it and has it as its
// cause.
type refusal struct {
	text
	cause error // dig's error, or nil
}

func (r *refusal) Error() string { return errtext.Write(r.text) }
func (r *refusal) Unwrap() error { return r.cause }

func refusalf(format string, args ...any) error { return &refusal{text: errtext.Part(format, args...)} }

func unsupportedError(what, option string) error {
	return refusalf("a %s does not support the option %s, which only dig honors; remove the option", what, option)
}

func duplicateError(k key, first *constructor, cause error) error {
	return &refusal{errtext.Part("%v is already provided by %v", k, first.where), cause}
}

func duplicateDecoratorError(d *constructor, k key, first *constructor) error {
	return refusalf("cannot decorate using function %v: %v already decorated by %v", d.fn.Type(), k, first.where)
}
