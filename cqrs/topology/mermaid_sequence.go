package topology

import (
	"slices"
	"strings"
)

// MermaidSequence returns a sequence diagram of one message in the language of Mermaid: what
// happens, in order, from the call that sends the request, ranges over the stream or publishes the
// event, if everything succeeds. It shows the middleware, the scopes with what the container builds
// in them and finalizes, the handlers, the events that these declare to record, and their
// deliveries in the scope, after it, and by a relay. An event that is recorded again is not followed
// again.
//
// The message is named as in the description, or by the end of that name: Join or app.Join for
// example.com/app.Join. MermaidSequence returns a [*MessageError] if no message has the name, or if
// several have.
func (a Application) MermaidSequence(message string) (string, error) {
	name, err := a.find(message)
	if err != nil {
		return "", err
	}
	s := newSequence(a)
	for _, r := range a.Requests {
		if r.Message == name {
			s.send(r)
			return s.text(), nil
		}
	}
	s.publish(name)
	return s.text(), nil
}

// send writes what happens if a request is sent.
func (s *sequence) send(r Request) {
	call := "Send "
	if r.Kind == Stream {
		call = "range over Stream "
	}
	s.call(caller, mediator, call+s.labels.of(r.Message))
	s.enclose(r.Middleware, "the scope of "+s.labels.of(r.Message), func(in *scene) {
		if r.Kind == Stream {
			s.stream(in, r)
			return
		}
		s.dispatch(in, s.handle(in, r.Middleware, r.Plan, r.Message, r.Result))
	})
	s.back(mediator, caller, returned(s.labels, r))
	s.deliverLater()
}

func returned(l labels, r Request) string {
	if r.Result == "" || r.Kind == Stream {
		return "done"
	}
	return l.of(r.Result)
}

// publish writes what happens if an event is published.
func (s *sequence) publish(event string) {
	s.call(caller, mediator, "Publish "+s.labels.of(event))
	s.enclose(nil, "the scope of the call", func(in *scene) { s.dispatch(in, []string{event}) })
	s.back(mediator, caller, "done")
	s.deliverLater()
}

// enclose writes the middleware around a scope, the scope, and what follows after it.
func (s *sequence) enclose(all []Middleware, title string, inside func(*scene)) {
	s.wrapped(all, AroundScope, func() {
		s.box("219, 234, 254, 0.45", title, inside)
		s.deliverAfter()
	})
}

// box writes a scope.
func (s *sequence) box(color, title string, inside func(*scene)) {
	s.line("  rect rgba(%s)", color)
	s.note(scope, title)
	in := s.scene()
	inside(in)
	if last := in.close(); len(last) > 0 {
		s.note(scope, "finalize "+strings.Join(last, ", "))
	}
	s.line("  end")
}

// handle writes the middleware in a scope and the handlers of a message. It returns the events that
// these record.
func (s *sequence) handle(in *scene, all []Middleware, p Plan, message, result string) (recorded []string) {
	s.wrapped(all, AroundHandler, func() {
		for _, m := range all {
			if built := in.build(m.Component); len(built) > 0 && m.Around == AroundHandler {
				s.note(scope, "build "+strings.Join(built, ", "))
			}
		}
		recorded = s.plan(in, p, message, result)
	})
	return recorded
}

// plan writes the calls of the handlers of a plan.
func (s *sequence) plan(in *scene, p Plan, message, result string) (recorded []string) {
	if p.Handler != nil {
		return s.handler(in, *p.Handler, message, result)
	}
	for i, part := range p.Of {
		switch {
		case i == 0:
		case p.Kind == Fallback:
			s.line("  opt if it failed")
		default:
			s.line("  opt if it is not handled")
		}
		for _, e := range s.plan(in, part, message, result) {
			if !slices.Contains(recorded, e) {
				recorded = append(recorded, e)
			}
		}
	}
	for range len(p.Of) - 1 {
		s.line("  end")
	}
	return recorded
}

func (s *sequence) handler(in *scene, h Handler, message, result string) []string {
	if built := in.build(h.Component); len(built) > 0 {
		s.call(scope, handler, "build "+strings.Join(built, ", "))
	}
	s.call(mediator, handler, s.labels.of(h.Type)+": "+s.labels.of(message))
	var answer []string
	if result != "" {
		answer = append(answer, "returns "+s.labels.of(result))
	}
	if len(h.Records) > 0 {
		answer = append(answer, "records "+s.labels.list(h.Records))
	}
	if len(answer) > 0 {
		s.back(handler, mediator, answer...)
	}
	return h.Records
}

// stream writes the items of a stream.
func (s *sequence) stream(in *scene, r Request) {
	var records []string
	for _, h := range r.Plan.Handlers() {
		records = append(records, h.Records...)
	}
	s.handle(in, r.Middleware, r.Plan, r.Message, "")
	s.line("  loop each item")
	s.back(handler, mediator, s.labels.of(r.Result))
	stored := s.collect(in, records)
	s.back(mediator, caller, s.labels.of(r.Result))
	s.line("  end")
	s.store(in, stored)
}
