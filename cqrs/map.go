package cqrs

import (
	"reflect"
	"slices"
)

// RequestMap holds the bindings of commands, queries and streams. The zero value is empty
// and ready to use. It is not safe for concurrent use.
type RequestMap struct {
	bindings bindings
	types    []*messageType // of commands
}

// Bindings returns the valid bindings in the order in which they were made.
func (m *RequestMap) Bindings() []*Binding { return m.bindings.valid }

// Errors returns an error for each invalid binding, as a [*BindError].
func (m *RequestMap) Errors() []error { return m.bindings.errs }

func (m *RequestMap) add(b *Binding, opts []BindOption) {
	for _, opt := range opts {
		if opt != nil {
			opt.applyToRequest(b)
		}
	}
	m.bindings.add(b)
}

// EventMap holds the subscriptions of event handlers. The zero value is empty and ready
// to use. It is not safe for concurrent use.
type EventMap struct {
	bindings  bindings
	types     []*messageType
	published []*published
}

// Bindings returns the valid bindings in the order in which they were made.
func (m *EventMap) Bindings() []*Binding { return m.bindings.valid }

// Errors returns an error for each invalid binding, as a [*BindError].
func (m *EventMap) Errors() []error { return m.bindings.errs }

func (m *EventMap) add(b *Binding, opts []EventOption) {
	for _, opt := range opts {
		if opt != nil {
			opt.applyToEvent(b)
		}
	}
	m.bindings.add(b)
}

// bindings are the valid bindings of a map, and the errors of the others.
type bindings struct {
	valid     []*Binding
	byMessage map[reflect.Type]*Binding // requests
	byHandler map[reflect.Type]*Binding // subscriptions
	byName    map[string]*Binding       // subscriptions
	errs      []error
}

// add adds a binding if it is valid and no other one excludes it.
func (s *bindings) add(b *Binding) {
	err := b.check()
	if err == nil {
		err = s.conflict(b)
	}
	if err != nil {
		s.errs = append(s.errs, err)
		return
	}
	s.valid = append(s.valid, b)
	if s.byMessage == nil {
		s.byMessage, s.byHandler = make(map[reflect.Type]*Binding), make(map[reflect.Type]*Binding)
		s.byName = make(map[string]*Binding)
	}
	if b.kind != KindEvent {
		s.byMessage[b.message] = b
		return
	}
	for _, h := range b.Handlers() {
		s.byHandler[h] = b
	}
	s.byName[b.name] = b
}

// conflict returns an error if another binding excludes this one.
func (s *bindings) conflict(b *Binding) error {
	if first := s.byMessage[b.message]; first != nil {
		return duplicateError(first, b, "a request has exactly one handler")
	}
	if b.kind != KindEvent {
		return nil
	}
	for _, h := range b.Handlers() {
		if first := s.byHandler[h]; first != nil {
			return duplicateError(first, b, "a handler is bound to an event only once")
		}
	}
	if first := s.byName[b.name]; first != nil {
		return duplicateNameError(first, b)
	}
	return nil
}

// include adds the bindings and the errors of a module.
func (s *bindings) include(module string, of bindings) {
	for _, err := range of.errs {
		if e, is := err.(*BindError); is {
			e.Binding.module = module
		}
	}
	s.errs = append(s.errs, of.errs...)
	for _, b := range of.valid {
		b.module = module
		s.add(b)
	}
}

// typesOf returns the registered types of a part of the application.
func typesOf(module string, requests *RequestMap, events *EventMap) []*messageType {
	types := slices.Concat(requests.types, events.types)
	for _, t := range types {
		t.module = module
	}
	return types
}

// publishedIn returns the events that a part of the application declares as published.
func publishedIn(module string, events *EventMap) []*published {
	for _, p := range events.published {
		p.module = module
	}
	return events.published
}
