package cqrs

import "fmt"

// EventOption configures the subscription of an event handler.
type EventOption interface {
	fmt.Stringer
	applyToEvent(*Binding)
}

// BindOption configures any binding, of a request or of an event.
type BindOption interface {
	EventOption
	applyToRequest(*Binding)
}

type subscriptionName string

func (n subscriptionName) applyToEvent(b *Binding) {
	if n != "" {
		b.name = string(n)
	}
}

func (n subscriptionName) String() string { return fmt.Sprintf("SubscriptionName(%q)", string(n)) }

// SubscriptionName sets the name by which [Mediator.PublishTo] finds a subscription. The
// default is the type of the handler with its package path, which changes when the code
// is moved. Two subscriptions with the same name are an error. An empty name has no
// effect.
func SubscriptionName(name string) EventOption { return subscriptionName(name) }

type withMiddleware []Middleware

func (w withMiddleware) applyToEvent(b *Binding)   { b.middleware = append(b.middleware, w...) }
func (w withMiddleware) applyToRequest(b *Binding) { w.applyToEvent(b) }
func (w withMiddleware) String() string            { return group{"WithMiddleware", w}.String() }

// WithMiddleware wraps middleware around the handler of one binding, inside the
// middleware of bootstrap.WithMiddleware. The first is outermost. Repeating the option
// adds further middleware inside.
func WithMiddleware(middleware ...Middleware) BindOption { return withMiddleware(middleware) }

type attach struct{ value any }

func (a attach) applyToEvent(b *Binding)   { b.attached = append(b.attached, a.value) }
func (a attach) applyToRequest(b *Binding) { a.applyToEvent(b) }
func (a attach) String() string            { return fmt.Sprintf("Attach(%T)", a.value) }

// Attach attaches a value to a binding. Middleware reads it with [Attached].
func Attach(value any) BindOption { return attach{value} }

// Attached returns the value of type T that was attached to a binding with [Attach]. If
// there are several, it returns the last. ok reports whether there is one.
func Attached[T any](b *Binding) (value T, ok bool) {
	for _, v := range b.attached {
		if typed, is := v.(T); is {
			value, ok = typed, true
		}
	}
	return value, ok
}
