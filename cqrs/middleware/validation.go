package middleware

import (
	"context"
	"reflect"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
)

// validator is a message that can validate itself.
type validator interface {
	Validate(ctx context.Context) error
}

// Validation returns a middleware that validates messages which have the method
//
//	Validate(ctx context.Context) error
//
// before their handlers and the handlers' dependencies are built. If Validate returns an
// error, even that of a cancelled context, the message fails with a [*ValidationError]
// that wraps it, and the handler is not called. An invalid event fails its handler and, in
// the scope, the request that raised it. [Fields] helps to write Validate, which should
// examine the message alone: checks that need a database belong in the handler, where they
// are part of the transaction.
//
// bootstrap.New returns a [*ConfigError] for a message that has the method on its pointer
// only, and for one whose Validate has other parameters or results. These mistakes cannot
// be detected for an event that is only handled by subscriptions to an interface; such an
// event is not validated. Messages without the method cost nothing.
func Validation() cqrs.Middleware {
	m := origin{"Validation", errtext.Caller()}
	methods := reflect.TypeFor[validator]()
	return cqrs.Checked(
		func(bindings []*cqrs.Binding) []error { return eachMessage(bindings, m.checkValidate) },
		cqrs.Policy(policyValidation, cqrs.PerBinding(func(b *cqrs.Binding) cqrs.Middleware {
			if !mayImplement(b, methods) {
				return nil
			}
			return cqrs.MiddlewareFunc(validate)
		})),
	)
}

// checkValidate reports a Validate method that would not be called.
func (m origin) checkValidate(b *cqrs.Binding) error {
	methods := reflect.TypeFor[validator]()
	switch {
	case mayImplement(b, methods):
		return nil
	case onPointer(b, methods):
		return m.pointerError(b, "Validate(context.Context) error")
	}
	if v, ok := reflect.PointerTo(b.Message()).MethodByName("Validate"); ok {
		return m.bindingErrorf(b,
			"has a method Validate of type %v, which is never called; change it to Validate(context.Context) error, "+
				"or rename it",
			withoutReceiver(v.Type))
	}
	return nil
}

// withoutReceiver returns the function type of a method without its receiver.
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
