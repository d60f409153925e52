package cqrs

import (
	"reflect"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// EmissionError reports a mistake that bootstrap.WithProvenEvents finds in what handlers declare
// to emit. Reason is one of [ErrUndeclaredEvent], [ErrUnhandledEvent], [ErrDeadHandler] and
// [ErrEventCycle], or nil for an invalid declaration.
type EmissionError struct {
	Reason  error
	Binding *Binding       // of the handler that records, or that is dead; nil if there is none
	Event   reflect.Type   // nil if the mistake concerns no event or several
	Path    []reflect.Type // of a cycle, from an event to the same event
	text
}

func (e *EmissionError) Error() string { return errtext.Write(e.text) }

// Unwrap returns the reason, which may be nil.
func (e *EmissionError) Unwrap() error { return e.Reason }

func emissionError(reason error, b *Binding, event reflect.Type, format string, args ...any) *EmissionError {
	return &EmissionError{Reason: reason, Binding: b, Event: event, text: newText(format, args...)}
}

// boundAt names a handler, its message and where it is bound.
func boundAt(b *Binding, handler reflect.Type) text {
	return errtext.Part("%v (bound to %v at %s)", handler, b.message, position{b})
}

// origin says where an event comes from.
func origin(by []emitter, from []*published) text {
	if len(by) == 0 {
		return errtext.Part("declared as published at %s", from[0].position())
	}
	return errtext.Part("emitted by %v", emittersAt(by))
}

// emittersAt names handlers and where they are bound.
func emittersAt(by []emitter) errtext.List {
	var all []text
	for _, e := range by {
		all = append(all, boundAt(e.binding, e.handler))
	}
	return errtext.And(all)
}

func undeclaredHandlerError(b *Binding, handler reflect.Type) error {
	return emissionError(ErrUndeclaredEvent, b, nil,
		"%v records events without declaring them; embed cqrs.Records1 or a similar type instead of cqrs.EventRecorder, "+
			"or add cqrs.Emits to the binding", boundAt(b, handler))
}

func invalidEmissionError(b *Binding, handler, event reflect.Type) error {
	return emissionError(nil, b, event, "%v declares that it emits %v, which is %s; declare the structs that it emits",
		boundAt(b, handler), event, notEvent(event))
}

func invalidPublishedError(p *published) error {
	return emissionError(nil, nil, p.event, "%v is declared as published at %s, but it is %s; declare structs",
		p.event, p.position(), notEvent(p.event))
}

// notEvent says what a type is instead of a struct.
func notEvent(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		return "a pointer"
	}
	return "an interface"
}

func unhandledEmissionError(event reflect.Type, by []emitter, from []*published) error {
	return emissionError(ErrUnhandledEvent, firstBinding(by), event,
		"no handler is bound to event %v, which is %v; bind one with cqrs.BindEvent, or remove the declaration",
		event, origin(by, from))
}

func forgottenMapperError(events []reflect.Type, by []emitter, from []*published) error {
	return emissionError(ErrUnhandledEvent, firstBinding(by), nil,
		"no event handler is bound at all, but handlers are needed for %v, of which the first is %v; "+
			"pass the events mapper to bootstrap.New, or set Module.Events",
		errtext.Join(events, ", "), origin(by, from))
}

func firstBinding(of []emitter) *Binding {
	if len(of) == 0 {
		return nil
	}
	return of[0].binding
}

func deadHandlerError(b *Binding, why text) error {
	return emissionError(ErrDeadHandler, b, b.message,
		"%v never runs, because %v; declare the event where it is recorded, or with cqrs.DeclarePublished, "+
			"or remove the binding", boundAt(b, b.handler), why)
}

// eventCycleError reports a cycle of events. by[i] emits path[i+1] when it receives path[i]. others
// are further events that lead to these and back.
func eventCycleError(path []reflect.Type, by []emitter, others []reflect.Type) error {
	var more text
	if len(others) > 0 {
		more = errtext.Part("; in further cycles with them: %v", errtext.Join(others, ", "))
	}
	err := emissionError(ErrEventCycle, by[0].binding, path[0],
		"events lead to one another in a cycle: %v, by %v%v; end the cycle, for example by sending a command",
		errtext.Join(path, " -> "), emittersAt(by), more)
	err.Path = path
	return err
}

func undeclaredRecordError(event, handler reflect.Type, known []reflect.Type) error {
	declares := errtext.Part("nothing")
	if len(known) > 0 {
		declares = errtext.Part("only %v", errtext.And(known))
	}
	return messageError(ErrUndeclaredEvent, event, "%v recorded %v, but declares %v; "+
		"declare it with cqrs.Records2 or a similar type, or with cqrs.Emits", handler, event, declares)
}

func undeclaredPublishError(event reflect.Type) error {
	return messageError(ErrUndeclaredEvent, event, "event %v was published, but nothing declares it; "+
		"declare it with cqrs.DeclarePublished, or with cqrs.Emits if a handler publishes it", event)
}
