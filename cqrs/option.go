package cqrs

import "fmt"

// An EventOption says how a handler is told of events.
type EventOption interface {
	fmt.Stringer
	applyToEvent(*Binding)
}

// A BindOption is an option of any binding.
type BindOption interface {
	EventOption
	applyToRequest(*Binding)
}

type afterScope struct{}

func (afterScope) applyToEvent(b *Binding) { b.afterScope = true }
func (afterScope) String() string          { return "AfterScope()" }

// AfterScope makes a handler run once the request has succeeded and its scope
// has closed, in a scope of its own. It is for what must not happen unless the
// request is done, like sending a mail. Without it the handler is a part of the
// request: it shares its scope, and its failure fails the request.
func AfterScope() EventOption { return afterScope{} }

type subscriptionName string

func (n subscriptionName) applyToEvent(b *Binding) {
	if n != "" {
		b.name = string(n)
	}
}

func (n subscriptionName) String() string { return fmt.Sprintf("SubscriptionName(%q)", string(n)) }

// SubscriptionName names the handler of an event, for [Mediator.PublishTo].
// Unlike the type of the handler, which it is named by otherwise, such a name
// stays when the code is moved. Two handlers of one name are an error; an empty
// name is none.
func SubscriptionName(name string) EventOption { return subscriptionName(name) }

type withMiddleware []Middleware

func (w withMiddleware) applyToEvent(b *Binding)   { b.middleware = append(b.middleware, w...) }
func (w withMiddleware) applyToRequest(b *Binding) { w.applyToEvent(b) }
func (w withMiddleware) String() string            { return group{"WithMiddleware", w}.String() }

// WithMiddleware puts middlewares around the handler of one binding, inside of
// those that stand around all handlers. The first one is outermost; a further
// WithMiddleware adds inside.
func WithMiddleware(middleware ...Middleware) BindOption { return withMiddleware(middleware) }

type attach struct{ value any }

func (a attach) applyToEvent(b *Binding)   { b.attached = append(b.attached, a.value) }
func (a attach) applyToRequest(b *Binding) { a.applyToEvent(b) }
func (a attach) String() string            { return fmt.Sprintf("Attach(%T)", a.value) }

// Attach gives a binding a value of the application's, for middlewares that
// look for it with [Attached].
func Attach(value any) BindOption { return attach{value} }

// Attached returns the value of type T that [Attach] has given to a binding, the
// last one if there are several.
func Attached[T any](b *Binding) (value T, ok bool) {
	for _, v := range b.attached {
		if typed, is := v.(T); is {
			value, ok = typed, true
		}
	}
	return value, ok
}
