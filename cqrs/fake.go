package cqrs

import (
	"context"
	"iter"
	"reflect"

	"github.com/digcqrs/digcqrs/internal/wiring"
)

// NewFakeSender returns a Sender that passes what is sent and published to f. Tests call
// cqrstest.NewSender instead: the parameter is of an internal type.
func NewFakeSender(f wiring.Fake[Event]) Sender {
	return &fakeSender{&Mediator{fake: f, routes: newTypeTable[*endpoint](0)}}
}

// fakeSender is a Sender for tests. Its mediator has no bindings.
type fakeSender struct{ m *Mediator }

func (s *fakeSender) target() (*Mediator, *sender) { return s.m, nil }

func (s *fakeSender) Send(ctx context.Context, command Request[Unit]) error {
	_, err := s.m.fakeResult(ctx, command)
	return err
}

func (s *fakeSender) Publish(ctx context.Context, events ...Event) error {
	if ctx == nil {
		return nilContextError(nil)
	}
	if err := checkEvents(events); err != nil {
		return err
	}
	return s.m.fake.Publish(ctx, events)
}

// isFake reports whether the mediator is that of a fake Sender.
func (m *Mediator) isFake() bool { return m != nil && m.fake != nil }

// fakeResult returns the answer of a fake Sender to a command or query.
func (m *Mediator) fakeResult(ctx context.Context, message any) (any, error) {
	if err := m.checkFake(ctx, message); err != nil {
		return nil, err
	}
	return m.fake.Answer(ctx, message)
}

// fakeItems returns the answer of a fake Sender to a stream.
func (m *Mediator) fakeItems(ctx context.Context, message any) iter.Seq2[any, error] {
	if err := m.checkFake(ctx, message); err != nil {
		return func(yield func(any, error) bool) { yield(nil, err) }
	}
	return m.fake.AnswerStream(ctx, message)
}

// checkFake returns an error if a real Sender would not take the message.
func (m *Mediator) checkFake(ctx context.Context, message any) error {
	t := reflect.TypeOf(message)
	if err := m.check(ctx, t); err != nil {
		return err
	}
	if t == nil || t.Kind() == reflect.Pointer {
		return m.unroutable(t)
	}
	return nil
}

// streamFake hands out the items of a fake Sender. As with a real one, an error is the last item.
func streamFake[T any](message any, items iter.Seq2[any, error], yield func(T, error) bool) {
	if items == nil {
		var zero T
		yield(zero, nilAnswerError(reflect.TypeOf(message)))
		return
	}
	for item, err := range items {
		if err != nil {
			var zero T
			yield(zero, err)
			return
		}
		typed, _ := item.(T)
		if !yield(typed, nil) {
			return
		}
	}
}
