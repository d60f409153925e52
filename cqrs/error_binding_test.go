package cqrs_test

import (
	"errors"
	"testing"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
)

func misusesOfBindings() []misuse {
	return []misuse{
		{"duplicate_request", cqrs.ErrDuplicate, binding(func(m *cqrs.RequestMap) {
			cqrs.BindCommand[*JoinMeetingHandler](m)
			cqrs.BindCommand[*OtherJoinHandler](m)
		})},
		{"duplicate_event_handler", cqrs.ErrDuplicate, func(*testing.T) error {
			var m cqrs.EventMap
			cqrs.BindEvent[*UserJoinedHandler](&m)
			cqrs.BindEvent[*UserJoinedHandler](&m)
			return errors.Join(m.Errors()...)
		}},
		{"bound_to_pointer", cqrs.ErrPointer, binding(func(m *cqrs.RequestMap) { cqrs.BindCommand[*PointerHandler](m) })},
		{"bound_to_interface", cqrs.ErrInterface, binding(
			func(m *cqrs.RequestMap) { cqrs.BindCommand[*AnyCommandHandler](m) })},
		{"lost_events", cqrs.ErrLostEvents, binding(func(m *cqrs.RequestMap) { cqrs.BindCommand[ValueHandler](m) })},
		{"empty_target", cqrs.ErrEmptyTarget, binding(func(m *cqrs.RequestMap) {
			cqrs.BindTarget(m, cqrs.Chain(cqrs.CommandTarget[*PassingJoinHandler](), cqrs.Target[JoinMeeting, cqrs.Unit]{}))
		})},
		{"duplicate_in_target", cqrs.ErrDuplicate, binding(func(m *cqrs.RequestMap) {
			cqrs.BindTarget(m, cqrs.Chain(cqrs.CommandTarget[*PassingJoinHandler](), cqrs.CommandTarget[*PassingJoinHandler]()))
		})},
		{"duplicate_subscription", cqrs.ErrDuplicate, func(*testing.T) error {
			var m cqrs.EventMap
			cqrs.BindEvent[*UserJoinedHandler](&m, cqrs.SubscriptionName("mail"))
			cqrs.BindEvent[*MailHandler](&m, cqrs.SubscriptionName("mail"))
			return errors.Join(m.Errors()...)
		}},
		{"no_subscription", errorType[*cqrs.SubscriptionError]{}, func(t *testing.T) error {
			return subscribed(t).PublishTo(t.Context(), "male", UserJoined{})
		}},
		{"other_subscription", errorType[*cqrs.SubscriptionError]{}, func(t *testing.T) error {
			return subscribed(t).PublishTo(t.Context(), "mail", UserGreeted{})
		}},
		{"lost_events_of_receiver", cqrs.ErrLostEvents, binding(
			func(m *cqrs.RequestMap) { cqrs.BindCommand[*ValueHandler](m) })},
	}
}

// subscribed returns a mediator with a subscription named mail.
func subscribed(t *testing.T, opts ...bootstrap.Option) *cqrs.Mediator {
	a := newApp(t)
	a.provide(func() *MailHandler { return new(MailHandler) })
	a.events = append(a.events, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*MailHandler](m, cqrs.SubscriptionName("mail"))
	})
	return a.start(opts...)
}
