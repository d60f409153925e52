package cqrs

import (
	"iter"
	"reflect"
)

// A Target is where messages of type M go: to one handler, or to several by a
// rule, as [Chain] and [Fallback] put them together. A is what the handlers
// return: the result of a request, an iterator for a stream, an error for an
// event. [BindTarget] and [BindEventTarget] bind it.
type Target[M, A any] struct {
	binding *Binding // but for where it is bound; nil in the zero value, which cannot be bound
}

// CommandTarget is the handler H of a command without a result.
func CommandTarget[H CommandHandler[C], C Request[Unit]]() Target[C, Unit] {
	return Target[C, Unit]{commandBinding[H, C]()}
}

// RequestTarget is the handler H of a query, or of a command with a result.
func RequestTarget[H RequestHandler[Q, R], Q Request[R], R any]() Target[Q, R] {
	return Target[Q, R]{requestBinding[H, Q, R]()}
}

// StreamTarget is the handler H of a request that is answered by a stream.
func StreamTarget[H StreamHandler[S, T], S StreamRequest[T], T any]() Target[S, iter.Seq2[T, error]] {
	return Target[S, iter.Seq2[T, error]]{streamBinding[H, S, T]()}
}

// EventTarget is a handler H of an event.
func EventTarget[H EventHandler[E], E Event]() Target[E, error] {
	return Target[E, error]{eventBinding[H, E]()}
}

// BindTarget binds requests to a target. What is wrong with a binding is
// reported by bootstrap.New.
func BindTarget[M, A any](m *RequestMap, t Target[M, A], opts ...BindOption) {
	m.add(t.bind(caller()), opts)
}

// BindEventTarget adds a target to the handlers of an event. What is wrong with
// a binding is reported by bootstrap.New.
func BindEventTarget[E Event](m *EventMap, t Target[E, error], opts ...EventOption) {
	m.add(t.bind(caller()), opts)
}

func (t Target[M, A]) bind(where string) *Binding {
	b := Binding{message: reflect.TypeFor[M]()}
	if t.binding != nil {
		b = *t.binding
	}
	b.where = where
	return &b
}

// Chain tries targets in order. One that does not want to answer a message
// returns [ErrNotHandled], as it is, and a stream yields that before any item;
// the next one is built and tried then. Any other error ends the chain, and so does
// an answer. The events of all that ran are dispatched if the request succeeds.
// If no target answers, the error is a [*NotHandledError].
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

// Fallback tries the secondary target if the primary one fails and when returns
// true for its error; a nil when stands for every error, unless the context is
// cancelled. The events that the primary target recorded are dropped then. What it
// did in the scope stays, since the scope is the same for both, and so does what
// it sent or published through a [Sender]. A stream falls back only before its
// first item. If both fail, their errors are joined.
func Fallback[M, A any](primary, secondary Target[M, A], when func(error) bool) Target[M, A] {
	if primary.binding == nil || secondary.binding == nil {
		return Target[M, A]{}
	}
	return primary.with(fallback{primary.binding.plan, secondary.binding.plan, when})
}

// with returns the target with another plan.
func (t Target[M, A]) with(p plan) Target[M, A] {
	b := *t.binding
	b.plan = p
	return Target[M, A]{&b}
}
