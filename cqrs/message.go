package cqrs

import (
	"reflect"

	"github.com/digcqrs/digcqrs/internal/embedding"
)

// Unit is the result of a command that has none.
type Unit = struct{}

// Request is the constraint for messages that one handler answers with an R: structs that
// embed [Command] (where R is [Unit]), [CommandOf] or [Query].
type Request[R any] interface{ requestAnsweredBy(R) }

// Command marks a struct as a command without a result. Its handler has the method
// Handle(context.Context, C) error.
type Command struct{}

func (Command) requestAnsweredBy(Unit) {}

// CommandOf marks a struct as a command that returns an R. Its handler has the method
// Handle(context.Context, C) (R, error).
type CommandOf[R any] struct{}

func (CommandOf[R]) requestAnsweredBy(R) {}

// Query marks a struct as a query that returns an R. Its handler has the method
// Handle(context.Context, Q) (R, error).
type Query[R any] struct{}

func (Query[R]) requestAnsweredBy(R) {}

// StreamRequest is the constraint for messages that one handler answers with any number
// of T: structs that embed [StreamOf].
type StreamRequest[T any] interface{ requestStreaming(T) }

// StreamOf marks a struct as a request that is answered by a stream of T. Its handler has
// the method Handle(context.Context, S) iter.Seq2[T, error].
type StreamOf[T any] struct{}

func (StreamOf[T]) requestStreaming(T) {}

// Event is the interface of all events: structs that embed [DomainEvent]. An event has any
// number of handlers.
type Event interface{ eventOfTheDomain() }

// DomainEvent marks a struct as an event. Its handlers have the method
// Handle(context.Context, E) error.
type DomainEvent struct{}

func (DomainEvent) eventOfTheDomain() {}

// Kind is the kind of a message. For a request it follows Go's promotion rules: the
// shallowest embedded type of this package decides. A struct that embeds [Command], and
// another struct that embeds a [Query], is a command.
type Kind int

// The kinds of message.
const (
	KindCommand Kind = iota + 1
	KindQuery
	KindStream
	KindEvent
)

// String returns the kind in lower case, such as "command".
func (k Kind) String() string {
	switch k {
	case KindCommand:
		return "command"
	case KindQuery:
		return "query"
	case KindStream:
		return "stream"
	case KindEvent:
		return "event"
	default:
		return "message"
	}
}

// requestKind returns the kind of a request, which is that of the shallowest embedded
// type of this package, since Go promotes its method. The compiler has ensured that there
// is one. A message that only embeds an interface counts as a command, since nothing
// shows that it only reads.
func requestKind[R any](message reflect.Type) Kind {
	query, command := reflect.TypeFor[Query[R]](), reflect.TypeFor[CommandOf[R]]()
	answered := reflect.TypeFor[Request[R]]()
	marker := embedding.Shallowest(message, func(t reflect.Type) bool {
		return t == query || t == command || t == reflect.TypeFor[Command]() ||
			t.Kind() == reflect.Interface && t.Implements(answered)
	})
	if marker == query {
		return KindQuery
	}
	return KindCommand
}
