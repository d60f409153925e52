package cqrs

import (
	"reflect"
	"slices"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// Emits declares that the handlers of a binding emit events of type E, in addition to what
// [Records1] and similar types declare. Repeat it for further types. Use it for a handler that
// publishes through a [Sender], that is bound as an interface, that implements [EventSource]
// itself, or that records more types than [Records4] takes:
//
//	cqrs.BindCommand[cqrs.CommandFunc[ImportUsers]](m, cqrs.Emits[UserImported]())
//
// Like all declarations it has an effect only with bootstrap.WithProvenEvents.
func Emits[E Event]() BindOption { return emits{reflect.TypeFor[E]()} }

type emits struct{ event reflect.Type }

func (e emits) applyToEvent(b *Binding)   { b.emits = append(b.emits, e.event) }
func (e emits) applyToRequest(b *Binding) { e.applyToEvent(b) }
func (e emits) String() string            { return errtext.Sprintf("Emits[%v]()", e.event) }

// Emits returns the types of the events that a handler of the binding is declared to emit, by
// [Records1] or a similar type, or by the option [Emits]. It returns nil if there are none, or if
// the handler is not one of [Binding.Handlers].
func (b *Binding) Emits(handler reflect.Type) []reflect.Type {
	if !slices.Contains(b.Handlers(), handler) {
		return nil
	}
	return distinct(slices.Concat(declaredBy(handler), b.emits))
}

// distinct returns the types without repetitions.
func distinct(types []reflect.Type) (all []reflect.Type) {
	for _, t := range types {
		if !slices.Contains(all, t) {
			all = append(all, t)
		}
	}
	return all
}

// DeclarePublished declares that events of type E come from outside of the handlers, by
// [Mediator.Publish] or the [Sender] of [Mediator.Run]. It has an effect only with
// bootstrap.WithProvenEvents: then publishing an event that nothing declares is an error.
func DeclarePublished[E Event](m *EventMap) {
	m.published = append(m.published, &published{event: reflect.TypeFor[E](), where: errtext.Caller()})
}

// published is a type of event that is published from outside of the handlers.
type published struct {
	event         reflect.Type
	where, module string
}

func (p *published) position() string { return positionIn(p.module, p.where) }

// declared holds the declarations of an application. It is nil if they are not checked.
type declared struct {
	by  map[emitter][]reflect.Type
	all map[reflect.Type]bool // of all handlers, and those that are published
}

// emitter is a handler of a binding.
type emitter struct {
	binding *Binding
	handler reflect.Type
}

func newDeclared(bindings []*Binding, all []*published) *declared {
	d := &declared{make(map[emitter][]reflect.Type), make(map[reflect.Type]bool)}
	for _, b := range bindings {
		for _, h := range b.Handlers() {
			events := b.Emits(h)
			d.by[emitter{b, h}] = events
			for _, e := range events {
				d.all[e] = true
			}
		}
	}
	for _, p := range all {
		d.all[p.event] = true
	}
	return d
}

// checkRecorded returns an error if a handler has recorded an event that it does not declare.
func (d *declared) checkRecorded(b *Binding, handler reflect.Type, events []Event) error {
	if d == nil || len(events) == 0 {
		return nil
	}
	known := d.by[emitter{b, handler}]
	for _, e := range events {
		if t := reflect.TypeOf(e); isEventValue(t) && !slices.Contains(known, t) {
			return undeclaredRecordError(t, handler, known)
		}
	}
	return nil
}

// checkPublished returns an error if one of the events is declared nowhere.
func (d *declared) checkPublished(events []Event) error {
	if d == nil {
		return nil
	}
	for _, e := range events {
		if t := reflect.TypeOf(e); isEventValue(t) && !d.all[t] {
			return undeclaredPublishError(t)
		}
	}
	return nil
}

// isEventValue reports whether t can be the type of an event. Other events are reported when they
// join the queue.
func isEventValue(t reflect.Type) bool { return t != nil && t.Kind() != reflect.Pointer }
