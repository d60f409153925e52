package cqrs

import (
	"reflect"
	"strings"
)

// Unit is the result of a command that has none.
type Unit = struct{}

// A Request is a message that one handler answers with an R: what embeds
// [Command] (with R = [Unit]), [CommandOf] or [Query].
type Request[R any] interface{ requestAnsweredBy(R) }

// Embed Command in a command without a result. Its handler has the method
// Handle(context.Context, C) error.
type Command struct{}

func (Command) requestAnsweredBy(Unit) {}

// Embed CommandOf in a command that returns an R. Its handler has the method
// Handle(context.Context, C) (R, error).
type CommandOf[R any] struct{}

func (CommandOf[R]) requestAnsweredBy(R) {}

// Embed Query in a query that returns an R. Its handler has the method
// Handle(context.Context, Q) (R, error).
type Query[R any] struct{}

func (Query[R]) requestAnsweredBy(R) {}

// A StreamRequest is a message that one handler answers with any number of T:
// what embeds [StreamOf].
type StreamRequest[T any] interface{ requestStreaming(T) }

// Embed StreamOf in a request that is answered by many T. Its handler has the
// method Handle(context.Context, S) iter.Seq2[T, error].
type StreamOf[T any] struct{}

func (StreamOf[T]) requestStreaming(T) {}

// An Event is something that happened, told to any number of handlers: what
// embeds [DomainEvent].
type Event interface{ eventOfTheDomain() }

// Embed DomainEvent in an event. Its handlers have the method
// Handle(context.Context, E) error.
type DomainEvent struct{}

func (DomainEvent) eventOfTheDomain() {}

// A Kind is what a message is for.
type Kind int

// The kinds of message.
const (
	KindCommand Kind = iota + 1
	KindQuery
	KindStream
	KindEvent
)

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

// requestKind tells a query from a command by what the message embeds, however
// deep; the compiler has made sure that it is one of them.
func requestKind(message reflect.Type) Kind {
	level := []reflect.Type{message}
	seen := make(map[reflect.Type]bool) // a struct may embed a pointer to itself
	for len(level) > 0 {
		var next []reflect.Type
		for _, t := range level {
			if t.Kind() == reflect.Pointer {
				t = t.Elem()
			}
			if seen[t] {
				continue
			}
			seen[t] = true
			if t.PkgPath() == reflect.TypeFor[Command]().PkgPath() {
				if strings.HasPrefix(t.Name(), "Query[") {
					return KindQuery
				}
				continue
			}
			if t.Kind() != reflect.Struct {
				continue
			}
			for f := range t.Fields() {
				if f.Anonymous {
					next = append(next, f.Type)
				}
			}
		}
		level = next
	}
	return KindCommand
}
