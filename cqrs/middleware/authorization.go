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
	return cqrs.Checked(a.faults, cqrs.Policy(policyAuthorization, cqrs.PerBinding(func(b *cqrs.Binding) cqrs.Middleware {
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
	})))
}

// Exemption is a message that [Authorization] or [Require] does not ask for. Create one with [Exempt].
type Exemption struct {
	message reflect.Type
	where   string
}

// Exempt exempts the message M: the command that anybody may send from [Authorization], or one without
// the policy from [Require].
func Exempt[M any]() Exemption { return Exemption{reflect.TypeFor[M](), errtext.Caller()} }

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
	errs := a.coverage(coverage{
		bindings: bindings,
		exempt:   a.exempt,
		required: func(b *cqrs.Binding) bool { return b.Kind() == cqrs.KindCommand },
		covered:  func(b *cqrs.Binding) bool { return mayImplement(b, a.says) },
		lacks: func(b *cqrs.Binding) error {
			if onPointer(b, a.says) {
				return nil // see below
			}
			return a.bindingErrorf(b,
				"does not implement %v, so it is not checked; implement it, or exempt the command with middleware.Exempt[%v]()",
				a.says, b.Message())
		},
		needless: a.needless,
	})
	return append(errs, eachMessage(bindings, func(b *cqrs.Binding) error {
		if !onPointer(b, a.says) {
			return nil
		}
		return a.bindingErrorf(b,
			"implements %v only with pointer receivers and is not checked, because messages are values; use value receivers",
			a.says)
	})...)
}

// needless reports an exemption of a message that needs none.
func (a *authorization) needless(e Exemption, b *cqrs.Binding) error {
	switch {
	case b.Kind() != cqrs.KindCommand:
		return a.bindingErrorf(b, "is exempted by %v at %s, but only commands have to implement %v; remove the exemption",
			e.text(), e.where, a.says)
	default:
		return a.bindingErrorf(b,
			"implements %v and is checked, so %v at %s has no effect; remove the exemption or the methods",
			a.says, e.text(), e.where)
	}
}
