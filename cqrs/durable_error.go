package cqrs

import (
	"reflect"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// RegistrationError reports an invalid registration of an event or command.
type RegistrationError struct {
	Message reflect.Type
	Name    string
	text
}

func (e *RegistrationError) Error() string { return errtext.Write(e.text) }

func registrationError(t *messageType, format string, args ...any) error {
	why := errtext.Part(format, args...)
	return &RegistrationError{
		Message: t.message, Name: t.name, text: newText("cannot register %v at %s: %v", t.message, t.position(), why),
	}
}

func unregisteredError(event reflect.Type) error {
	return messageError(nil, event, "event %v has durable subscriptions, but no name to be stored by; "+
		"register it with cqrs.RegisterEvent", event)
}

func missingKeyError(t *messageType, b *Binding) error {
	return messageError(nil, t.message, "%v receives events in order, but %v, registered at %s, has no key; "+
		"set EventType.Key, or remove InOrder", b.handler, t.message, t.position())
}

func unschedulableError(message reflect.Type) error {
	switch {
	case message == nil:
		return nilMessageError("scheduled")
	case message.Kind() == reflect.Pointer:
		return pointerError("scheduled", message)
	default:
		return messageError(nil, message, "%v cannot be scheduled, because it is not registered as a command; "+
			"register it with cqrs.RegisterCommand", message)
	}
}

func unknownSubscriptionError(name string) error {
	return messageError(nil, nil, "no durable subscription is named %q; "+
		"bind one with cqrs.Durable, or discard its deliveries", name)
}

func unknownNameError(d Delivery) error {
	return messageError(nil, nil, "nothing is registered as %q, which is stored for subscription %q; "+
		"register the type under this name, or add it to the FormerNames of another", d.Name, d.Subscription)
}

func wrongSubscriptionError(d Delivery, t *messageType, takes reflect.Type) error {
	return messageError(nil, t.message, "%v, stored as %q, is for subscription %q, which takes %v; "+
		"discard the delivery, or bind a handler of %v by this name", t.message, d.Name, d.Subscription, takes, t.message)
}

func batchError(first, other Delivery) error {
	return messageError(nil, nil, "deliveries %q and %q cannot share a scope; "+
		"pass several deliveries only if they are events for one subscription", first.ID(), other.ID())
}

func noJournalError() error {
	return messageError(nil, nil, "there is no journal, because nothing is durable; "+
		"bind a subscription with cqrs.Durable, or register a command with cqrs.RegisterCommand")
}

// JournalError reports a [Journal] that failed. If it was to write what a request stores and
// completes, the request is rolled back.
type JournalError struct {
	Stored    []string // the registered names of the events and commands that were to be stored
	Completed int      // how many deliveries were to be completed
	Err       error
}

func (e *JournalError) Error() string {
	task := errtext.Part("store %v", errtext.Join(e.Stored, ", "))
	switch {
	case e.Completed == 0 && len(e.Stored) == 0:
		task = errtext.Part("cancel a scheduled command")
	case len(e.Stored) == 0:
		task = errtext.Part("complete a delivery")
	}
	return errtext.Write(newText("the journal cannot %v: %v", task, e.Err))
}

// Unwrap returns the error of the journal.
func (e *JournalError) Unwrap() error { return e.Err }

// PayloadError reports an event or command that cannot be encoded or decoded.
type PayloadError struct {
	Message reflect.Type
	Name    string // the registered name, or that under which it is stored
	Decoded bool   // whether it was to be decoded
	Err     error
}

func (e *PayloadError) Error() string {
	verb := "encode"
	if e.Decoded {
		verb = "decode"
	}
	return errtext.Write(newText("cannot %s %v, stored as %q: %v", verb, e.Message, e.Name, e.Err))
}

// Unwrap returns the error of the codec.
func (e *PayloadError) Unwrap() error { return e.Err }
