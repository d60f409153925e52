package cqrs

import (
	"errors"
	"reflect"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// Errors to test for with errors.Is. The errors that are returned have types of their own,
// such as [*MessageError] and [*BindError], which say more.
var (
	ErrNoHandler      = errors.New("cqrs: no handler is bound")
	ErrPointer        = errors.New("cqrs: a message is a pointer")
	ErrNilMessage     = errors.New("cqrs: a message is nil")
	ErrNilContext     = errors.New("cqrs: the context is nil")
	ErrNilMediator    = errors.New("cqrs: the mediator is nil")
	ErrNilFunc        = errors.New("cqrs: the function is nil")
	ErrInterface      = errors.New("cqrs: a handler handles an interface")
	ErrLostEvents     = errors.New("cqrs: a handler would lose its events")
	ErrDuplicate      = errors.New("cqrs: a second binding")
	ErrRequestEnded   = errors.New("cqrs: the request of this Sender has ended")
	ErrConstructing   = errors.New("cqrs: a constructor sends")
	ErrStreamStopped  = errors.New("cqrs: the consumer stopped the stream")
	ErrNilStream      = errors.New("cqrs: a handler returned a nil stream")
	ErrEventLimit     = errors.New("cqrs: too many follow-up events")
	ErrNestingLimit   = errors.New("cqrs: sends are nested too deep")
	ErrUnhandledEvent = errors.New("cqrs: no handler is bound to an event")
	ErrResultType     = errors.New("cqrs: a middleware returned a wrong result")
	ErrMiddleware     = errors.New("cqrs: a middleware is unfit")
	ErrNotHandled     = errors.New("cqrs: no handler of a chain has answered")
	ErrEmptyTarget    = errors.New("cqrs: a target is empty")
	ErrSubscription   = errors.New("cqrs: no such subscription")
	ErrExit           = errors.New("cqrs: the goroutine exited in an application's code")
)

// text is the text of an error. Errors embed it so that other errors can quote them.
type text = errtext.Text

func newText(format string, args ...any) text { return errtext.New("cqrs", format, args...) }

// MessageError reports a message that cannot be sent, recorded or published, or a
// call that cannot be made. Reason is one of [ErrPointer], [ErrNilMessage],
// [ErrNilContext], [ErrNilMediator], [ErrNilFunc], [ErrRequestEnded], [ErrConstructing],
// [ErrUnhandledEvent] and [ErrNilStream].
type MessageError struct {
	Reason  error
	Message reflect.Type // nil if there is none
	text
}

func (e *MessageError) Error() string { return errtext.Write(e.text) }

// Unwrap returns the reason.
func (e *MessageError) Unwrap() error { return e.Reason }

// NoHandlerError reports a request that no mapper binds. errors.Is finds [ErrNoHandler].
type NoHandlerError struct {
	Message reflect.Type
	Near    []reflect.Type // bound messages with a similar name
}

func (e *NoHandlerError) Error() string {
	fix := errtext.Part("bind one with cqrs.BindCommand, cqrs.BindRequest or cqrs.BindStream")
	if len(e.Near) > 0 {
		fix = errtext.Part("did you mean %v?", errtext.Or(e.Near))
	}
	return errtext.Write(newText("no handler is bound to %v; %v", e.Message, fix))
}

// Unwrap returns [ErrNoHandler].
func (e *NoHandlerError) Unwrap() error { return ErrNoHandler }

// MiddlewareError reports a middleware that is misused or returned a result of the wrong
// type. Reason is [ErrMiddleware] or [ErrResultType].
type MiddlewareError struct {
	Reason     error
	Middleware string       // such as "the middleware at main.go:12"
	Message    reflect.Type // nil if no message is involved
	Handler    reflect.Type // nil if no handler is involved
	text
}

func (e *MiddlewareError) Error() string { return errtext.Write(e.text) }

// Unwrap returns the reason.
func (e *MiddlewareError) Unwrap() error { return e.Reason }

func resultTypeError(name string, b *Binding, got any) error {
	answered, fix := errtext.Part("is answered by %v", b.result), errtext.Part("a %v", b.result)
	switch {
	case b.result == nil || b.kind == KindStream:
		answered, fix = errtext.Part("has none"), errtext.Part("nil")
	case b.result == reflect.TypeFor[Unit]():
		answered, fix = errtext.Part("is answered by cqrs.Unit"), errtext.Part("a cqrs.Unit")
	}
	return &MiddlewareError{Reason: ErrResultType, Middleware: name, Message: b.message, Handler: b.handler, text: newText(
		"%s, around %v, returned a result of type %v for %v, which %v; return what next returned, or %v",
		name, b.handler, reflect.TypeOf(got), b.message, answered, fix)}
}

// withResultTypeError returns the error of a wrong result, joined with err if that is not
// nil.
func withResultTypeError(err error, name string, b *Binding, got any) error {
	if err == nil {
		return resultTypeError(name, b, got)
	}
	return errors.Join(resultTypeError(name, b, got), err)
}

func nilMiddlewareError(in, what string) error {
	return &MiddlewareError{Reason: ErrMiddleware, Middleware: in, text: newText(
		"%s was given nil for %s; leave it out", in, what)}
}

func uselessMiddlewareError(name string, message reflect.Type) error {
	return &MiddlewareError{Reason: ErrMiddleware, Middleware: name, Message: message, text: newText(
		"%s is for %v, which is not bound where it stands; bind that, or remove the middleware", name, message)}
}

// NotHandledError reports a request that no handler of a [Chain] has answered.
// errors.Is finds [ErrNotHandled].
type NotHandledError struct {
	Message  reflect.Type
	Handlers []reflect.Type // all handlers that the request is bound to
}

func (e *NotHandledError) Error() string {
	return errtext.Write(newText("none of the handlers of %v has answered: %v; add one that answers always",
		e.Message, errtext.Join(e.Handlers, ", ")))
}

// Unwrap returns [ErrNotHandled].
func (e *NotHandledError) Unwrap() error { return ErrNotHandled }

// SubscriptionError reports a call of [Mediator.PublishTo] with a subscription that
// the event does not have. errors.Is finds [ErrSubscription].
type SubscriptionError struct {
	Event        reflect.Type
	Subscription string
	Takes        reflect.Type // the event of the subscription; nil if there is no such subscription
	Known        []string     // the subscriptions that the event has
}

func (e *SubscriptionError) Error() string {
	fix := errtext.Part("the event has none, so bind one with cqrs.BindEvent")
	if len(e.Known) > 0 {
		fix = errtext.Part("use one that the event has: %v", errtext.Join(e.Known, ", "))
	}
	if e.Takes != nil {
		return errtext.Write(newText("subscription %q is to %v, and not to %v; %v", e.Subscription, e.Takes, e.Event, fix))
	}
	return errtext.Write(newText("no subscription is named %q, for %v; %v", e.Subscription, e.Event, fix))
}

// Unwrap returns [ErrSubscription].
func (e *SubscriptionError) Unwrap() error { return ErrSubscription }

// BindError reports an invalid binding. Reason is one of [ErrPointer], [ErrInterface],
// [ErrLostEvents], [ErrEmptyTarget] and [ErrDuplicate].
type BindError struct {
	Reason  error
	Binding *Binding
	First   *Binding // for a duplicate, the binding made first, which stays
	text
}

func (e *BindError) Error() string { return errtext.Write(e.text) }

func bindError(reason error, b *Binding, format string, args ...any) *BindError {
	why := errtext.Part(format, args...)
	return &BindError{Reason: reason, Binding: b, text: newText("cannot bind at %s: %v", b.where, why)}
}

// Unwrap returns the reason.
func (e *BindError) Unwrap() error { return e.Reason }

func duplicateError(first, second *Binding, rule string) error {
	err := bindError(ErrDuplicate, second, "%v is bound to %v, but %s has bound %v to it; %s, so remove one of them",
		second.handler, second.message, first.where, first.handler, rule)
	err.First = first
	return err
}

func duplicateNameError(first, second *Binding) error {
	err := bindError(ErrDuplicate, second,
		"%v is named %q, but so is %v at %s; a subscription is found by its name, so give it another",
		second.handler, second.name, first.handler, first.where)
	err.First = first
	return err
}

// EventError reports an event whose handler failed. If AfterScope is false, the request
// has failed as well and is rolled back. If it is true, the request in which the event
// was recorded is done and only this delivery failed; [Done] reports whether that is the
// request that returned the error.
type EventError struct {
	Event        reflect.Type
	Value        Event        // the event itself, which is not in the text
	Handler      reflect.Type // the first, if the target has several; nil if no handler was called
	Subscription string       // the name with which [Mediator.PublishTo] retries the delivery of Value
	AfterScope   bool
	NotHandled   []reflect.Type // if not AfterScope, the events that were still in the queue
	Err          error
}

func (e *EventError) Error() string {
	var handler, after, rest text
	if e.Handler != nil {
		handler = errtext.Part(", handler %v", e.Handler)
	}
	if e.AfterScope {
		after = errtext.Part(", after the scope")
	}
	if len(e.NotHandled) > 0 {
		rest = errtext.Part("; not handled: %v", errtext.Join(e.NotHandled, ", "))
	}
	return errtext.Write(newText("event %v%v%v: %v%v", e.Event, handler, after, e.Err, rest))
}

// Unwrap returns the error of the handler.
func (e *EventError) Unwrap() error { return e.Err }

// EventLimitError reports an event that led to more follow-up events than the limit allows.
// errors.Is finds [ErrEventLimit].
type EventLimitError struct {
	Limit int
	Path  []reflect.Type // from the first event to the one that exceeds the limit
}

func (e *EventLimitError) Error() string {
	return errtext.Write(newText(
		"one event led to more than %d: %v; let a handler stop recording, or raise bootstrap.WithEventLimit",
		e.Limit, errtext.Join(e.Path, " -> ")))
}

// Unwrap returns [ErrEventLimit].
func (e *EventLimitError) Unwrap() error { return ErrEventLimit }

// NestingLimitError reports a send that is nested deeper than the limit allows. errors.Is
// finds [ErrNestingLimit].
type NestingLimitError struct {
	Limit int
	Path  []reflect.Type // from the first message to the one that exceeds the limit, as far as known
}

func (e *NestingLimitError) Error() string {
	return errtext.Write(newText(
		"more than %d sends led to one another: %v; let a handler stop sending, or raise bootstrap.WithNestingLimit",
		e.Limit, errtext.Join(e.Path, " -> ")))
}

// Unwrap returns [ErrNestingLimit].
func (e *NestingLimitError) Unwrap() error { return ErrNestingLimit }
