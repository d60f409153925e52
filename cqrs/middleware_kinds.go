package cqrs

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// Interceptor is implemented by types that [Built] turns into a middleware. Handle
// follows the rules of [MiddlewareFunc].
type Interceptor interface {
	Handle(ctx context.Context, in *Invocation, next Next) (any, error)
}

// Built returns a middleware that the container builds. It is a singleton, unless its
// constructor is provided with container.Scoped: then each request builds its own, when
// the chain reaches it, and it shares scoped values with the handler. bootstrap.New
// returns an error if the container cannot build it.
func Built[I Interceptor]() Middleware {
	return built{t: reflect.TypeFor[I](), at: errtext.CallerPlace()}
}

type built struct {
	t  reflect.Type
	at errtext.Place
}

func (b built) String() string            { return fmt.Sprintf("the middleware %v", b.t) }
func (b built) faults([]*Binding) []error { return nil }
func (b built) links(*Binding, func(error)) []link {
	return []link{{name: b.String(), built: b.t, at: b.at}}
}

// Only returns a middleware that applies the given middleware only to messages that
// implement the interface M. This is decided at start-up, except for event handlers that
// take an interface: for these it is decided for each event.
func Only[M any](middleware ...Middleware) Middleware {
	t := reflect.TypeFor[M]()
	is := func(message any) bool { _, is := message.(M); return is }
	return only{group{"Only[" + t.String() + "]", middleware}, t, is}
}

type only struct {
	group
	t  reflect.Type
	is func(message any) bool
}

func (o only) applies(b *Binding) bool {
	return b.message == o.t || o.t.Kind() == reflect.Interface && b.message.Implements(o.t)
}

func (o only) links(b *Binding, report func(error)) []link {
	switch {
	case o.applies(b):
		return o.group.links(b, report)
	case b.message.Kind() != reflect.Interface:
		return nil
	}
	links := o.group.links(b, report)
	for i := range links {
		inner := links[i].when
		links[i].when = func(message any) bool { return o.is(message) && (inner == nil || inner(message)) }
	}
	return links
}

func (o only) faults(bindings []*Binding) []error {
	var those []*Binding
	for _, b := range bindings {
		if o.applies(b) {
			those = append(those, b)
		}
	}
	return o.group.faults(those)
}

// For returns a middleware for requests of type Q. The function receives the message and
// the result with their own types. bootstrap.New returns a [*MiddlewareError] if Q is not
// bound where the middleware applies.
func For[Q Request[R], R any](
	around func(ctx context.Context, message Q, next func(context.Context) (R, error)) (R, error),
) Middleware {
	if around == nil {
		return MiddlewareFunc(nil)
	}
	call := func(ctx context.Context, in *Invocation, next Next) (any, error) {
		return around(ctx, messageOf[Q](in.payload), func(ctx context.Context) (R, error) {
			result, err := next(ctx, in)
			typed, _ := result.(R)
			return typed, err
		})
	}
	at := errtext.Locate(around)
	return forRequest{reflect.TypeFor[Q](), link{name: "the middleware at " + at.String(), call: call, at: at}}
}

type forRequest struct {
	t    reflect.Type
	link link
}

func (f forRequest) String() string { return fmt.Sprintf("For[%v]", f.t) }

func (f forRequest) applies(b *Binding) bool { return b.message == f.t && b.kind != KindStream }

func (f forRequest) links(b *Binding, _ func(error)) []link {
	if !f.applies(b) {
		return nil
	}
	return []link{f.link}
}

func (f forRequest) faults(bindings []*Binding) []error {
	if slices.ContainsFunc(bindings, f.applies) {
		return nil
	}
	return []error{uselessMiddlewareError(f.link.name, f.t)}
}

// AroundScope returns a middleware that wraps the given middleware around the whole
// request instead of its handler. There it sees the outcome of the request, including
// its events and finalizers, and each call of next opens a new scope. It is outside of
// all middleware that is not wrapped in AroundScope. A message that is handled in the
// scope of another request has no scope of its own: see [Invocation.Nested]. A
// middleware of [Built] must be a singleton here.
//
// The error of next may only report after-scope deliveries that failed, while the
// request itself is done: [Done] reports which. Return such an error unchanged;
// otherwise the request counts as failed.
func AroundScope(middleware ...Middleware) Middleware {
	return aroundScope{group{"AroundScope", middleware}}
}

type aroundScope struct{ group }

func (o aroundScope) links(b *Binding, report func(error)) []link {
	links := o.group.links(b, report)
	for i := range links {
		links[i].aroundScope = true
	}
	return links
}

// PerBinding returns a middleware that calls choose for each binding at start-up, and
// applies what it returns to that binding. choose returns nil to apply none.
func PerBinding(choose func(*Binding) Middleware) Middleware { return perBinding{choose} }

type perBinding struct{ choose func(*Binding) Middleware }

func (p perBinding) String() string { return "PerBinding" }

func (p perBinding) links(b *Binding, report func(error)) []link {
	if p.choose == nil {
		return nil
	}
	var chosen Middleware
	where := "the function of PerBinding at " + errtext.Locate(p.choose).String()
	report(guarded(where, func() { chosen = p.choose(b) }))
	if chosen == nil {
		return nil
	}
	for _, err := range chosen.faults([]*Binding{b}) {
		report(err)
	}
	return chosen.links(b, report)
}

func (p perBinding) faults([]*Binding) []error {
	if p.choose == nil {
		return []error{nilMiddlewareError(p.String(), "the function")}
	}
	return nil
}

// Checked returns a middleware that applies the given middleware, and calls check at
// start-up with the bindings that it applies to. bootstrap.New reports the errors that
// check returns.
func Checked(check func([]*Binding) []error, middleware ...Middleware) Middleware {
	return checked{group{"Checked", middleware}, check}
}

type checked struct {
	group
	check func([]*Binding) []error
}

func (c checked) faults(bindings []*Binding) []error {
	if c.check == nil {
		return []error{nilMiddlewareError(c.String(), "the check")}
	}
	var errs []error
	where := "the function of Checked at " + errtext.Locate(c.check).String()
	if err := guarded(where, func() { errs = c.check(bindings) }); err != nil {
		errs = append(errs, err)
	}
	return append(errs, c.group.faults(bindings)...)
}

// guarded calls do and turns a panic into an error, at start-up.
func guarded(where string, do func()) error {
	return safe.Guard(func() error { do(); return nil }, func(value any) error {
		err := newPanicError(value)
		err.Where = where
		return err
	})
}

// group combines several middlewares into one.
type group struct {
	name    string
	members []Middleware
}

func (g group) String() string {
	return errtext.Sprintf("%s(%v)", g.name, errtext.Join(g.members, ", "))
}

func (g group) links(b *Binding, report func(error)) []link {
	var links []link
	for _, m := range g.members {
		if m != nil {
			links = append(links, m.links(b, report)...)
		}
	}
	return links
}

func (g group) faults(bindings []*Binding) []error {
	var errs []error
	for _, m := range g.members {
		if m == nil {
			errs = append(errs, nilMiddlewareError(g.name, "a middleware"))
			continue
		}
		errs = append(errs, m.faults(bindings)...)
	}
	return errs
}
