package cqrs

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"runtime"
)

// A Binding says which handler a message goes to. It is read-only data.
type Binding struct {
	kind       Kind
	message    reflect.Type
	result     reflect.Type // of a request, or of an item of a stream; nil for events
	handler    reflect.Type
	where      string
	afterScope bool
	records    bool                  // whether the handler may be an EventSource
	connect    func(endpoint) router // makes the route of a request
	deliver    func(context.Context, any, Event) error
}

// Kind returns the kind of the message.
func (b *Binding) Kind() Kind { return b.kind }

// Message returns the type of the message.
func (b *Binding) Message() reflect.Type { return b.message }

// Result returns the type of the result or, of a stream, of an item; [Unit] for
// a command without a result, nil for an event.
func (b *Binding) Result() reflect.Type { return b.result }

// Handler returns the type of the handler.
func (b *Binding) Handler() reflect.Type { return b.handler }

// Where returns where the binding was made, as file:line.
func (b *Binding) Where() string { return b.where }

// AfterScope tells whether the handler of an event runs after the scope of the
// request in which the event was raised.
func (b *Binding) AfterScope() bool { return b.afterScope }

// String returns "bound to app.Join at main.go:12".
func (b *Binding) String() string { return fmt.Sprintf("bound to %v at %s", b.message, b.where) }

// caller returns the file:line of whoever called the exported function that
// calls it.
func caller() string {
	_, file, line, ok := runtime.Caller(2)
	if !ok {
		return "unknown place"
	}
	return fmt.Sprintf("%s:%d", file, line)
}

// checkBinding returns what forbids to bind a handler to a message.
func checkBinding(b *Binding) error {
	source := reflect.TypeFor[EventSource]()
	switch {
	case b.message.Kind() == reflect.Pointer:
		return &BindError{Reason: ErrPointer, Binding: b, text: fmt.Sprintf("%v handles a pointer, but messages are values; let it handle %v", b.handler, b.message.Elem())}
	case b.message.Kind() == reflect.Interface:
		return &BindError{Reason: ErrInterface, Binding: b, text: fmt.Sprintf("%v handles the interface %v, but a message is found by its exact type; let it handle a struct", b.handler, b.message)}
	case b.handler.Kind() != reflect.Pointer && b.handler.Kind() != reflect.Interface &&
		!b.handler.Implements(source) && reflect.PointerTo(b.handler).Implements(source):
		return &BindError{Reason: ErrLostEvents, Binding: b, text: fmt.Sprintf("what %v records would be lost, since Handle gets a copy of it; bind %v", b.handler, reflect.PointerTo(b.handler))}
	default:
		return nil
	}
}

// A RequestMap binds requests and streams to handlers. The zero value is empty
// and ready. It is not safe for concurrent use.
type RequestMap struct {
	bindings []*Binding
	byType   map[reflect.Type]*Binding
	errs     []error
}

// Bindings returns what is bound, in order.
func (m *RequestMap) Bindings() []*Binding { return m.bindings }

// Errors returns what could not be bound, each a [*BindError].
func (m *RequestMap) Errors() []error { return m.errs }

func (m *RequestMap) add(b *Binding) {
	if err := checkBinding(b); err != nil {
		m.errs = append(m.errs, err)
		return
	}
	if first := m.byType[b.message]; first != nil {
		m.errs = append(m.errs, duplicateError(first, b, "a request has one handler"))
		return
	}
	if m.byType == nil {
		m.byType = make(map[reflect.Type]*Binding)
	}
	m.byType[b.message] = b
	m.bindings = append(m.bindings, b)
}

// BindCommand binds the handler H to the command C that its Handle method
// takes. A command has one handler: what is wrong with a binding is reported
// by bootstrap.New.
func BindCommand[H CommandHandler[C], C Request[Unit]](m *RequestMap) {
	b := newBinding[H, C](requestKind(reflect.TypeFor[C]()), reflect.TypeFor[Unit]())
	b.where = caller()
	b.connect = func(e endpoint) router {
		return newRoute(e, func(ctx context.Context, h any, c C) (Unit, error) {
			return Unit{}, h.(H).Handle(ctx, c)
		})
	}
	m.add(b)
}

// BindRequest binds the handler H to the query, or the command with a result,
// that its Handle method takes. A request has one handler: what is wrong with
// a binding is reported by bootstrap.New.
func BindRequest[H RequestHandler[Q, R], Q Request[R], R any](m *RequestMap) {
	b := newBinding[H, Q](requestKind(reflect.TypeFor[Q]()), reflect.TypeFor[R]())
	b.where = caller()
	b.connect = func(e endpoint) router {
		return newRoute(e, func(ctx context.Context, h any, q Q) (R, error) {
			return h.(H).Handle(ctx, q)
		})
	}
	m.add(b)
}

// BindStream binds the handler H to the request that its Handle method takes,
// and answers with a stream. Such a request has one handler: what is wrong with
// a binding is reported by bootstrap.New.
func BindStream[H StreamHandler[S, T], S StreamRequest[T], T any](m *RequestMap) {
	b := newBinding[H, S](KindStream, reflect.TypeFor[T]())
	b.where = caller()
	b.connect = func(e endpoint) router {
		return newStreamRoute(e, func(ctx context.Context, h any, s S) iter.Seq2[T, error] {
			return h.(H).Handle(ctx, s)
		})
	}
	m.add(b)
}

func newBinding[H, M any](kind Kind, result reflect.Type) *Binding {
	h := reflect.TypeFor[H]()
	return &Binding{
		kind:    kind,
		message: reflect.TypeFor[M](),
		result:  result,
		handler: h,
		// Of a handler that is bound as an interface only its instances can tell.
		records: h.Implements(reflect.TypeFor[EventSource]()) || h.Kind() == reflect.Interface,
	}
}

// An EventMap binds events to handlers. The zero value is empty and ready. It
// is not safe for concurrent use.
type EventMap struct {
	bindings  []*Binding
	byHandler map[reflect.Type]*Binding
	errs      []error
}

// Bindings returns what is bound, in order.
func (m *EventMap) Bindings() []*Binding { return m.bindings }

// Errors returns what could not be bound, each a [*BindError].
func (m *EventMap) Errors() []error { return m.errs }

// An EventOption says how a handler is told of events.
type EventOption interface{ applyToEvent(*Binding) }

type afterScope struct{}

func (afterScope) applyToEvent(b *Binding) { b.afterScope = true }
func (afterScope) String() string          { return "AfterScope()" }

// AfterScope makes a handler run once the request has succeeded and its scope
// has closed, in a scope of its own. It is for what must not happen unless the
// request is done, like sending a mail. Without it the handler is a part of the
// request: it shares its scope, and its failure fails the request.
func AfterScope() EventOption { return afterScope{} }

// BindEvent adds the handler H to those of the event that its Handle method
// takes. They run in the order of binding. To bind a handler twice is an error;
// what is wrong with a binding is reported by bootstrap.New.
func BindEvent[H EventHandler[E], E Event](m *EventMap, opts ...EventOption) {
	b := newBinding[H, E](KindEvent, nil)
	b.where = caller()
	b.deliver = func(ctx context.Context, h any, e Event) error {
		return h.(H).Handle(ctx, any(e).(E))
	}
	for _, opt := range opts {
		if opt != nil {
			opt.applyToEvent(b)
		}
	}
	if err := checkBinding(b); err != nil {
		m.errs = append(m.errs, err)
		return
	}
	if first := m.byHandler[b.handler]; first != nil {
		m.errs = append(m.errs, duplicateError(first, b, "a handler is bound to an event once"))
		return
	}
	if m.byHandler == nil {
		m.byHandler = make(map[reflect.Type]*Binding)
	}
	m.byHandler[b.handler] = b
	m.bindings = append(m.bindings, b)
}
