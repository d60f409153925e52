package cqrs

import (
	"context"
	"reflect"
	"slices"
	"sync/atomic"
)

// Sender sends messages. A [*Mediator] is a Sender that opens a request with a scope of
// its own for each call.
//
// A handler, or any scoped constructor, that asks for a Sender receives one that belongs
// to its request: messages sent through it are handled in the same scope, and their events
// join the queue of that request. Several goroutines may use it at once. The request waits
// for what they send, but not for a stream whose consumer holds an item. Once the request
// has ended, or its handler has failed, sending fails with [ErrRequestEnded].
//
// No other package can implement Sender; a test of one handler uses cqrstest.Sender. A type that
// embeds a nil Sender fails with [ErrNilMediator] if it is passed to [Send] or [Stream].
//
// A constructor may keep its Sender, but must not send, nor wait for a goroutine that
// sends: that fails with [ErrConstructing].
type Sender interface {
	// Send sends a command without a result to its handler.
	Send(ctx context.Context, command Request[Unit]) error
	// Publish delivers events to their handlers. Through the Sender of a request they
	// join its queue, and Publish returns at once.
	Publish(ctx context.Context, events ...Event) error

	target() (*Mediator, *sender)
}

// frame is the request in which a message is handled, and what led to the message.
type frame struct {
	lease            // of the request; zero if the message needs none
	via   *sender    // the sender of a nested message; nil for an event, or if the request was opened for the message
	cause *causation // the event that led to a nested message, or nil
	// repeats is how often middleware has called next again; see Invocation.Attempt.
	repeats int32
}

// isNested reports whether the message was sent through a Sender, so that other
// goroutines may work in the same request.
func (f frame) isNested() bool { return f.via != nil }

// sender is the Sender that one handler or scoped value was built with.
type sender struct {
	frame
	message reflect.Type // the message that it was built for; nil for Mediator.Run
	level   int          // how many sends led to that message
	// outermost is the binding that the request was opened for; the sender may outlive that.
	outermost *Binding
	kept      bool         // held by a scoped value, which any handler of the request may use
	ready     atomic.Bool  // its constructor has returned
	sending   atomic.Int32 // how many sends through it are in flight
}

// newSender returns a sender for a handler of message or, if kept, for a scoped value. It
// cannot send before constructed is called.
func newSender(f frame, message reflect.Type, kept bool) *sender {
	s := &sender{frame: f, message: message, outermost: f.req.binding, kept: kept}
	if f.isNested() {
		s.level = f.via.level + 1
	} else if !kept {
		s.cause = f.req.causation()
	}
	return s
}

// constructed allows the use of a sender whose constructor has returned.
func (s *sender) constructed() {
	if s != nil {
		s.ready.Store(true)
	}
}

func (s *sender) target() (*Mediator, *sender) { return s.req.m, s }

func (s *sender) Send(ctx context.Context, command Request[Unit]) error {
	return sendCommand(ctx, s.req.m, s, command)
}

func (s *sender) Publish(ctx context.Context, events ...Event) error {
	if ctx == nil {
		return nilContextError(nil)
	}
	if err := s.req.m.declared.checkPublished(events); err != nil {
		return err
	}
	f, err := s.enter(nil)
	if err != nil {
		return err
	}
	defer s.leave()
	return f.req.raise(recorded{events, ctx}, f.cause)
}

// enter starts sending a message through s and returns the frame to handle it in. The
// caller ends it with leave.
func (s *sender) enter(message reflect.Type) (frame, error) {
	if !s.ready.Load() {
		return frame{}, constructingError(message)
	}
	r := s.req
	if err := r.enter(s.lease, message); err != nil {
		return frame{}, err
	}
	err := s.checkConstructing(message)
	if err == nil {
		err = s.checkLevel(message)
	}
	if err != nil {
		r.leave()
		return frame{}, err
	}
	s.sending.Add(1)
	f := frame{lease: s.lease, via: s, cause: s.cause}
	if s.kept {
		f.cause = r.causation()
	}
	return f, nil
}

func (s *sender) leave() {
	s.sending.Add(-1)
	s.req.leave()
}

// checkConstructing returns an error if it is called from a constructor of the request.
func (s *sender) checkConstructing(message reflect.Type) error {
	if s.req.building.TryLock() {
		s.req.building.Unlock()
		return nil
	}
	if inConstructor() {
		return constructingError(message)
	}
	return nil
}

// checkLevel returns an error if sends are nested too deep.
func (s *sender) checkLevel(message reflect.Type) error {
	limit := s.req.m.settings.NestingLimit
	if s.level < limit && !(s.kept && s.leadsToItself(limit)) {
		return nil
	}
	return &NestingLimitError{Limit: limit, Path: append(s.path(), message)}
}

// leadsToItself reports whether a send through a Sender that a scoped value keeps, whose
// level does not show it, is nested too deep. If many are in flight the stack is inspected.
// Goroutines that send for one another have short stacks, but there are not that many for
// another reason.
func (s *sender) leadsToItself(limit int) bool {
	sending := int(s.sending.Load())
	return sending >= limit && (sending >= 10*limit || nestedSends() >= limit)
}

// path returns the messages that led to the one that s was built for, and that.
func (s *sender) path() []reflect.Type {
	var path []reflect.Type
	for at := s; at != nil; at = at.via {
		if at.message != nil {
			path = append(path, at.message)
		}
	}
	slices.Reverse(path)
	return path
}
