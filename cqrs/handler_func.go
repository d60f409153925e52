package cqrs

import (
	"context"
	"iter"
)

// CommandFunc is a [CommandHandler] that is a function. A constructor may return one instead
// of a struct with a method; its dependencies are the parameters of the constructor:
//
//	func NewJoinMeeting(rooms *Rooms) cqrs.CommandFunc[JoinMeeting] {
//		return func(ctx context.Context, c JoinMeeting) error { return rooms.Join(ctx, c.User) }
//	}
//
//	cqrs.BindCommand[cqrs.CommandFunc[JoinMeeting]](m)
//
// A function records no events. To publish some, let the constructor ask for a [Sender].
type CommandFunc[C Request[Unit]] func(ctx context.Context, command C) error

// Handle calls f.
func (f CommandFunc[C]) Handle(ctx context.Context, command C) error { return f(ctx, command) }

// RequestFunc is a [RequestHandler] that is a function; see [CommandFunc].
type RequestFunc[Q Request[R], R any] func(ctx context.Context, request Q) (R, error)

// Handle calls f.
func (f RequestFunc[Q, R]) Handle(ctx context.Context, request Q) (R, error) { return f(ctx, request) }

// StreamFunc is a [StreamHandler] that is a function; see [CommandFunc].
type StreamFunc[S StreamRequest[T], T any] func(ctx context.Context, request S) iter.Seq2[T, error]

// Handle calls f.
func (f StreamFunc[S, T]) Handle(ctx context.Context, request S) iter.Seq2[T, error] {
	return f(ctx, request)
}

// EventFunc is an [EventHandler] that is a function; see [CommandFunc]. All functions for one
// event have the same type, which can be bound only once. For a second handler of the event,
// embed the function in a type of its own:
//
//	type Mailer struct{ cqrs.EventFunc[UserJoined] }
type EventFunc[E Event] func(ctx context.Context, event E) error

// Handle calls f.
func (f EventFunc[E]) Handle(ctx context.Context, event E) error { return f(ctx, event) }
