package cqrs

import (
	"errors"
	"reflect"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// These are the reasons of a [*MessageError], [*BindError], [*EmissionError], [*MiddlewareError]
// or [*NotHandledError], and the outcomes of requests that end early, for errors.Is.
var (
	ErrPointer         = errors.New("cqrs: message is a pointer")
	ErrNilMessage      = errors.New("cqrs: message is nil")
	ErrNilContext      = errors.New("cqrs: context is nil")
	ErrNilMediator     = errors.New("cqrs: mediator is nil")
	ErrNilFunc         = errors.New("cqrs: function is nil")
	ErrInterface       = errors.New("cqrs: request handler handles an interface")
	ErrLostEvents      = errors.New("cqrs: handler would lose its events")
	ErrDuplicate       = errors.New("cqrs: duplicate binding")
	ErrRequestEnded    = errors.New("cqrs: request of the Sender has ended")
	ErrConstructing    = errors.New("cqrs: constructor used its Sender")
	ErrStreamStopped   = errors.New("cqrs: the consumer stopped the stream")
	ErrNilStream       = errors.New("cqrs: handler returned a nil stream")
	ErrUnhandledEvent  = errors.New("cqrs: no handler is bound to the event")
	ErrUndeclaredEvent = errors.New("cqrs: event is not declared")
	ErrDeadHandler     = errors.New("cqrs: no declared event reaches the handler")
	ErrEventCycle      = errors.New("cqrs: events lead to one another in a cycle")
	ErrResultType      = errors.New("cqrs: middleware returned a result of the wrong type")
	ErrNotHandled      = errors.New("cqrs: not handled")
	ErrEmptyTarget     = errors.New("cqrs: target is empty")
	ErrClosed          = errors.New("cqrs: mediator is closed")
	ErrExit            = errors.New("cqrs: application code called runtime.Goexit")
)

// text is the text of an error. Errors embed it so that other errors can quote them.
type text = errtext.Text

func newText(format string, args ...any) text { return errtext.New("cqrs", format, args...) }

// MessageError reports a message that cannot be sent, recorded or published, or a
// call that cannot be made. Reason is one of [ErrPointer], [ErrNilMessage],
// [ErrNilContext], [ErrNilMediator], [ErrNilFunc], [ErrRequestEnded], [ErrConstructing],
// [ErrUnhandledEvent], [ErrUndeclaredEvent], [ErrNilStream] and [ErrClosed].
type MessageError struct {
	Reason  error
	Message reflect.Type // nil if there is none
	text
}

func (e *MessageError) Error() string { return errtext.Write(e.text) }

// Unwrap returns the reason.
func (e *MessageError) Unwrap() error { return e.Reason }

// NoHandlerError reports a request that no mapper binds.
type NoHandlerError struct {
	Message     reflect.Type
	Suggestions []reflect.Type // bound messages with a similar name
}

func (e *NoHandlerError) Error() string {
	fix := errtext.Part("bind one with cqrs.BindCommand, cqrs.BindRequest or cqrs.BindStream")
	if len(e.Suggestions) > 0 {
		fix = errtext.Part("did you mean %v?", errtext.Or(e.Suggestions))
	}
	return errtext.Write(newText("no handler is bound to %v; %v", e.Message, fix))
}

// MiddlewareError reports a middleware that is misused or returned a result of the wrong
// type.
type MiddlewareError struct {
	Reason     error        // [ErrResultType], or nil if the middleware is misused
	Middleware string       // such as "the middleware at main.go:12"
	Message    reflect.Type // nil if no message is involved
	Handler    reflect.Type // nil if no handler is involved
	text
}

func (e *MiddlewareError) Error() string { return errtext.Write(e.text) }

// Unwrap returns the reason, which may be nil.
func (e *MiddlewareError) Unwrap() error { return e.Reason }

func resultTypeError(name string, b *Binding, got any) error {
	declared, fix := errtext.Part("whose result type is %v", b.result), errtext.Part("a value of that type")
	switch {
	case b.result == nil || b.kind == KindStream:
		declared, fix = errtext.Part("which has no result"), errtext.Part("nil")
	case b.result == reflect.TypeFor[Unit]():
		declared, fix = errtext.Part("whose result type is cqrs.Unit"), errtext.Part("cqrs.Unit{}")
	}
	returned := errtext.Part("nil")
	if got != nil {
		returned = errtext.Part("a result of type %v", reflect.TypeOf(got))
	}
	why := newText("%s, which wraps %v, returned %v for %v, %v; return what next returned, or %v",
		name, b.handler, returned, b.message, declared, fix)
	return &MiddlewareError{Reason: ErrResultType, Middleware: name, Message: b.message, Handler: b.handler, text: why}
}

func nilMiddlewareError(in, what string) error {
	return &MiddlewareError{Middleware: in, text: newText("%s: %s is nil; remove it", in, what)}
}

func uselessMiddlewareError(name string, message reflect.Type) error {
	return &MiddlewareError{Middleware: name, Message: message, text: newText(
		"%s is for %v, but wraps no handler of it; bind one, or remove the middleware", name, message)}
}

// NotHandledError reports a request that no handler of a [Chain] has answered.
// errors.Is finds [ErrNotHandled].
type NotHandledError struct {
	Message  reflect.Type
	Handlers []reflect.Type // all handlers that the request is bound to
}

func (e *NotHandledError) Error() string {
	return errtext.Write(newText("every handler of %v passed it on: %v; end the chain with one that always answers",
		e.Message, errtext.Join(e.Handlers, ", ")))
}

// Unwrap returns [ErrNotHandled].
func (e *NotHandledError) Unwrap() error { return ErrNotHandled }

// SubscriptionError reports a call of [Mediator.PublishTo] with a subscription that
// the event does not have.
type SubscriptionError struct {
	Event        reflect.Type
	Subscription string
	Takes        reflect.Type // the event of the subscription; nil if there is no such subscription
	Known        []string     // the subscriptions that the event has
}

func (e *SubscriptionError) Error() string {
	fix := errtext.Part("bind a subscription with cqrs.BindEvent")
	if len(e.Known) > 0 {
		fix = errtext.Part("use %v", errtext.Or(e.Known))
	}
	if e.Takes != nil {
		return errtext.Write(newText("subscription %q is for %v, not %v; %v", e.Subscription, e.Takes, e.Event, fix))
	}
	return errtext.Write(newText("event %v has no subscription named %q; %v", e.Event, e.Subscription, fix))
}

// BindError reports an invalid binding. Reason is one of [ErrPointer], [ErrInterface],
// [ErrLostEvents], [ErrEmptyTarget] and [ErrDuplicate], or nil for an invalid durable
// subscription.
type BindError struct {
	Reason  error
	Binding *Binding
	First   *Binding // for a duplicate, the binding made first, which stays
	text
}

func (e *BindError) Error() string { return errtext.Write(e.text) }

func bindError(reason error, b *Binding, format string, args ...any) *BindError {
	why := errtext.Part(format, args...)
	return &BindError{Reason: reason, Binding: b, text: newText("cannot bind at %v: %v", position{b}, why)}
}

// Unwrap returns the reason.
func (e *BindError) Unwrap() error { return e.Reason }

func duplicateError(first, second *Binding, rule string) error {
	err := bindError(ErrDuplicate, second,
		"%v handles %v, but %v is already bound to it at %v; %s, so remove one binding",
		second.handler, second.message, first.handler, position{first}, rule)
	err.First = first
	return err
}

func duplicateNameError(first, second *Binding) error {
	err := bindError(ErrDuplicate, second,
		"%v has the subscription name %q, but so does %v at %v; choose a unique name",
		second.handler, second.name, first.handler, position{first})
	err.First = first
	return err
}

// EventError reports an event whose handler failed, or that could not be stored. If Delivery is
// [DeliveryInScope], the request has failed as well and is rolled back. If it is
// [DeliveryAfterScope], the request in which the event was recorded is done and only this
// delivery failed; [Done] reports whether that is the request that returned the error. If it is
// [DeliveryDurable], the event could not be stored for its durable subscriptions, of which this
// is the first, and the request is rolled back. A durable delivery that fails later is no error
// of the request: see [Observer].
type EventError struct {
	Event        reflect.Type
	Value        Event        // the event itself, which is not in the text
	Handler      reflect.Type // the first, if the target has several; nil if no handler was called
	Subscription string       // the name with which [Mediator.PublishTo] retries the delivery of Value
	Delivery     DeliveryMode
	NotDelivered []reflect.Type // if the request has failed, the events that were still in the queue
	Err          error
}

func (e *EventError) Error() string {
	what, to := "delivery of", "to"
	switch e.Delivery {
	case DeliveryAfterScope:
		what = "after-scope delivery of"
	case DeliveryDurable:
		what, to = "storing", "for"
	}
	var handler, rest text
	if e.Handler != nil {
		handler = errtext.Part(" %s %v", to, e.Handler)
	}
	if len(e.NotDelivered) > 0 {
		rest = errtext.Part("; not delivered: %v", errtext.Join(e.NotDelivered, ", "))
	}
	return errtext.Write(newText("%s event %v%v failed: %v%v", what, e.Event, handler, e.Err, rest))
}

// Unwrap returns the error of the handler.
func (e *EventError) Unwrap() error { return e.Err }

// EventLimitError reports an event that led to more follow-up events than the limit allows.
type EventLimitError struct {
	Limit int
	Path  []reflect.Type // from the first event to the one that exceeds the limit
}

func (e *EventLimitError) Error() string {
	return errtext.Write(newText(
		"event limit of %d exceeded by %v; break the chain of follow-up events, or raise bootstrap.WithEventLimit",
		e.Limit, errtext.Join(e.Path, " -> ")))
}

// NestingLimitError reports a send that is nested deeper than the limit allows.
type NestingLimitError struct {
	Limit int
	Path  []reflect.Type // from the first message to the one that exceeds the limit, as far as known
}

func (e *NestingLimitError) Error() string {
	return errtext.Write(newText(
		"nesting limit of %d exceeded by %v; break the chain of nested sends, or raise bootstrap.WithNestingLimit",
		e.Limit, errtext.Join(e.Path, " -> ")))
}
