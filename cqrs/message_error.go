package cqrs

import (
	"errors"
	"reflect"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// messageError returns a MessageError about a message of type t, which may be nil.
func messageError(reason error, t reflect.Type, format string, args ...any) error {
	return &MessageError{Reason: reason, Message: t, text: newText(format, args...)}
}

func pointerError(verb string, t reflect.Type) error {
	return messageError(ErrPointer, t, "%v was %s as a pointer, but messages are values; use %v", t, verb, t.Elem())
}

func nilMessageError(verb string) error {
	return messageError(ErrNilMessage, nil,
		"nil was %s; a message is a struct that embeds one of the types of package cqrs", verb)
}

func nilContextError(t reflect.Type) error {
	return messageError(ErrNilContext, t, "the context is nil%s; use context.Background if there is none", forMessage(t))
}

func nilMediatorError(t reflect.Type) error {
	return messageError(ErrNilMediator, t,
		"the mediator or Sender is nil%s; look at the error that bootstrap.New returned", forMessage(t))
}

func nilFuncError() error {
	return messageError(ErrNilFunc, nil, "Run was called with a nil function; give it what the request does")
}

func endedError(t reflect.Type) error {
	return messageError(ErrRequestEnded, t,
		"the request of this Sender has ended%s; a Sender is for the request that it was built for, so use the Mediator "+
			"or wait for goroutines in Handle", forMessage(t))
}

func reentrantNextError(b *Binding) error {
	return &MiddlewareError{Reason: ErrMiddleware, Message: b.message, Handler: b.handler, text: newText(
		"next was called from inside of itself, by what handles %v; call next in the middleware that got it", b.message)}
}

// errYield is the value that yield panics with.
var errYield = errors.New("cqrs: yield was called after it had returned false, or after the items had ended; " +
	"return when yield returns false, and do not keep it")

func constructingError(t reflect.Type) error {
	return messageError(ErrConstructing, t,
		"a constructor sends%s while its request is being built; keep the Sender and send in Handle", forMessage(t))
}

func unhandledError(t reflect.Type) error {
	return messageError(ErrUnhandledEvent, t,
		"no handler is bound to the event %v, and bootstrap.WithStrictEvents asks for one; bind it with cqrs.BindEvent", t)
}

func nilStreamError(message, handler reflect.Type) error {
	return messageError(ErrNilStream, message,
		"%v returned a nil iterator for %v; return one that yields nothing", handler, message)
}

func forMessage(t reflect.Type) text {
	if t == nil {
		return text{}
	}
	return errtext.Part(" (for %v)", t)
}
