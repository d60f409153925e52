package cqrs

import (
	"context"
	"errors"
	"reflect"
)

// subscription is the endpoint of an event.
type subscription struct{ *endpoint }

func (m *Mediator) subscribe(bindings []*Binding) {
	for _, b := range bindings {
		s := &subscription{m.endpoint(b)}
		m.named[b.name] = s
		if b.message.Kind() == reflect.Interface {
			m.open = append(m.open, s)
			continue
		}
		t := m.topics.get(b.message)
		if t == nil {
			t = &topic{free: true}
			m.topics.set(b.message, t)
		}
		t.add(s)
	}
	if len(m.open) == 0 {
		return
	}
	met := make(map[*topic]bool)
	for _, b := range bindings {
		if t := m.topics.get(b.message); t != nil && !met[t] {
			met[t] = true
			m.addOpen(t, b.message)
		}
	}
}

// isBare reports whether delivering an event means no more than calling one handler.
func (s *subscription) isBare() bool {
	return s.free && s.inScope == nil && s.aroundScope == nil && !s.one.records
}

// addOpen adds the subscriptions to those interfaces that a type of event implements.
func (m *Mediator) addOpen(t *topic, event reflect.Type) {
	for _, s := range m.open {
		if s.takes(event) {
			t.add(s)
		}
	}
}

// topic returns the handlers of a type of event, or nil if there are none.
func (m *Mediator) topic(event reflect.Type) *topic {
	if t := m.topics.get(event); t != nil || len(m.open) == 0 {
		return t
	}
	return m.openTopic(event)
}

// openTopic returns the topic of an event that only subscriptions to interfaces may handle.
// It is created when such an event first occurs.
func (m *Mediator) openTopic(event reflect.Type) *topic {
	if t, ok := m.met.Load(event); ok {
		return t.(*topic)
	}
	t := &topic{free: true}
	m.addOpen(t, event)
	if len(t.names()) == 0 {
		t = nil
	}
	m.met.Store(event, t)
	return t
}

// deliver delivers an event in the scope of a request.
func (s *subscription) deliver(ctx context.Context, r *request, e queued) error {
	_, events, err := s.callNested(ctx, frame{lease: r.lease()}, e.event, e.origin)
	if err != nil {
		return err
	}
	return r.raiseHere(events)
}

// delivered is what a delivery in a scope of its own has led to, besides its error.
type delivered struct {
	after    []queued // the follow-up events with after-scope subscriptions, of all committed attempts
	reported bool     // a middleware has reported the failure: see Settled
	trace    *trace   // that records the delivery, or nil
}

// deliverAlone delivers an event in a scope of its own.
func (s *subscription) deliverAlone(ctx context.Context, e queued, to *delivered) error {
	if s.aroundScope == nil {
		return s.attempt(ctx, e, to, 0)
	}
	open := func(ctx context.Context, in *Invocation) (any, error) {
		return nil, s.attempt(ctx, e, to, in.repeats.Load())
	}
	in := newInvocationWith(s.endpoint, frame{}, e.event, extra{origin: e.origin, open: open, trace: to.trace})
	defer func() { to.reported = in.extra.reported }()
	_, err := startAroundScope(ctx, in)
	return err
}

func (s *subscription) attempt(ctx context.Context, e queued, to *delivered, repeats int32) error {
	r, ctx := s.m.begin(ctx, s.Binding, to.trace)
	defer r.close(ctx)
	r.queue.now = e
	committed := false
	defer func() {
		if !committed {
			r.queue.uncount(e.own)
		}
	}()
	_, err := s.handleIn(ctx, frame{lease: r.lease(), repeats: repeats}, e.event, e.origin)
	if err = r.settle(ctx, err); err == nil {
		to.after = append(to.after, r.after...)
		committed = true
	}
	return err
}

// PublishTo delivers an event to one subscription, in a request of its own. Use it to
// retry an after-scope delivery that failed: [EventError] holds the name of the
// subscription and the event. Events that the handler records go to all their handlers.
// For a durable subscription the event is stored, and delivered later.
//
// If the handler fails, the error is an [*EventError]. If the event has no subscription
// of that name, the error is a [*SubscriptionError].
func (m *Mediator) PublishTo(ctx context.Context, subscription string, event Event) error {
	if err := m.check(ctx, nil); err != nil {
		return err
	}
	if err := checkEvents([]Event{event}); err != nil {
		return err
	}
	t := reflect.TypeOf(event)
	s := m.named[subscription]
	if s == nil || !s.takes(t) {
		return m.subscriptionError(subscription, t)
	}
	call := m.calls.begin()
	if call == nil {
		return closedError(t)
	}
	defer m.calls.end(call)
	e := queued{event: event, origin: ctx}
	if s.isDurable() {
		return m.publishLater(ctx, s, e)
	}
	return m.call(ctx, "PublishTo", event, func(ctx context.Context, t *trace) error {
		return m.publishAlone(ctx, s, e, t)
	})
}

// publishLater stores an event for one durable subscription.
func (m *Mediator) publishLater(ctx context.Context, s *subscription, e queued) error {
	return m.call(ctx, "PublishTo", e.event, func(ctx context.Context, t *trace) error {
		err, _ := m.run(ctx, nil, t, func(ctx context.Context, r *request) error { return r.store(ctx, e, []*subscription{s}) })
		return err
	})
}

// publishAlone delivers an event to one subscription, and then its follow-up events to
// their after-scope subscriptions, even if the handler ends the goroutine.
func (m *Mediator) publishAlone(ctx context.Context, s *subscription, e queued, t *trace) (err error) {
	e.causation()
	to := delivered{trace: t}
	attempted, returned := false, false
	defer func() {
		if !returned { // a handler or a middleware ends the goroutine
			m.lose(ctx, s.Binding, err)
		}
	}()
	defer func() {
		if more := m.deliverAfterScope(ctx, s.Binding, to.after, t); err == nil {
			err = more
		} else if more != nil {
			err = errors.Join(err, more)
		}
		returned = attempted
	}()
	if err = s.deliverAlone(ctx, e, &to); err != nil {
		err = s.eventError(e.event, err)
	}
	attempted = true
	return err
}

// takes reports whether the subscription receives events of the given type.
func (s *subscription) takes(event reflect.Type) bool {
	return event == s.message || s.message.Kind() == reflect.Interface && event.Implements(s.message)
}

func (m *Mediator) subscriptionError(name string, event reflect.Type) error {
	err := &SubscriptionError{Event: event, Subscription: name}
	if s := m.named[name]; s != nil {
		err.Takes = s.message
	}
	if t := m.topic(event); t != nil {
		err.Known = t.names()
	}
	return err
}

func (s *subscription) eventError(event Event, err error) *EventError {
	return &EventError{
		Event: reflect.TypeOf(event), Value: event, Handler: s.Binding.handler, Subscription: s.name, Err: err,
	}
}
