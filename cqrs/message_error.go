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
		"nil was %s; messages are structs that embed a message type of package cqrs", verb)
}

func nilContextError(t reflect.Type) error {
	return messageError(ErrNilContext, t,
		"the context%s is nil; pass context.Background() if you have none", forMessage(t))
}

func nilMediatorError(t reflect.Type) error {
	return messageError(ErrNilMediator, t,
		"the mediator or Sender%s is nil, or embeds a nil Sender; check the error that bootstrap.New returned, "+
			"or create a Sender for a test with cqrstest.NewSender", forMessage(t))
}

func nilFuncError() error {
	return messageError(ErrNilFunc, nil, "Run was called with a nil function; pass the function that sends")
}

func endedError(t reflect.Type) error {
	return messageError(ErrRequestEnded, t,
		"a Sender was used%s after its request had ended; "+
			"use the Mediator, or wait for goroutines before Handle returns", forMessage(t))
}

func closedError(t reflect.Type) error {
	return messageError(ErrClosed, t,
		"the mediator was used%s after it was closed; stop what sends to it before you call Close", forMessage(t))
}

func reentrantNextError(b *Binding) error {
	why := newText("next was called for %v while it was still running; "+
		"call next only in the middleware that received it", b.message)
	return &MiddlewareError{Message: b.message, Handler: b.handler, text: why}
}

// errYield is the value that yield panics with.
var errYield = errors.New("cqrs: yield was called after it returned false or after the stream ended; " +
	"return when yield returns false, and do not store it")

func constructingError(t reflect.Type) error {
	return messageError(ErrConstructing, t,
		"a constructor used its Sender%s; store the Sender and send in Handle", forMessage(t))
}

func unhandledError(t reflect.Type) error {
	return messageError(ErrUnhandledEvent, t,
		"no handler is bound to event %v, but bootstrap.WithStrictEvents requires one; bind one with cqrs.BindEvent", t)
}

func nilStreamError(message, handler reflect.Type) error {
	return messageError(ErrNilStream, message,
		"%v returned a nil iterator for %v; return an iterator that yields nothing", handler, message)
}

func nilAnswerError(message reflect.Type) error {
	return messageError(ErrNilStream, message,
		"the answer to %v is a nil iterator; return an iterator that yields nothing", message)
}

func forMessage(t reflect.Type) text {
	if t == nil {
		return text{}
	}
	return errtext.Part(" for %v", t)
}
