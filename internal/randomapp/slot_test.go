package randomapp_test

import (
	"context"
	"iter"
	"reflect"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// slot is a type of message, with the functions that depend on the type.
type slot struct {
	name     string
	typ      reflect.Type
	provide  [leaves]func(w *realWorld) error // the constructor of a handler
	bind     func(m *cqrs.RequestMap, t *target, opts []cqrs.BindOption)
	listen   func(m *cqrs.EventMap, t *target, opts []cqrs.EventOption)
	send     func(ctx context.Context, s cqrs.Sender, m *message) (any, error)
	stream   func(ctx context.Context, s cqrs.Sender, m *message) iter.Seq2[int, error]
	event    func(m *message) cqrs.Event
	register func(m *cqrs.EventMap)
}

var (
	slots = [kinds][keys]slot{
		{commandSlot[keyA]("command A"), commandSlot[keyB]("command B")},
		{querySlot[keyA]("query A"), querySlot[keyB]("query B")},
		{streamSlot[keyA]("stream A"), streamSlot[keyB]("stream B")},
		{eventSlot[keyA]("event A"), eventSlot[keyB]("event B")},
	}
	typeNames = namesOfTypes()
)

func namesOfTypes() map[reflect.Type]string {
	names := make(map[reflect.Type]string)
	for _, ofKind := range slots {
		for _, s := range ofKind {
			names[s.typ] = s.name
		}
	}
	return names
}

// row is a handler of messages of type M.
type row[M, A, Map, O any] struct {
	provide func(*realWorld) error
	bind    func(*Map, ...O)
	target  cqrs.Target[M, A]
}

// rows are the handlers of messages of type M, by their leaf.
type rows[M, A, Map, O any] [leaves]row[M, A, Map, O]

func (r *rows[M, A, Map, O]) provides() (all [leaves]func(*realWorld) error) {
	for l := range r {
		all[l] = r[l].provide
	}
	return all
}

// binds returns a function that binds a target, or a single handler in the short form.
func (r *rows[M, A, Map, O]) binds(bindTarget func(*Map, cqrs.Target[M, A], ...O)) func(*Map, *target, []O) {
	return func(m *Map, t *target, opts []O) {
		if t.rule == single {
			r[t.leaf].bind(m, opts...)
			return
		}
		bindTarget(m, r.assemble(t), opts...)
	}
}

// assemble returns the target as package cqrs needs it.
func (r *rows[M, A, Map, O]) assemble(t *target) cqrs.Target[M, A] {
	switch t.rule {
	case chain:
		return cqrs.Chain(r.assemble(t.parts[0]), r.assemble(t.parts[1]))
	case fallback:
		when := [...]func(error) bool{nil, func(error) bool { return true }, func(error) bool { return false }}[t.when]
		return cqrs.Fallback(r.assemble(t.parts[0]), r.assemble(t.parts[1]), when)
	default:
		return r[t.leaf].target
	}
}

func provideHandler[H any, N need, P interface {
	*H
	fill(*realWorld, N)
}](l leaf) func(*realWorld) error {
	return func(w *realWorld) error {
		return w.container.Provide(func(n N) (P, error) {
			h := P(new(H))
			h.fill(w, n)
			_, err := w.construct(noContext, handlerName(l))
			return h, err
		})
	}
}

func provideSingleton[H any, P interface {
	*H
	fill(*realWorld)
}]() func(*realWorld) error {
	return func(w *realWorld) error {
		return w.container.Provide(func() P {
			h := P(new(H))
			h.fill(w)
			return h
		}, container.Singleton())
	}
}

func commandSlot[K any](name string) slot {
	type (
		ofAll     = commandHandler[K, needsAll]
		ofNothing = commandHandler[K, needsNothing]
		ofInner   = commandHandler[K, needsInner]
		alone     = commandSingleton[K]
	)
	r := &rows[commandOf[K], cqrs.Unit, cqrs.RequestMap, cqrs.BindOption]{
		{provideHandler[ofAll, needsAll](full), cqrs.BindCommand[*ofAll], cqrs.CommandTarget[*ofAll]()},
		{provideHandler[ofNothing, needsNothing](bare), cqrs.BindCommand[*ofNothing], cqrs.CommandTarget[*ofNothing]()},
		{provideHandler[ofInner, needsInner](some), cqrs.BindCommand[*ofInner], cqrs.CommandTarget[*ofInner]()},
		{provideSingleton[alone](), cqrs.BindCommand[*alone], cqrs.CommandTarget[*alone]()},
	}
	return slot{
		name: name, typ: reflect.TypeFor[commandOf[K]](), provide: r.provides(), bind: r.binds(cqrs.BindTarget),
		send: func(ctx context.Context, s cqrs.Sender, m *message) (any, error) {
			if m.id%2 == 0 {
				return cqrs.Unit{}, s.Send(ctx, commandOf[K]{of: m})
			}
			return cqrs.Send(ctx, s, commandOf[K]{of: m})
		},
	}
}

func querySlot[K any](name string) slot {
	type (
		ofAll     = queryHandler[K, needsAll]
		ofNothing = queryHandler[K, needsNothing]
		ofInner   = queryHandler[K, needsInner]
		alone     = querySingleton[K]
	)
	r := &rows[queryOf[K], int, cqrs.RequestMap, cqrs.BindOption]{
		{provideHandler[ofAll, needsAll](full), cqrs.BindRequest[*ofAll], cqrs.RequestTarget[*ofAll]()},
		{provideHandler[ofNothing, needsNothing](bare), cqrs.BindRequest[*ofNothing], cqrs.RequestTarget[*ofNothing]()},
		{provideHandler[ofInner, needsInner](some), cqrs.BindRequest[*ofInner], cqrs.RequestTarget[*ofInner]()},
		{provideSingleton[alone](), cqrs.BindRequest[*alone], cqrs.RequestTarget[*alone]()},
	}
	return slot{
		name: name, typ: reflect.TypeFor[queryOf[K]](), provide: r.provides(), bind: r.binds(cqrs.BindTarget),
		send: func(ctx context.Context, s cqrs.Sender, m *message) (any, error) {
			return cqrs.Send(ctx, s, queryOf[K]{of: m})
		},
	}
}

func streamSlot[K any](name string) slot {
	type (
		ofAll     = streamHandler[K, needsAll]
		ofNothing = streamHandler[K, needsNothing]
		ofInner   = streamHandler[K, needsInner]
		alone     = streamSingleton[K]
	)
	r := &rows[streamOf[K], iter.Seq2[int, error], cqrs.RequestMap, cqrs.BindOption]{
		{provideHandler[ofAll, needsAll](full), cqrs.BindStream[*ofAll], cqrs.StreamTarget[*ofAll]()},
		{provideHandler[ofNothing, needsNothing](bare), cqrs.BindStream[*ofNothing], cqrs.StreamTarget[*ofNothing]()},
		{provideHandler[ofInner, needsInner](some), cqrs.BindStream[*ofInner], cqrs.StreamTarget[*ofInner]()},
		{provideSingleton[alone](), cqrs.BindStream[*alone], cqrs.StreamTarget[*alone]()},
	}
	return slot{
		name: name, typ: reflect.TypeFor[streamOf[K]](), provide: r.provides(), bind: r.binds(cqrs.BindTarget),
		stream: func(ctx context.Context, s cqrs.Sender, m *message) iter.Seq2[int, error] {
			return cqrs.Stream(ctx, s, streamOf[K]{of: m})
		},
	}
}

func eventSlot[K any](name string) slot {
	type (
		ofAll     = eventHandler[K, needsAll]
		ofNothing = eventHandler[K, needsNothing]
		ofInner   = eventHandler[K, needsInner]
		alone     = eventSingleton[K]
	)
	r := &rows[eventOf[K], error, cqrs.EventMap, cqrs.EventOption]{
		{provideHandler[ofAll, needsAll](full), cqrs.BindEvent[*ofAll], cqrs.EventTarget[*ofAll]()},
		{provideHandler[ofNothing, needsNothing](bare), cqrs.BindEvent[*ofNothing], cqrs.EventTarget[*ofNothing]()},
		{provideHandler[ofInner, needsInner](some), cqrs.BindEvent[*ofInner], cqrs.EventTarget[*ofInner]()},
		{provideSingleton[alone](), cqrs.BindEvent[*alone], cqrs.EventTarget[*alone]()},
	}
	return slot{
		name: name, typ: reflect.TypeFor[eventOf[K]](), provide: r.provides(), listen: r.binds(cqrs.BindEventTarget),
		event:    func(m *message) cqrs.Event { return eventOf[K]{of: m} },
		register: func(m *cqrs.EventMap) { cqrs.RegisterEvent(m, cqrs.EventType[eventOf[K]]{Name: name}) },
	}
}
