package middleware

import (
	"context"
	"reflect"

	"github.com/digcqrs/digcqrs/cqrs"
)

// A validator is a message that says itself whether it makes sense.
type validator interface {
	Validate(ctx context.Context) error
}

// Validation returns a middleware that validates messages which have the method
//
//	Validate(ctx context.Context) error
//
// before their handler, and what it needs, is built. An error of it becomes a
// [*ValidationError], which has it in its chain, also if it is that of a cancelled
// context. The handler is not called then. An event that is invalid fails its
// handler, and in the scope the request that raised it. [Fields] helps to write
// Validate, which should look at the message alone: what takes a database to
// know belongs in the handler, where it is a part of the transaction.
//
// A message that has the method on its pointer only, or a method of that name
// with other parameters or results, is an [*UnfitError] of bootstrap.New. Of an
// event that only subscriptions to an interface are told of that is not known;
// it is not validated then. Messages without the method cost nothing.
func Validation() cqrs.Middleware {
	m := maker{"Validation", caller()}
	methods := reflect.TypeFor[validator]()
	return cqrs.Checked(
		func(bindings []*cqrs.Binding) []error { return eachMessage(bindings, m.checkValidate) },
		cqrs.PerBinding(func(b *cqrs.Binding) cqrs.Middleware {
			if !mayImplement(b, methods) {
				return nil
			}
			return cqrs.Around(validate)
		}),
	)
}

// checkValidate returns why the Validate of a message would not be called.
func (m maker) checkValidate(b *cqrs.Binding) error {
	methods := reflect.TypeFor[validator]()
	switch {
	case mayImplement(b, methods):
		return nil
	case onPointer(b, methods):
		return m.pointerError(b, "Validate(context.Context) error")
	}
	if v, ok := reflect.PointerTo(b.Message()).MethodByName("Validate"); ok {
		return m.unfitFor(b, "has a method Validate that is a %v and would never be called; make it Validate(context.Context) error, or give it another name", withoutReceiver(v.Type))
	}
	return nil
}

// withoutReceiver returns the type of a method as that of a function.
func withoutReceiver(method reflect.Type) reflect.Type {
	var in, out []reflect.Type
	for t := range method.Ins() {
		in = append(in, t)
	}
	for t := range method.Outs() {
		out = append(out, t)
	}
	return reflect.FuncOf(in[1:], out, method.IsVariadic())
}

func validate(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	if message, ok := in.Message().(validator); ok {
		if err := message.Validate(ctx); err != nil {
			return nil, &ValidationError{Message: messageType(in), Fields: fieldsIn(err), Err: err}
		}
	}
	return next(ctx, in)
}
