package cqrs

import (
	"iter"
	"reflect"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// Target is what messages of type M are bound to: one handler, or several that [Chain]
// and [Fallback] combine. A is what the handlers return: the result of a request, an
// iterator for a stream, an error for an event. [BindTarget] and [BindEventTarget] bind
// a target. The zero value is empty and cannot be bound.
type Target[M, A any] struct {
	binding *Binding // without its position; nil in the zero value
}

// CommandTarget returns the handler H of a command without a result as a target.
func CommandTarget[H CommandHandler[C], C Request[Unit]]() Target[C, Unit] {
	return Target[C, Unit]{commandBinding[H, C]()}
}

// RequestTarget returns the handler H of a query, or of a command with a result, as a
// target.
func RequestTarget[H RequestHandler[Q, R], Q Request[R], R any]() Target[Q, R] {
	return Target[Q, R]{requestBinding[H, Q, R]()}
}

// StreamTarget returns the handler H of a [StreamOf] request as a target.
func StreamTarget[H StreamHandler[S, T], S StreamRequest[T], T any]() Target[S, iter.Seq2[T, error]] {
	return Target[S, iter.Seq2[T, error]]{streamBinding[H, S, T]()}
}

// EventTarget returns the event handler H as a target.
func EventTarget[H EventHandler[E], E Event]() Target[E, error] {
	return Target[E, error]{eventBinding[H, E]()}
}

// BindTarget binds the request or stream M to a target. bootstrap.New reports an invalid
// binding as a [*BindError].
func BindTarget[M, A any](m *RequestMap, t Target[M, A], opts ...BindOption) {
	m.add(t.bind(errtext.CallerPlace()), opts)
}

// BindEventTarget subscribes a target to the event E. bootstrap.New reports an invalid
// binding as a [*BindError].
func BindEventTarget[E Event](m *EventMap, t Target[E, error], opts ...EventOption) {
	m.add(t.bind(errtext.CallerPlace()), opts)
}

// bind returns a binding of the target, made at a place.
func (t Target[M, A]) bind(at errtext.Place) *Binding {
	b := Binding{message: reflect.TypeFor[M]()}
	if t.binding != nil {
		b = *t.binding
	}
	b.at = at
	return &b
}

// Chain returns a target that tries the given targets in order until one answers. A
// handler passes a message on by returning exactly [ErrNotHandled], not wrapped; a stream
// yields it before any item. Then the next target is built and tried. An answer, or any
// other error, ends the chain. If the request succeeds, the events of all handlers that
// ran are dispatched. If no target answers, the error is a [*NotHandledError].
func Chain[M, A any](first Target[M, A], others ...Target[M, A]) Target[M, A] {
	var links []plan
	for _, t := range append([]Target[M, A]{first}, others...) {
		if t.binding == nil {
			return Target[M, A]{}
		}
		links = append(links, t.binding.plan)
	}
	return first.with(chain{links})
}

// Fallback returns a target that tries secondary if primary fails and when returns true
// for its error. A nil when accepts every error, unless the context is cancelled.
//
// The events that primary recorded are then dropped. Its other effects stay, such as
// changes to scoped values, which both targets share, and whatever it sent or published
// through a [Sender]. A stream falls back only before its first item. If both targets
// fail, their errors are joined.
func Fallback[M, A any](primary, secondary Target[M, A], when func(error) bool) Target[M, A] {
	if primary.binding == nil || secondary.binding == nil {
		return Target[M, A]{}
	}
	return primary.with(fallback{primary.binding.plan, secondary.binding.plan, when})
}

// with returns a copy of the target with the given plan.
func (t Target[M, A]) with(p plan) Target[M, A] {
	b := *t.binding
	b.plan = p
	return Target[M, A]{&b}
}
