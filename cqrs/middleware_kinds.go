package cqrs

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// An Interceptor is a type that [Built] makes a middleware of. Handle is an
// [Around].
type Interceptor interface {
	Handle(ctx context.Context, in *Invocation, next Next) (any, error)
}

// Built returns a middleware that the container builds: a singleton, or, if its
// constructor is provided with container.Scoped, one for each request, which
// shares what is scoped with the handler and is built when it is reached. If the
// container cannot build it, bootstrap.New says so.
func Built[I Interceptor]() Middleware {
	return built{t: reflect.TypeFor[I](), where: caller()}
}

type built struct {
	t     reflect.Type
	where string
}

func (b built) String() string            { return fmt.Sprintf("the middleware %v", b.t) }
func (b built) faults([]*Binding) []error { return nil }
func (b built) layers(*Binding, func(error)) []layer {
	return []layer{{name: b.String(), built: b.t, where: b.where}}
}

// Only returns a middleware that puts others around the handlers of those
// messages that implement M, an interface. That is known at start-up, but for a
// handler of events that takes an interface itself: there each event is looked at.
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

func (o only) layers(b *Binding, report func(error)) []layer {
	switch {
	case o.applies(b):
		return o.group.layers(b, report)
	case b.message.Kind() != reflect.Interface:
		return nil
	}
	layers := o.group.layers(b, report)
	for i := range layers {
		inner := layers[i].when
		layers[i].when = func(message any) bool { return o.is(message) && (inner == nil || inner(message)) }
	}
	return layers
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

// For returns a middleware that stands around the handler of one type of
// request, and knows its type and that of the result. It is an error if none of
// the bindings around whose handlers it may stand is of that request.
func For[Q Request[R], R any](around func(ctx context.Context, message Q, next func(context.Context) (R, error)) (R, error)) Middleware {
	if around == nil {
		return Around(nil)
	}
	return forRequest{
		t: reflect.TypeFor[Q](),
		layer: layer{name: "the middleware at " + placeOf(around), call: func(ctx context.Context, in *Invocation, next Next) (any, error) {
			return around(ctx, in.Message().(Q), func(ctx context.Context) (R, error) {
				result, err := next(ctx, in)
				typed, _ := result.(R)
				return typed, err
			})
		}},
	}
}

type forRequest struct {
	t     reflect.Type
	layer layer
}

func (f forRequest) String() string { return fmt.Sprintf("For[%v]", f.t) }

func (f forRequest) applies(b *Binding) bool { return b.message == f.t && b.kind != KindStream }

func (f forRequest) layers(b *Binding, _ func(error)) []layer {
	if !f.applies(b) {
		return nil
	}
	return []layer{f.layer}
}

func (f forRequest) faults(bindings []*Binding) []error {
	if slices.ContainsFunc(bindings, f.applies) {
		return nil
	}
	return []error{uselessMiddlewareError(f.layer.name, f.t)}
}

// AroundScope returns a middleware that puts others around the whole request,
// and not only around its handler: they see what the request has come to, with
// its events and finalizers, and each call of next begins anew, with a scope of
// its own. They stand outside of all others. What is handled in the scope of
// another request has none of its own; see [Invocation.Nested]. A middleware
// of [Built] can be put there only if it is a singleton.
//
// The error may say that the request is done and only after-scope handlers
// failed; [Done] tells. Return such an error as it is, or the request counts as
// failed.
func AroundScope(middleware ...Middleware) Middleware {
	return aroundScope{group{"AroundScope", middleware}}
}

type aroundScope struct{ group }

func (o aroundScope) layers(b *Binding, report func(error)) []layer {
	layers := o.group.layers(b, report)
	for i := range layers {
		layers[i].aroundScope = true
	}
	return layers
}

// PerBinding returns a middleware that choose makes for each binding, at
// start-up. It returns nil for none.
func PerBinding(choose func(*Binding) Middleware) Middleware { return perBinding{choose} }

type perBinding struct{ choose func(*Binding) Middleware }

func (p perBinding) String() string { return "PerBinding" }

func (p perBinding) layers(b *Binding, report func(error)) []layer {
	if p.choose == nil {
		return nil
	}
	var chosen Middleware
	report(guarded("the function of PerBinding at "+placeOf(p.choose), func() { chosen = p.choose(b) }))
	if chosen == nil {
		return nil
	}
	for _, err := range chosen.faults([]*Binding{b}) {
		report(err)
	}
	return chosen.layers(b, report)
}

func (p perBinding) faults([]*Binding) []error {
	if p.choose == nil {
		return []error{nilMiddlewareError(p.String(), "the function that chooses")}
	}
	return nil
}

// Checked returns a middleware that puts others around handlers, and has check
// look at the bindings of all these at start-up. What it returns is reported by
// bootstrap.New.
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
	if err := guarded("the function of Checked at "+placeOf(c.check), func() { errs = c.check(bindings) }); err != nil {
		errs = append(errs, err)
	}
	return append(errs, c.group.faults(bindings)...)
}

// guarded makes an error of a panic at start-up.
func guarded(where string, do func()) (err error) {
	returned := false
	defer func() {
		if !returned {
			p := newPanicError(recover())
			p.Where = where
			err = p
		}
	}()
	do()
	returned = true
	return nil
}

// A group is several middlewares as one.
type group struct {
	name    string
	members []Middleware
}

func (g group) String() string {
	return errtext.Sprintf("%s(%v)", g.name, errtext.Join(g.members, ", "))
}

func (g group) layers(b *Binding, report func(error)) []layer {
	var layers []layer
	for _, m := range g.members {
		if m != nil {
			layers = append(layers, m.layers(b, report)...)
		}
	}
	return layers
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
