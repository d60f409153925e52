package cqrs

import (
	"context"
	"errors"
	"reflect"
	"slices"
)

// A topic is the handlers of one type of event, in the order of binding, with
// those of interfaces last.
type topic struct {
	inScope    []*subscription
	afterScope []*subscription
	free       bool // none of them needs a request: see tellFree
}

func (t *topic) add(s *subscription) {
	t.free = t.free && s.isBare() && !s.afterScope
	if s.afterScope {
		t.afterScope = append(t.afterScope, s)
	} else {
		t.inScope = append(t.inScope, s)
	}
}

// A subscription is a handler of an event, or several that take turns.
type subscription struct {
	*endpoint
	only    *leaf // the handler, if it is one and nothing stands around it
	inside  Next  // nil if there is only that
	outside Next  // the middlewares around the scope, or nil
}

func (m *Mediator) subscribe(bindings []*Binding) {
	for _, b := range bindings {
		s := m.subscription(b)
		m.named[b.name] = s
		if b.message.Kind() == reflect.Interface {
			m.open = append(m.open, s)
			continue
		}
		t := m.topics[typeID(b.message)]
		if t == nil {
			t = &topic{free: true}
			m.topics[typeID(b.message)] = t
		}
		t.add(s)
	}
	if len(m.open) == 0 {
		return
	}
	met := make(map[*topic]bool)
	for _, b := range bindings {
		if t := m.topics[typeID(b.message)]; t != nil && !met[t] {
			met[t] = true
			m.addOpen(t, b.message)
		}
	}
}

func (m *Mediator) subscription(b *Binding) *subscription {
	s := &subscription{endpoint: m.endpoint(b)}
	s.outside = s.compose(s.endpoint.outside, proceed)
	leaf, one := s.step.(*leaf)
	if one && len(s.endpoint.inside) == 0 {
		s.only = leaf
	} else {
		s.inside = s.composeSteps()
	}
	return s
}

// isBare tells whether there is nothing to do but to call a handler.
func (s *subscription) isBare() bool {
	return s.free && !s.records && s.only != nil && s.outside == nil
}

// addOpen adds the subscriptions to interfaces that a type of event implements.
func (m *Mediator) addOpen(t *topic, event reflect.Type) {
	for _, s := range m.open {
		if s.takes(event) {
			t.add(s)
		}
	}
}

// topic returns the handlers of a type of event, or nil if there are none.
func (m *Mediator) topic(event reflect.Type) *topic {
	if t := m.topics[typeID(event)]; t != nil || len(m.open) == 0 {
		return t
	}
	return m.openTopic(event)
}

// openTopic returns the topic of an event that only subscriptions to interfaces
// may handle. It is made when such an event is first met.
func (m *Mediator) openTopic(event reflect.Type) *topic {
	if t, ok := m.met.Load(event); ok {
		return t.(*topic)
	}
	t := &topic{free: true}
	m.addOpen(t, event)
	if len(t.inScope)+len(t.afterScope) == 0 {
		t = nil
	}
	m.met.Store(event, t)
	return t
}

// tell has the handler told of an event in the scope of a request.
func (s *subscription) tell(ctx context.Context, r *request, e raised) (err error) {
	var told recording
	if s.outside == nil {
		told, err = s.call(ctx, r, e, true)
	} else {
		err = s.callOutside(ctx, e, true, func(ctx context.Context) (err error) {
			told, err = s.call(ctx, r, e, true)
			return err
		})
	}
	if err != nil {
		return err
	}
	return r.raise(told)
}

// alone has the handler told of an event in a scope of its own. It returns the
// events that were raised meanwhile and have after-scope handlers: those of each
// attempt that was committed, whatever middlewares make of it.
func (s *subscription) alone(ctx context.Context, e raised) (after []raised, err error) {
	if s.outside == nil {
		return s.attempt(ctx, e)
	}
	err = s.callOutside(ctx, e, false, func(ctx context.Context) error {
		more, err := s.attempt(ctx, e)
		after = append(after, more...)
		return err
	})
	return after, err
}

func (s *subscription) attempt(ctx context.Context, e raised) (after []raised, err error) {
	r := s.m.begin(ctx)
	defer r.close(ctx)
	r.now = e
	told, err := s.call(ctx, r, e, false)
	if err == nil {
		err = r.raise(told)
	}
	err = r.settle(ctx, err)
	if err == nil {
		after = slices.Clone(r.after)
	}
	r.ended = true
	return after, err
}

// callOutside calls the middlewares around the scope.
func (s *subscription) callOutside(ctx context.Context, e raised, nested bool, attempt func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = s.panicked(ctx, p)
		}
	}()
	in := newParcel(s.Binding, nil, e.event)
	in.origin, in.nested, in.proceed = e.origin, nested, attempt
	defer in.end()
	_, err = s.outside(ctx, &in.Invocation)
	return err
}

// call builds the handler and calls it, with the middlewares around both. It
// returns the events that are raised by that.
func (s *subscription) call(ctx context.Context, r *request, e raised, nested bool) (told recording, err error) {
	defer func() {
		if p := recover(); p != nil {
			told, err = recording{}, s.panicked(ctx, p)
		}
	}()
	if s.only == nil {
		return s.callInside(ctx, r, e, nested)
	}
	handler, err := s.only.build(r, s.message)
	if err != nil {
		return told, err
	}
	if _, err := s.only.call(ctx, handler, e.event); err != nil || !s.records {
		return told, failed(err)
	}
	return recording{recorded(handler), ctx}, nil
}

func (s *subscription) callInside(ctx context.Context, r *request, e raised, nested bool) (recording, error) {
	in := newParcel(s.Binding, r, e.event)
	in.origin, in.nested = e.origin, nested
	defer in.end()
	_, err := s.inside(ctx, &in.Invocation)
	in.end()
	if err != nil {
		return recording{}, err
	}
	return in.told, nil
}

// PublishTo tells one handler of an event, in a request of its own: the one
// that [EventError] names, when Publish has told the others before. The events
// that it raises go to all their handlers.
//
// If the handler fails, the error is an [*EventError]. If there is none of that
// name, or it is not for such an event, the error is a [*SubscriptionError].
func (m *Mediator) PublishTo(ctx context.Context, subscription string, event Event) error {
	switch {
	case m == nil:
		return nilMediatorError(nil)
	case ctx == nil:
		return nilContextError(nil)
	}
	if err := checkEvents([]Event{event}); err != nil {
		return err
	}
	t := reflect.TypeOf(event)
	s := m.named[subscription]
	if s == nil || !s.takes(t) {
		return m.subscriptionError(subscription, t)
	}
	after, err := s.alone(ctx, raised{event: event, origin: ctx})
	more := m.afterScope(ctx, after)
	if err == nil {
		return more
	}
	failure := s.eventError(event, err)
	if more != nil {
		return errors.Join(failure, more)
	}
	return failure
}

// takes tells whether the handler can be told of a type of event.
func (s *subscription) takes(event reflect.Type) bool {
	return event == s.message || s.message.Kind() == reflect.Interface && event.Implements(s.message)
}

func (m *Mediator) subscriptionError(name string, event reflect.Type) error {
	err := &SubscriptionError{Event: event, Subscription: name}
	if s := m.named[name]; s != nil {
		err.Takes = s.message
	}
	if t := m.topic(event); t != nil {
		for _, s := range slices.Concat(t.inScope, t.afterScope) {
			err.Known = append(err.Known, s.name)
		}
	}
	return err
}

func (s *subscription) eventError(event Event, err error) *EventError {
	return &EventError{Event: reflect.TypeOf(event), Value: event, Handler: s.Binding.handler, Subscription: s.name, Err: err}
}
