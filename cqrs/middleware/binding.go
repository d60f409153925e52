package middleware

import (
	"reflect"

	"github.com/digcqrs/digcqrs/cqrs"
)

// failing returns a middleware that does nothing but make bootstrap.New fail.
func failing(errs ...error) cqrs.Middleware {
	return cqrs.Checked(func([]*cqrs.Binding) []error { return errs })
}

// isOpen reports whether a binding is a subscription to an interface, so that only the
// event itself determines the methods.
func isOpen(b *cqrs.Binding) bool { return b.Message().Kind() == reflect.Interface }

// messageType returns the type of the message itself, not that of the interface that it
// was bound as.
func messageType(in *cqrs.Invocation) reflect.Type {
	if b := in.Binding(); !isOpen(b) {
		return b.Message()
	}
	return reflect.TypeOf(in.Message())
}

// mayImplement reports whether messages of a binding may implement an interface.
func mayImplement(b *cqrs.Binding, methods reflect.Type) bool {
	return isOpen(b) || b.Message().Implements(methods)
}

// onPointer reports whether only a pointer to the message implements an interface.
func onPointer(b *cqrs.Binding, methods reflect.Type) bool {
	return !mayImplement(b, methods) && reflect.PointerTo(b.Message()).Implements(methods)
}

// eachMessage calls f with the first binding of each type of message; an event may have
// several bindings.
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
