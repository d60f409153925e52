package randomapp_test

import (
	"context"
	"iter"

	"github.com/digcqrs/digcqrs/cqrs"
)

// scope is the scope of a request.
type scope struct {
	m          *model
	ctx        context.Context
	ended      bool
	values     map[string]int
	finalizers []func(ctx context.Context, outcome error) error
	queue      []raised
	after      []raised
	stored     []stored
	delivery   *delivery // if it is a durable one
	counted    []*tree   // that of each event that was raised in the scope
}

// raised is an event in the queue, or in the line of deliveries after the scope.
type raised struct {
	event *message
	tree  *tree
	to    *binding // nil in the queue
}

// tree is an event with all that it leads to, which the event limit counts.
type tree struct{ count int }

// raise puts events in the queue: all of them or none. Without a tree, each is the root
// of one.
func (s *scope) raise(events []*message, t *tree) error {
	if t != nil && t.count+len(events) > s.m.world.app.limit {
		return &cqrs.EventLimitError{}
	}
	for _, e := range events {
		of := t
		if of == nil {
			of = &tree{}
		}
		of.count++
		s.counted = append(s.counted, of)
		s.queue = append(s.queue, raised{event: e, tree: of})
	}
	return nil
}

// dispatch handles the events in the queue, first in first out.
func (s *scope) dispatch() error {
	for len(s.queue) > 0 {
		r := s.queue[0]
		s.queue = s.queue[1:]
		bindings := s.m.world.app.bound(r.event)
		if len(bindings) == 0 && s.m.world.app.strict {
			return s.eventError(r, "", cqrs.ErrUnhandledEvent)
		}
		for _, b := range bindings {
			if b.stored {
				continue
			}
			if b.after {
				s.after = append(s.after, raised{r.event, r.tree, b})
				continue
			}
			p := s.m.passage(r.event, b.index)
			p.scope, p.nested, p.tree = s, true, r.tree
			if _, err := p.send(s.ctx); err != nil {
				return s.eventError(r, b.name(), err)
			}
		}
		for _, b := range bindings { // once those in the scope have succeeded
			if b.stored {
				s.stored = append(s.stored, stored{r.event, b})
			}
		}
	}
	return nil
}

func (s *scope) eventError(r raised, subscription string, err error) error {
	e := &cqrs.EventError{Value: eventValue(r.event), Subscription: subscription, Err: err}
	for _, missed := range s.queue {
		e.NotDelivered = append(e.NotDelivered, slots[event][missed.event.key].typ)
	}
	return e
}

// value returns the number of a scoped value, which is built if there is none yet, and
// before it what it needs.
func (s *scope) value(name string, needs ...string) (int, error) {
	if n, ok := s.values[name]; ok {
		return n, nil
	}
	for _, other := range needs {
		if _, err := s.value(other); err != nil {
			return 0, err
		}
	}
	n, err := s.m.world.construct(s.ctx, name)
	if err != nil {
		return 0, err
	}
	s.values[name] = n
	s.finalizers = append(s.finalizers, func(ctx context.Context, outcome error) error {
		return s.m.world.finalize(ctx, name, n, outcome)
	})
	return n, nil
}

// handler builds a handler, and before it what it needs.
func (s *scope) handler(l leaf) (uses string, err error) {
	n := 0
	switch l {
	case full:
		n, err = s.value("outer", "inner")
		uses = usesOuter(n)
	case some:
		n, err = s.value("inner")
		uses = usesInner(n)
	default:
		uses = usesNothing
	}
	if err == nil && l != solo {
		_, err = s.m.world.construct(noContext, handlerName(l))
	}
	return uses, err
}

// modelSender sends within a scope. What it raises belongs to the tree.
type modelSender struct {
	*scope
	tree *tree
}

func (s *modelSender) passage(msg *message) *passage {
	p := s.m.passage(msg, 0)
	p.scope, p.nested, p.tree = s.scope, true, s.tree
	return p
}

func (s *modelSender) send(ctx context.Context, msg *message) (any, error) {
	if s.ended {
		return zero(msg.kind), cqrs.ErrRequestEnded
	}
	return s.passage(msg).send(ctx)
}

func (s *modelSender) stream(ctx context.Context, msg *message) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		if s.ended {
			yield(0, cqrs.ErrRequestEnded)
			return
		}
		s.passage(msg).stream(ctx, yield)
	}
}

func (s *modelSender) publish(_ context.Context, events []*message) error {
	if s.ended {
		return cqrs.ErrRequestEnded
	}
	return s.raise(events, s.tree)
}
