package cqrs

import (
	"context"
	"fmt"
	"reflect"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// Binding describes which handler a message is bound to. It is immutable.
//
// A scoped constructor that asks for a *Binding receives the one of the message that its
// request was opened for, or nil for [Mediator.Run] and [Mediator.Publish].
type Binding struct {
	kind       Kind
	message    reflect.Type
	result     reflect.Type // of a request, or of an item of a stream; nil for events
	handler    reflect.Type // the first, if there are several
	plan       plan
	at         errtext.Place
	module     string       // empty if no module binds it
	name       string       // of the subscription
	delivery   DeliveryMode // of an event
	ambiguous  bool         // the options ask for two delivery modes
	durable    durable      // if the subscription is durable
	middleware []Middleware
	policies   []string // of all middleware around the handlers; set at start-up
	attached   []any
	emits      []reflect.Type        // the events of the option Emits
	shorten    func(*endpoint) any   // makes the short way of a request
	accepts    func(result any) bool // reports whether a middleware may return result
}

// Kind returns the kind of the message.
func (b *Binding) Kind() Kind { return b.kind }

// Message returns the type of the message. For a subscription to an interface it is the
// interface type.
func (b *Binding) Message() reflect.Type { return b.message }

// Result returns the type of the result or, for a stream, of an item. It is [Unit] for a
// command without a result and nil for an event.
func (b *Binding) Result() reflect.Type { return b.result }

// Handler returns the type of the handler. If there are several, it is the first.
func (b *Binding) Handler() reflect.Type { return b.handler }

// Handlers returns the types of all handlers. A [Chain] and a [Fallback] have several.
func (b *Binding) Handlers() []reflect.Type {
	if b.plan == nil { // an empty target
		return nil
	}
	return b.plan.handlers()
}

// Where returns the file:line of the call that made the binding.
func (b *Binding) Where() string { return b.at.String() }

// Module returns the name of the bootstrap.Module that made the binding, or an empty string.
func (b *Binding) Module() string { return b.module }

// position is where a binding was made: the file:line and the module.
type position struct{ *Binding }

func (p position) String() string { return positionIn(p.module, p.Where()) }

// positionIn returns the file:line, with the name of the module unless that is empty.
func positionIn(module, where string) string {
	if module == "" {
		return where
	}
	return where + " in module " + module
}

// Delivery returns when a subscription receives events.
func (b *Binding) Delivery() DeliveryMode { return b.delivery }

// Subscription returns the name by which [Mediator.PublishTo] finds the subscription:
// the one set with [SubscriptionName], or else the type of the handler with its package
// path. It is empty for a request.
func (b *Binding) Subscription() string { return b.name }

// String returns a description such as "bound to app.Join at main.go:12".
func (b *Binding) String() string { return fmt.Sprintf("bound to %v at %s", b.message, position{b}) }

// check returns an error if the binding is invalid.
func (b *Binding) check() error {
	if b.handler == nil {
		return bindError(ErrEmptyTarget, b,
			"the target for %v is empty; create it with cqrs.CommandTarget or a similar function", b.message)
	}
	if b.message.Kind() == reflect.Pointer {
		return bindError(ErrPointer, b,
			"%v handles a pointer, but messages are values; handle %v instead", b.handler, b.message.Elem())
	}
	if b.message.Kind() == reflect.Interface && b.kind != KindEvent {
		return bindError(ErrInterface, b,
			"%v handles the interface %v, but requests are dispatched by their exact type; handle a struct",
			b.handler, b.message)
	}
	if b.ambiguous {
		return bindError(nil, b, "%v is bound with both AfterScope and Durable; choose one", b.handler)
	}
	if err := b.durable.check(b); err != nil {
		return err
	}
	seen := make(map[reflect.Type]bool)
	for _, h := range b.Handlers() {
		switch recorders := recordersOf(h); {
		case len(recorders) > 1:
			return bindError(ErrLostEvents, b,
				"%v embeds both %v and %v, and events that one of them records would be lost; embed one recorder",
				h, recorders[0], recorders[1])
		case losesEvents(h):
			return bindError(ErrLostEvents, b,
				"events that %v records would be lost, because Handle receives a copy of it; bind %v",
				h, reflect.PointerTo(h))
		case recordsInCopy(h):
			return bindError(ErrLostEvents, b,
				"events that %v records would be lost, because its Handle has a value receiver and so works on a copy; "+
					"give Handle a pointer receiver", h)
		case seen[h]:
			return bindError(ErrDuplicate, b,
				"%v appears twice in the target for %v; remove one", h, b.message)
		}
		seen[h] = true
	}
	return nil
}

// losesEvents reports whether a handler is bound as a value but records events through
// its pointer, so that Handle would record them in a copy.
func losesEvents(h reflect.Type) bool {
	source := reflect.TypeFor[EventSource]()
	return h.Kind() != reflect.Pointer && h.Kind() != reflect.Interface &&
		!h.Implements(source) && reflect.PointerTo(h).Implements(source)
}

// recordsInCopy reports whether a handler is bound as a pointer, but its Handle has a value
// receiver and so would record events in a copy. A Handle that is promoted from a field is not considered.
func recordsInCopy(h reflect.Type) bool {
	source := reflect.TypeFor[EventSource]()
	if h.Kind() != reflect.Pointer || h.Elem().Kind() != reflect.Struct ||
		!h.Implements(source) || h.Elem().Implements(source) || !hasHandle(h.Elem()) {
		return false
	}
	for f := range h.Elem().Fields() {
		if f.Anonymous && (hasHandle(f.Type) || hasHandle(reflect.PointerTo(f.Type))) {
			return false
		}
	}
	return true
}

func hasHandle(t reflect.Type) bool {
	_, ok := t.MethodByName("Handle")
	return ok
}

// BindCommand binds the handler H to the command C that its Handle method takes. A
// command has exactly one handler. bootstrap.New reports an invalid binding as a
// [*BindError].
func BindCommand[H CommandHandler[C], C Request[Unit]](m *RequestMap, opts ...BindOption) {
	b := commandBinding[H, C]()
	b.at = errtext.CallerPlace()
	m.add(b, opts)
}

func commandBinding[H CommandHandler[C], C Request[Unit]]() *Binding {
	call := func(ctx context.Context, h, c any) (any, error) {
		return Unit{}, h.(H).Handle(ctx, messageOf[C](c))
	}
	b := newBinding[H, C](requestKind[Unit](reflect.TypeFor[C]()), reflect.TypeFor[Unit](), call)
	b.accepts = accepts[Unit]
	b.shorten = func(e *endpoint) any {
		return &shortWay[C, Unit]{e, func(ctx context.Context, h any, c C) (Unit, error) {
			return Unit{}, h.(H).Handle(ctx, c)
		}}
	}
	return b
}

// BindRequest binds the handler H to the query, or the command with a result, that its
// Handle method takes. A request has exactly one handler. bootstrap.New reports an
// invalid binding as a [*BindError].
func BindRequest[H RequestHandler[Q, R], Q Request[R], R any](m *RequestMap, opts ...BindOption) {
	b := requestBinding[H, Q, R]()
	b.at = errtext.CallerPlace()
	m.add(b, opts)
}

func requestBinding[H RequestHandler[Q, R], Q Request[R], R any]() *Binding {
	call := func(ctx context.Context, h, q any) (any, error) {
		return h.(H).Handle(ctx, messageOf[Q](q))
	}
	b := newBinding[H, Q](requestKind[R](reflect.TypeFor[Q]()), reflect.TypeFor[R](), call)
	b.accepts = accepts[R]
	b.shorten = func(e *endpoint) any {
		return &shortWay[Q, R]{e, func(ctx context.Context, h any, q Q) (R, error) {
			return h.(H).Handle(ctx, q)
		}}
	}
	return b
}

// BindStream binds the handler H to the [StreamOf] request that its Handle method takes.
// Such a request has exactly one handler. bootstrap.New reports an invalid binding as a
// [*BindError].
func BindStream[H StreamHandler[S, T], S StreamRequest[T], T any](m *RequestMap, opts ...BindOption) {
	b := streamBinding[H, S, T]()
	b.at = errtext.CallerPlace()
	m.add(b, opts)
}

func streamBinding[H StreamHandler[S, T], S StreamRequest[T], T any]() *Binding {
	b := newBinding[H, S](KindStream, reflect.TypeFor[T](), func(ctx context.Context, h, s any) (any, error) {
		f := s.(*flow)
		return nil, handOut(ctx, f, h, h.(H).Handle(ctx, f.message.(S)))
	})
	b.accepts = isNil
	return b
}

// BindEvent subscribes the handler H to the event that its Handle method takes. An event
// has any number of handlers, which run in the order of binding. If Handle takes an
// interface, the handler receives every event that implements it, after the handlers
// bound to the event's own type. A handler can be bound only once. bootstrap.New reports
// an invalid binding as a [*BindError].
func BindEvent[H EventHandler[E], E Event](m *EventMap, opts ...EventOption) {
	b := eventBinding[H, E]()
	b.at = errtext.CallerPlace()
	m.add(b, opts)
}

func eventBinding[H EventHandler[E], E Event]() *Binding {
	b := newBinding[H, E](KindEvent, nil, func(ctx context.Context, h, e any) (any, error) {
		return nil, h.(H).Handle(ctx, e.(E))
	})
	b.accepts = isNil
	b.name = errtext.FullName(b.handler)
	return b
}

// newBinding and its callers do without Target, which the compiler would make again for each
// message type.
func newBinding[H, M any](
	kind Kind, result reflect.Type, call func(ctx context.Context, handler, payload any) (any, error),
) *Binding {
	h := reflect.TypeFor[H]()
	one := &single{handler: h, call: call}
	if kind != KindStream { // a stream collects the events of its handler item by item
		// If H is an interface, only an instance shows whether it records events.
		one.records = h.Implements(reflect.TypeFor[EventSource]()) || h.Kind() == reflect.Interface
	}
	return &Binding{kind: kind, message: reflect.TypeFor[M](), result: result, handler: h, plan: one}
}

// accepts reports whether a middleware may return result as an R. A nil result is valid
// if R is an interface.
func accepts[R any](result any) bool {
	_, ok := result.(R)
	return ok || result == nil && reflect.TypeFor[R]().Kind() == reflect.Interface
}

func isNil(result any) bool { return result == nil }
