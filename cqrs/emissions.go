package cqrs

import (
	"reflect"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// emissions is the graph of the events that an application declares. Its nodes are the types of
// events, and the interfaces that are subscribed to.
type emissions struct {
	bindings  []*Binding
	published []*published
	events    []reflect.Type // all that are declared, in this order
	roots     []reflect.Type // those of requests, and those that are published
	emitters  map[reflect.Type][]emitter
	sources   map[reflect.Type][]*published
	handlers  map[reflect.Type][]*Binding // the subscriptions to an event or an interface
	open      []reflect.Type              // the interfaces among these
	next      map[reflect.Type][]emission
}

// emission is an event that a handler emits when it receives another.
type emission struct {
	event reflect.Type
	by    emitter // zero if event is an interface that the other one implements
}

// newEmissions returns the graph of an application. The bindings in invalid are in it as well, so
// that nothing is reported that follows from them.
func newEmissions(g *registry, all []*published, invalid []error) *emissions {
	bindings := g.bindings()
	for _, err := range invalid {
		if e, is := err.(*BindError); is && e.First == nil && e.Binding.handler != nil {
			bindings = append(bindings, e.Binding)
		}
	}
	return newGraph(bindings, all)
}

func newGraph(bindings []*Binding, all []*published) *emissions {
	s := &emissions{
		bindings: bindings, published: all,
		emitters: make(map[reflect.Type][]emitter), sources: make(map[reflect.Type][]*published),
		handlers: make(map[reflect.Type][]*Binding), next: make(map[reflect.Type][]emission),
	}
	for _, b := range bindings {
		s.add(b)
	}
	for _, p := range all {
		if isEventStruct(p.event) {
			s.declare(p.event)
			s.sources[p.event] = append(s.sources[p.event], p)
			s.roots = append(s.roots, p.event)
		}
	}
	for _, event := range s.events {
		for _, of := range s.open {
			if event.Implements(of) {
				s.next[event] = append(s.next[event], emission{event: of})
			}
		}
	}
	return s
}

func (s *emissions) add(b *Binding) {
	if b.kind == KindEvent {
		if b.message.Kind() == reflect.Interface && s.handlers[b.message] == nil {
			s.open = append(s.open, b.message)
		}
		s.handlers[b.message] = append(s.handlers[b.message], b)
	}
	for _, h := range b.Handlers() {
		for _, event := range b.Emits(h) {
			by := emitter{b, h}
			switch {
			case !isEventStruct(event):
				continue
			case b.kind == KindEvent:
				s.next[b.message] = append(s.next[b.message], emission{event, by})
			default:
				s.roots = append(s.roots, event)
			}
			s.declare(event)
			s.emitters[event] = append(s.emitters[event], by)
		}
	}
}

// declare adds an event to the list, unless it is there. It is called before the event gets an
// emitter or a source.
func (s *emissions) declare(event reflect.Type) {
	if s.emitters[event] == nil && s.sources[event] == nil {
		s.events = append(s.events, event)
	}
}

// isEventStruct reports whether t can be the type of an event, which an interface or a pointer
// cannot.
func isEventStruct(t reflect.Type) bool { return t.Kind() == reflect.Struct }

// problems returns everything that is wrong with the declarations.
func (s *emissions) problems() (errs []error) {
	errs = append(s.invalid(), s.unhandled()...)
	errs = append(errs, s.dead()...)
	return append(errs, s.cycles()...)
}

// invalid reports handlers that record without declaring, and declarations that are no events.
func (s *emissions) invalid() (errs []error) {
	for _, b := range s.bindings {
		for _, h := range b.Handlers() {
			events := b.Emits(h)
			if len(events) == 0 && h.Implements(reflect.TypeFor[EventSource]()) {
				errs = append(errs, undeclaredHandlerError(b, h))
			}
			for _, event := range events {
				if !isEventStruct(event) {
					errs = append(errs, invalidEmissionError(b, h, event))
				}
			}
		}
	}
	for _, p := range s.published {
		if !isEventStruct(p.event) {
			errs = append(errs, invalidPublishedError(p))
		}
	}
	return errs
}

// unhandled reports events without a handler, together if no event has one.
func (s *emissions) unhandled() (errs []error) {
	if len(s.handlers) == 0 && len(s.events) > 0 {
		first := s.events[0]
		return []error{forgottenMapperError(s.events, s.emitters[first], s.sources[first])}
	}
	for _, event := range s.events {
		if !s.isHandled(event) {
			errs = append(errs, unhandledEmissionError(event, s.emitters[event], s.sources[event]))
		}
	}
	return errs
}

func (s *emissions) isHandled(event reflect.Type) bool {
	if len(s.handlers[event]) > 0 {
		return true
	}
	for _, of := range s.next[event] {
		if of.event.Kind() == reflect.Interface {
			return true
		}
	}
	return false
}

// dead reports event handlers that no event reaches.
func (s *emissions) dead() (errs []error) {
	reached := make(map[reflect.Type]bool)
	for queue := s.roots; len(queue) > 0; {
		event := queue[0]
		queue = queue[1:]
		if !reached[event] {
			reached[event] = true
			for _, to := range s.next[event] {
				queue = append(queue, to.event)
			}
		}
	}
	for _, b := range s.bindings {
		if b.kind == KindEvent && !reached[b.message] {
			errs = append(errs, deadHandlerError(b, s.whyDead(b.message)))
		}
	}
	return errs
}

func (s *emissions) whyDead(message reflect.Type) text {
	switch {
	case message.Kind() == reflect.Interface:
		return errtext.Part("no handler that runs declares an event that implements %v", message)
	case len(s.emitters[message]) > 0:
		return errtext.Part("only handlers that never run themselves declare that they emit %v", message)
	default:
		return errtext.Part("nothing declares that it emits %v", message)
	}
}
