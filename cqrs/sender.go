package cqrs

import (
	"context"
	"reflect"
	"runtime"
	"strings"
	"sync"
)

// A Sender sends messages: [*Mediator] is one, where each call is a request
// with a scope of its own. A handler, or any scoped constructor, that asks for
// a Sender gets one that is bound to its request: what is sent through it is
// handled in the same scope, and events join the queue of that request. Several
// goroutines may use it at once; the request waits for what they send, but not
// for a stream while its consumer has an item. After the request what is sent
// gets an error with [ErrRequestEnded].
//
// A constructor keeps its Sender; it must not send, nor wait for a goroutine
// that does. It gets an error with [ErrConstructing].
type Sender interface {
	// Send has a command without a result handled.
	Send(ctx context.Context, command Request[Unit]) error
	// Publish has the handlers told of events. Through the Sender of a request
	// they join its queue, and Publish returns at once.
	Publish(ctx context.Context, events ...Event) error

	target() (*Mediator, *sender)
}

// A sender is the Sender of one request. It outlives the request, which is used
// again for others, and so guards the way to it.
type sender struct {
	m        *Mediator
	building sync.Mutex // while the scope is used
	mu       sync.Mutex // guards all below, and the queue of the request
	idle     sync.Cond  // inFlight became 0
	early    bool       // the build that it was handed out in goes on
	req      *request   // nil once the request has ended
	inFlight int
}

func newSender(r *request) *sender {
	s := &sender{m: r.m, req: r}
	s.idle.L = &s.mu
	return s
}

func (s *sender) target() (*Mediator, *sender) { return s.m, s }

func (s *sender) Send(ctx context.Context, command Request[Unit]) error {
	return sendCommand(ctx, s.m, s, command)
}

func (s *sender) Publish(ctx context.Context, events ...Event) error {
	if ctx == nil {
		return nilContextError(nil)
	}
	r, err := s.enter(nil)
	if err != nil {
		return err
	}
	defer s.leave()
	return r.raise(recording{events, ctx})
}

// enter begins something in the request, and leave ends it.
func (s *sender) enter(t reflect.Type) (*request, error) {
	if !s.building.TryLock() {
		if inConstructor(0) {
			return nil, constructingError(t)
		}
	} else {
		s.building.Unlock()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.req == nil:
		return nil, endedError(t)
	case s.early:
		return nil, constructingError(t)
	}
	s.inFlight++
	return s.req, nil
}

func (s *sender) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inFlight--; s.inFlight == 0 {
		s.idle.Broadcast()
	}
}

// end lets nothing more begin and waits for what has begun.
func (s *sender) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.req = nil
	for s.inFlight > 0 {
		s.idle.Wait()
	}
}

// endIfDone ends the request if nothing is in flight and the queue is empty.
// Otherwise it waits until there is something in the queue, or nothing in flight.
func (s *sender) endIfDone(r *request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.inFlight > 0 && r.next == len(r.queue) {
		s.idle.Wait()
	}
	if r.next < len(r.queue) {
		return false
	}
	s.req = nil
	return true
}

// beginFirstBuild is called in the build that hands out the Sender, before it
// does so. Until unlockBuilding nobody can use it.
func (s *sender) beginFirstBuild() {
	s.building.Lock()
	s.early = true
}

func (s *sender) unlockBuilding() {
	s.mu.Lock()
	s.early = false
	s.mu.Unlock()
	s.building.Unlock()
}

// lockBuilding waits for its turn to use the scope. A constructor that sends
// would wait for itself.
func (s *sender) lockBuilding(message reflect.Type) error {
	if s.building.TryLock() {
		return nil
	}
	if inConstructor(1) {
		return constructingError(message)
	}
	s.building.Lock()
	return nil
}

// inConstructor tells whether this goroutine is inside of a constructor that
// the same request called; own is how many builds there are on its stack else.
// It costs some microseconds, which only a goroutine pays that meets another
// build.
func inConstructor(own int) bool {
	const pkg = "github.com/digcqrs/digcqrs/cqrs."
	pcs := make([]uintptr, 512)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	builds := 0
	for {
		frame, more := frames.Next()
		name, ours := strings.CutPrefix(frame.Function, pkg)
		switch {
		case !ours:
		case name == "(*request).build":
			if builds++; builds > own {
				return true
			}
		case strings.HasSuffix(name, ".begin"), name == "(*Mediator).run", name == "(*subscription).attempt":
			return false // what is further out belongs to another request
		}
		if !more {
			return false
		}
	}
}
