package middleware

import (
	"context"
	"reflect"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/errtext"
)

// Authorization returns a middleware that has check decide who may send a
// message. P is an interface of the application's, by which messages say what
// they require, like interface{ RequiredRole() string }; who sends is in the
// context. A message that implements P is checked before its handler, and what it
// needs, is built. An error of check becomes an [*AuthorizationError], which has
// it in its chain, and the handler is not called.
//
// No command is forgotten: bootstrap.New refuses one that neither implements P nor
// is named in exempt. Queries, streams and events that implement P are checked
// too, but need not implement it. What is sent and raised within a request is
// checked like any other message, with the context that it comes with.
//
// An [*UnfitError] of bootstrap.New is, besides: a message that implements P only as
// a pointer, since it would go unchecked; an exemption that exempts nothing, or is
// there twice; a P that is no interface; and a nil check, which is called by many
// goroutines at once.
func Authorization[P any](check func(ctx context.Context, message P) error, exempt ...Exemption) cqrs.Middleware {
	a := &authorization{maker: maker{"Authorization", caller()}, says: reflect.TypeFor[P](), exempt: exempt}
	switch {
	case a.says.Kind() != reflect.Interface:
		return failing(a.unfit("checks the messages that implement %v, which is no interface; use one that messages can implement", a.says))
	case check == nil:
		return failing(a.unfit("was given a nil check; give it the function that decides"))
	}
	return cqrs.Checked(a.faults, cqrs.PerBinding(func(b *cqrs.Binding) cqrs.Middleware {
		if !mayImplement(b, a.says) {
			return nil
		}
		return cqrs.Around(func(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
			if message, ok := in.Message().(P); ok {
				if err := check(ctx, message); err != nil {
					return nil, &AuthorizationError{Message: messageType(in), Handler: b.Handler(), Err: err}
				}
			}
			return next(ctx, in)
		})
	}))
}

// An Exemption is a command that [Authorization] lets everybody send. [Exempt]
// makes it.
type Exemption struct {
	message reflect.Type
	where   string
}

// Exempt returns the exemption of the command C.
func Exempt[C any]() Exemption { return Exemption{reflect.TypeFor[C](), caller()} }

// String returns "Exempt[app.SignUp]".
func (e Exemption) String() string { return errtext.Write(e.text()) }

func (e Exemption) text() text { return errtext.Part("Exempt[%v]", e.message) }

// An authorization is an Authorization at start-up.
type authorization struct {
	maker
	says   reflect.Type // the interface
	exempt []Exemption
}

// faults returns which messages would go unchecked, and which exemptions say so
// without need.
func (a *authorization) faults(bindings []*cqrs.Binding) []error {
	exempt := make(map[reflect.Type]Exemption)
	bound := make(map[reflect.Type]*cqrs.Binding)
	for _, b := range bindings {
		bound[b.Message()] = b
	}
	var errs []error
	for i, e := range a.exempt {
		if first, twice := exempt[e.message]; twice && e.message != nil {
			errs = append(errs, a.unfitBecause("%v is there twice, at %s and at %s; remove one of them", e.text(), first.where, e.where))
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
			return a.unfitFor(b, "implements %v only as a pointer, but messages are values, so that it would not be checked; give its methods value receivers", a.says)
		case b.Kind() == cqrs.KindCommand && !mayImplement(b, a.says) && !isExempt:
			return a.unfitFor(b, "does not implement %v, so that it would not be checked; let it, or exempt it with middleware.Exempt[%v]()", a.says, b.Message())
		default:
			return nil
		}
	})...)
}

// checkExemption returns why an exemption exempts nothing. b is what it is
// for, nil if that is not bound.
func (a *authorization) checkExemption(i int, e Exemption, b *cqrs.Binding) error {
	switch {
	case e.message == nil:
		return a.unfitBecause("exemption %d is empty; make it with middleware.Exempt", i+1)
	case b == nil:
		return a.unfitBecause("%v at %s exempts what is not bound where this middleware stands; bind that, or remove the exemption", e.text(), e.where)
	case b.Kind() != cqrs.KindCommand:
		return a.unfitFor(b, "is exempt by %v at %s, but only commands have to implement %v; remove the exemption",
			e.text(), e.where, a.says)
	case mayImplement(b, a.says):
		return a.unfitFor(b, "implements %v and is checked, so that %v at %s exempts nothing; remove the exemption, or the methods",
			a.says, e.text(), e.where)
	default:
		return nil
	}
}
