package cqrs

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/digcqrs/digcqrs/cqrs/topology"
	"github.com/digcqrs/digcqrs/internal/errtext"
)

// Topology describes what the mediator has wired: every request and event with its handlers,
// its middleware, and the components that these need, each with the place in the source. Print
// it as text, or pass it to encoding/json; see package topology for both forms.
//
// Each call makes a description of its own, in time that grows linearly with the application.
// That of a nil mediator is empty.
func (m *Mediator) Topology() topology.Application {
	app := topology.Application{
		Schema: topology.Schema, Requests: []topology.Request{}, Events: []topology.Event{},
		Components: []topology.Component{},
	}
	if m == nil {
		return app
	}
	d := describer{m: m, components: make(map[reflect.Type]string)}
	all, ids := m.components()
	for t, f := range m.factories {
		d.components[t] = ids[f.Root]
	}
	app.Components = append(app.Components, all...)
	app.Journal = d.components[journalType]
	for _, b := range m.registry.requests {
		app.Requests = append(app.Requests, d.request(b))
	}
	slices.SortFunc(app.Requests, func(a, b topology.Request) int {
		return cmp.Or(cmp.Compare(a.Message, b.Message), cmp.Compare(a.Where, b.Where))
	})
	for _, t := range d.events() {
		app.Events = append(app.Events, d.event(t))
	}
	slices.SortFunc(app.Events, func(a, b topology.Event) int { return cmp.Compare(a.Message, b.Message) })
	return app
}

// describer describes a mediator.
type describer struct {
	m          *Mediator
	components map[reflect.Type]string // the IDs of the roots
	bindings   map[reflect.Type][]*Binding
}

func (d *describer) request(b *Binding) topology.Request {
	r := topology.Request{
		Message: errtext.FullName(b.message), Kind: topology.Kind(b.kind.String()),
		Fields: fields(b.message), Module: b.module, Where: b.at.Portable(),
		Stored: d.stored(b.message), Plan: b.plan.describe(d, b), Middleware: d.middleware(b),
	}
	if b.result != reflect.TypeFor[Unit]() {
		r.Result = errtext.FullName(b.result)
	}
	return r
}

// events returns the types of events that have subscriptions of their own or are registered.
func (d *describer) events() []reflect.Type {
	d.bindings = make(map[reflect.Type][]*Binding)
	var types []reflect.Type
	add := func(t reflect.Type) {
		if _, known := d.bindings[t]; !known {
			d.bindings[t] = nil
			types = append(types, t)
		}
	}
	for _, b := range d.m.registry.events {
		add(b.message)
		d.bindings[b.message] = append(d.bindings[b.message], b)
	}
	for _, t := range d.m.types.all {
		if !t.isCommand() {
			add(t.message)
		}
	}
	return types
}

func (d *describer) event(t reflect.Type) topology.Event {
	e := topology.Event{
		Message: errtext.FullName(t), Interface: t.Kind() == reflect.Interface, Fields: fields(t), Stored: d.stored(t),
	}
	for _, b := range byMode(d.bindings[t]) {
		e.Subscriptions = append(e.Subscriptions, d.subscription(b))
	}
	var open []*Binding
	if !e.Interface {
		for _, s := range d.m.open {
			if s.takes(t) {
				open = append(open, s.Binding)
			}
		}
	}
	for _, b := range byMode(open) {
		e.ByInterface = append(e.ByInterface, b.name)
	}
	return e
}

// fields describes the exported fields of a message.
func fields(message reflect.Type) []topology.Field {
	if message.Kind() != reflect.Struct {
		return nil
	}
	var all []topology.Field
	for f := range message.Fields() {
		if f.IsExported() && !(f.Anonymous && f.Type.PkgPath() == reflect.TypeFor[Command]().PkgPath()) {
			all = append(all, topology.Field{Name: f.Name, Type: errtext.FullName(f.Type)})
		}
	}
	return all
}

// byMode sorts bindings by delivery mode in the order in which these deliver an event.
func byMode(bindings []*Binding) []*Binding {
	rank := func(b *Binding) int {
		return slices.Index([]DeliveryMode{DeliveryInScope, DeliveryDurable, DeliveryAfterScope}, b.delivery)
	}
	return slices.SortedStableFunc(slices.Values(bindings), func(a, b *Binding) int { return rank(a) - rank(b) })
}

func (d *describer) subscription(b *Binding) topology.Subscription {
	return topology.Subscription{
		Name: b.name, Mode: topology.Mode(b.delivery.String()), InOrder: b.durable.inOrder, Batch: b.durable.batch,
		Module: b.module, Where: b.at.Portable(), Plan: b.plan.describe(d, b), Middleware: d.middleware(b),
	}
}

// stored describes how a message is stored; nil if it is not registered.
func (d *describer) stored(message reflect.Type) *topology.Stored {
	t := d.m.types.byType[message]
	if t == nil {
		return nil
	}
	return &topology.Stored{
		Name: t.name, FormerNames: slices.Clone(t.formerNames), Keyed: t.key != nil,
		Module: t.module, Where: t.at.Portable(),
	}
}

// middleware describes the middleware of a binding, outermost first.
func (d *describer) middleware(b *Binding) []topology.Middleware {
	var all []topology.Middleware
	around, in := d.m.registry.split(b)
	for _, l := range slices.Concat(around, in) {
		m := topology.Middleware{
			Name: l.at.FullName(), Around: topology.AroundHandler, Conditional: l.when != nil,
			Module: l.module, Where: l.at.Portable(),
		}
		if l.aroundScope {
			m.Around = topology.AroundScope
		}
		if l.built != nil {
			m.Name, m.Component = errtext.FullName(l.built), d.components[l.built]
		}
		all = append(all, m)
	}
	return all
}

func (s *single) describe(d *describer, b *Binding) topology.Plan {
	h := &topology.Handler{Type: errtext.FullName(s.handler), Component: d.components[s.handler]}
	for _, e := range b.Emits(s.handler) {
		h.Records = append(h.Records, errtext.FullName(e))
	}
	slices.Sort(h.Records)
	return topology.Plan{Kind: topology.Single, Handler: h}
}

func (c chain) describe(d *describer, b *Binding) topology.Plan {
	p := topology.Plan{Kind: topology.Chain}
	for _, l := range c.links {
		p.Of = append(p.Of, l.describe(d, b))
	}
	return p
}

func (f fallback) describe(d *describer, b *Binding) topology.Plan {
	return topology.Plan{Kind: topology.Fallback, Of: []topology.Plan{f.primary.describe(d, b), f.secondary.describe(d, b)}}
}
