package middleware

import (
	"context"
	"reflect"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
)

// Authorization returns a middleware that calls check to decide who may send a message. P
// is an interface of the application, by which messages state what they require, such as
// interface{ RequiredRole() string }; the context identifies the sender. A message that
// implements P is checked before its handler and the handler's dependencies are built. If
// check returns an error, the message fails with an [*AuthorizationError] that wraps it,
// and the handler is not called.
//
// No command can be forgotten: bootstrap.New rejects a command that neither implements P
// nor is listed in exempt. Queries, streams and events are checked if they implement P,
// but do not have to. Messages that are sent or raised within a request are checked like
// any others, with the context that they arrive with.
//
// bootstrap.New also returns a [*ConfigError] for a message that implements P only on its
// pointer, since it would go unchecked; for an exemption that has no effect or is
// duplicated; for a P that is not an interface; and for a nil check. check must be safe
// for concurrent use.
func Authorization[P any](check func(ctx context.Context, message P) error, exempt ...Exemption) cqrs.Middleware {
	a := &authorization{origin: origin{"Authorization", errtext.Caller()}, says: reflect.TypeFor[P](), exempt: exempt}
	switch {
	case a.says.Kind() != reflect.Interface:
		return failing(a.errorf("%v is not an interface; use an interface that messages implement", a.says))
	case check == nil:
		return failing(a.errorf("the check is nil; pass a function"))
	}
	return cqrs.Checked(a.faults, cqrs.PerBinding(func(b *cqrs.Binding) cqrs.Middleware {
		if !mayImplement(b, a.says) {
			return nil
		}
		return cqrs.MiddlewareFunc(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			if message, ok := in.Message().(P); ok {
				if err := check(ctx, message); err != nil {
					return nil, &AuthorizationError{Message: messageType(in), Handler: b.Handler(), Err: err}
				}
			}
			return next(ctx, in)
		})
	}))
}

// Exemption is a command that anybody may send. Create one with [Exempt].
type Exemption struct {
	message reflect.Type
	where   string
}

// Exempt exempts the command C from [Authorization].
func Exempt[C any]() Exemption { return Exemption{reflect.TypeFor[C](), errtext.Caller()} }

// String returns "Exempt[app.SignUp]".
func (e Exemption) String() string { return errtext.Write(e.text()) }

func (e Exemption) text() text { return errtext.Part("Exempt[%v]", e.message) }

// authorization is an Authorization during start-up.
type authorization struct {
	origin
	says   reflect.Type // the interface P
	exempt []Exemption
}

// faults reports messages that would go unchecked, and exemptions that have no effect.
func (a *authorization) faults(bindings []*cqrs.Binding) []error {
	exempt := make(map[reflect.Type]Exemption)
	bound := make(map[reflect.Type]*cqrs.Binding)
	for _, b := range bindings {
		bound[b.Message()] = b
	}
	var errs []error
	for i, e := range a.exempt {
		if first, twice := exempt[e.message]; twice && e.message != nil {
			errs = append(errs, a.errorf("duplicate %v at %s and at %s; remove one of them", e.text(), first.where, e.where))
			continue
		}
		exempt[e.message] = e
		if err := a.checkExemption(i, e, bound[e.message]); err != nil {
			errs = append(errs, err)
		}
	}
	return append(errs, eachMessage(bindings, func(b *cqrs.Binding) error {
		_, isExempt := exempt[b.Message()]
		switch {
		case onPointer(b, a.says):
			return a.bindingErrorf(b,
				"implements %v only with pointer receivers and is not checked, because messages are values; use value receivers",
				a.says)
		case b.Kind() == cqrs.KindCommand && !mayImplement(b, a.says) && !isExempt:
			return a.bindingErrorf(b,
				"does not implement %v, so it is not checked; implement it, or exempt the command with middleware.Exempt[%v]()",
				a.says, b.Message())
		default:
			return nil
		}
	})...)
}

// checkExemption reports an exemption that has no effect. b is the binding of its command,
// or nil if the command is not bound.
func (a *authorization) checkExemption(i int, e Exemption, b *cqrs.Binding) error {
	switch {
	case e.message == nil:
		return a.errorf("exemption %d is empty; create it with middleware.Exempt", i+1)
	case b == nil:
		return a.errorf(
			"%v at %s has no effect, because the middleware wraps no handler of that command; bind one, or remove the exemption",
			e.text(), e.where)
	case b.Kind() != cqrs.KindCommand:
		return a.bindingErrorf(b, "is exempted by %v at %s, but only commands have to implement %v; remove the exemption",
			e.text(), e.where, a.says)
	case mayImplement(b, a.says):
		return a.bindingErrorf(b,
			"implements %v and is checked, so %v at %s has no effect; remove the exemption or the methods",
			a.says, e.text(), e.where)
	default:
		return nil
	}
}
