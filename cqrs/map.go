package cqrs

import (
	"reflect"

	"github.com/digcqrs/digcqrs/internal/wiring"
)

// RequestMap holds the bindings of commands, queries and streams. The zero value is empty
// and ready to use. It is not safe for concurrent use.
type RequestMap struct {
	bindings []*Binding
	byType   map[reflect.Type]*Binding
	errs     []error
}

// Bindings returns the valid bindings in the order in which they were made.
func (m *RequestMap) Bindings() []*Binding { return m.bindings }

// Errors returns an error for each invalid binding, as a [*BindError].
func (m *RequestMap) Errors() []error { return m.errs }

func (m *RequestMap) add(b *Binding, opts []BindOption) {
	for _, opt := range opts {
		if opt != nil {
			opt.applyToRequest(b)
		}
	}
	if err := b.check(); err != nil {
		m.errs = append(m.errs, err)
		return
	}
	m.register(b)
}

// register adds a valid binding, unless there is one for the same message.
func (m *RequestMap) register(b *Binding) {
	if first := m.byType[b.message]; first != nil {
		m.errs = append(m.errs, duplicateError(first, b, "a request has exactly one handler"))
		return
	}
	if m.byType == nil {
		m.byType = make(map[reflect.Type]*Binding)
	}
	m.byType[b.message] = b
	m.bindings = append(m.bindings, b)
}

// EventMap holds the subscriptions of event handlers. The zero value is empty and ready
// to use. It is not safe for concurrent use.
type EventMap struct {
	bindings  []*Binding
	byHandler map[reflect.Type]*Binding
	byName    map[string]*Binding
	errs      []error
}

// Bindings returns the valid bindings in the order in which they were made.
func (m *EventMap) Bindings() []*Binding { return m.bindings }

// Errors returns an error for each invalid binding, as a [*BindError].
func (m *EventMap) Errors() []error { return m.errs }

func (m *EventMap) add(b *Binding, opts []EventOption) {
	for _, opt := range opts {
		if opt != nil {
			opt.applyToEvent(b)
		}
	}
	if err := b.check(); err != nil {
		m.errs = append(m.errs, err)
		return
	}
	m.register(b)
}

// register adds a valid binding, unless its handler or its name is bound already.
func (m *EventMap) register(b *Binding) {
	for _, h := range b.Handlers() {
		if first := m.byHandler[h]; first != nil {
			m.errs = append(m.errs, duplicateError(first, b, "a handler is bound to an event only once"))
			return
		}
	}
	if first := m.byName[b.name]; first != nil {
		m.errs = append(m.errs, duplicateNameError(first, b))
		return
	}
	if m.byHandler == nil {
		m.byHandler = make(map[reflect.Type]*Binding)
		m.byName = make(map[string]*Binding)
	}
	for _, h := range b.Handlers() {
		m.byHandler[h] = b
	}
	m.byName[b.name] = b
	m.bindings = append(m.bindings, b)
}

// part is what one module of an application binds.
type part = wiring.Part[*RequestMap, *EventMap, Middleware]

// merge returns the bindings and the errors of all parts of an application.
func merge(parts []part) (requests RequestMap, events EventMap) {
	for _, p := range parts {
		requests.errs = append(requests.errs, inModule(p.Module, p.Requests.bindings, p.Requests.errs)...)
		for _, b := range p.Requests.bindings {
			requests.register(b)
		}
	}
	for _, p := range parts {
		events.errs = append(events.errs, inModule(p.Module, p.Events.bindings, p.Events.errs)...)
		for _, b := range p.Events.bindings {
			events.register(b)
		}
	}
	return requests, events
}

// inModule notes the module of bindings, and of those that are in errors.
func inModule(module string, bindings []*Binding, errs []error) []error {
	for _, b := range bindings {
		b.module = module
	}
	for _, err := range errs {
		if e, is := err.(*BindError); is {
			e.Binding.module = module
		}
	}
	return errs
}
