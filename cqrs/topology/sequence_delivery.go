package topology

import (
	"slices"
	"strings"
)

// deliverAfter writes the deliveries after a scope.
func (s *sequence) deliverAfter() {
	for len(s.after) > 0 {
		next := s.after[0]
		s.after = s.after[1:]
		s.deliverAlone("254, 243, 199, 0.5", "after the scope: a scope of its own", next)
	}
}

// deliverAlone writes a delivery in a scope of its own.
func (s *sequence) deliverAlone(color, title string, r receipt) {
	s.wrapped(r.to.Middleware, AroundScope, func() {
		s.box(color, title, func(in *scene) {
			stored := s.collect(in, s.handle(in, r.to.Middleware, r.to.Plan, r.event, ""))
			if r.to.Mode == Durable {
				s.journal(in, "complete the delivery")
			}
			s.store(in, stored)
		})
	})
}

// deliverLater writes the deliveries of the relay.
func (s *sequence) deliverLater() {
	for len(s.later) > 0 {
		next := s.later[0]
		s.later = s.later[1:]
		if s.received[next.to.Name] {
			continue
		}
		s.received[next.to.Name] = true
		s.call(relay, journal, "claim "+s.labels.of(next.event), "for "+next.to.label())
		s.call(relay, mediator, "")
		s.deliverAlone("220, 252, 231, 0.5", "later, in any process: a scope of its own", next)
		s.deliverAfter()
	}
}

// dispatch writes the deliveries of events in a scope, and what it stores.
func (s *sequence) dispatch(in *scene, events []string) { s.store(in, s.collect(in, events)) }

// collect writes the deliveries of events in a scope, first in, first out. It returns the events that
// the scope stores, and remembers all other deliveries.
func (s *sequence) collect(in *scene, queue []string) (stored []receipt) {
	for len(queue) > 0 {
		message := queue[0]
		queue = queue[1:]
		e := s.events[message]
		if e == nil {
			continue
		}
		if s.followed[message] {
			s.note(mediator, s.labels.of(message)+" again: as above")
			continue
		}
		s.followed[message] = true
		for _, to := range s.subscriptions(e) {
			switch to.Mode {
			case AfterScope:
				s.after = append(s.after, receipt{message, to})
			case Durable:
				stored = append(stored, receipt{message, to})
			default:
				queue = append(queue, s.handle(in, nested(to.Middleware), to.Plan, message, "")...)
			}
		}
	}
	return stored
}

// nested returns the middleware of what is handled in the scope of something else: it has no scope of
// its own, so all of it is around the handler.
func nested(all []Middleware) []Middleware {
	all = slices.Clone(all)
	for i := range all {
		all[i].Around = AroundHandler
	}
	return all
}

// subscriptions returns the subscriptions that receive an event.
func (s *sequence) subscriptions(e *Event) []*Subscription {
	var all []*Subscription
	for i := range e.Subscriptions {
		all = append(all, &e.Subscriptions[i])
	}
	for _, name := range e.ByInterface {
		if to := s.subscribed[name]; to != nil {
			all = append(all, to)
		}
	}
	return all
}

// store writes what the journal stores.
func (s *sequence) store(in *scene, stored []receipt) {
	if len(stored) == 0 {
		return
	}
	var parts []string
	for _, r := range stored {
		parts = append(parts, s.labels.of(r.event)+" for "+r.to.Name)
	}
	s.journal(in, "store "+strings.Join(parts, ", "))
	s.later = append(s.later, stored...)
}

func (s *sequence) journal(in *scene, text string) {
	if built := in.build(s.app.Journal); len(built) > 0 {
		s.call(scope, journal, "build "+strings.Join(built, ", "))
	}
	s.call(scope, journal, text)
}
