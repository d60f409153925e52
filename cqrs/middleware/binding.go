package middleware

import (
	"fmt"
	"reflect"
	"runtime"

	"github.com/digcqrs/digcqrs/cqrs"
)

// caller returns the file:line of whoever called the exported function that
// calls it.
func caller() string {
	_, file, line, ok := runtime.Caller(2)
	if !ok {
		return "unknown place"
	}
	return fmt.Sprintf("%s:%d", file, line)
}

// failing is a middleware that is nothing but an error of bootstrap.New.
func failing(errs ...error) cqrs.Middleware {
	return cqrs.Checked(func([]*cqrs.Binding) []error { return errs })
}

// isOpen tells whether a binding is a subscription to an interface, so that only
// an event itself tells which methods it has.
func isOpen(b *cqrs.Binding) bool { return b.Message().Kind() == reflect.Interface }

// messageType returns the type of a message, and not of an interface that it
// was bound as.
func messageType(in *cqrs.Invocation) reflect.Type {
	if b := in.Binding(); !isOpen(b) {
		return b.Message()
	}
	return reflect.TypeOf(in.Message())
}

// mayImplement tells whether messages of a binding can have the methods of an
// interface.
func mayImplement(b *cqrs.Binding, methods reflect.Type) bool {
	return isOpen(b) || b.Message().Implements(methods)
}

// onPointer tells whether the methods of an interface are there, but not all of
// them on the value.
func onPointer(b *cqrs.Binding, methods reflect.Type) bool {
	return !mayImplement(b, methods) && reflect.PointerTo(b.Message()).Implements(methods)
}

// eachMessage calls f for the first binding of each type of message: an event
// may have several.
func eachMessage(bindings []*cqrs.Binding, f func(*cqrs.Binding) error) []error {
	var errs []error
	seen := make(map[reflect.Type]bool)
	for _, b := range bindings {
		if seen[b.Message()] {
			continue
		}
		seen[b.Message()] = true
		if err := f(b); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}
