package cqrs_test

import (
	"strings"
	"testing"

	"github.com/digcqrs/digcqrs/cqrs"
)

// Events that JSON cannot store.
type (
	RoomNotified struct {
		cqrs.DomainEvent
		Notify func()
	}
	RoomWatched struct {
		cqrs.DomainEvent
		Watchers []chan int
	}
	RoomPriced struct {
		cqrs.DomainEvent
		Price price
	}
	RoomFailed struct {
		cqrs.DomainEvent
		Err error
	}
	RoomIndexed struct {
		cqrs.DomainEvent
		Guests map[seat]string
	}
	price struct{ amount int }
	seat  struct{ Row, Column int }
)

var _ = price{}.amount // the linter does not see what reflection does

func misusesOfRegistration() []misuse {
	invalid := errorType[*cqrs.RegistrationError]{}
	events := func(register func(m *cqrs.EventMap)) func(*testing.T) error { return startingDurable(nil, register) }
	named := func(name string, former ...string) func(*testing.T) error {
		return events(func(m *cqrs.EventMap) {
			cqrs.RegisterEvent(m, cqrs.EventType[UserJoined]{Name: name, FormerNames: former})
		})
	}
	after := func(other cqrs.EventType[RoomClosed]) func(*testing.T) error {
		return events(func(m *cqrs.EventMap) {
			cqrs.RegisterEvent(m, cqrs.EventType[UserJoined]{
				Name: "meeting.user_joined", FormerNames: []string{"meeting.joined"},
			})
			cqrs.RegisterEvent(m, other)
		})
	}
	return []misuse{
		{"event_without_name", invalid, named("")},
		{"event_name_long", invalid, named(strings.Repeat("meeting", 28))},
		{"event_name_invalid", invalid, named("meeting\x00joined")},
		{"event_former_name_empty", invalid, named("meeting.user_joined", "")},
		{"event_name_twice", invalid, after(cqrs.EventType[RoomClosed]{Name: "meeting.user_joined"})},
		{"event_name_former", invalid, after(cqrs.EventType[RoomClosed]{Name: "meeting.joined"})},
		{"event_former_name_taken", invalid,
			after(cqrs.EventType[RoomClosed]{Name: "room.closed", FormerNames: []string{"meeting.user_joined"}})},
		{"event_twice", invalid, events(func(m *cqrs.EventMap) {
			cqrs.RegisterEvent(m, cqrs.EventType[UserJoined]{Name: "meeting.user_joined"})
			cqrs.RegisterEvent(m, cqrs.EventType[UserJoined]{Name: "meeting.joined"})
		})},
		{"event_interface", invalid, events(func(m *cqrs.EventMap) {
			cqrs.RegisterEvent(m, cqrs.EventType[cqrs.Event]{Name: "meeting.event"})
		})},
		{"event_pointer", invalid, events(func(m *cqrs.EventMap) {
			cqrs.RegisterEvent(m, cqrs.EventType[*UserJoined]{Name: "meeting.user_joined"})
		})},
		{"event_with_function", invalid, events(func(m *cqrs.EventMap) {
			cqrs.RegisterEvent(m, cqrs.EventType[RoomNotified]{Name: "room.notified"})
		})},
		{"event_with_channel", invalid, events(func(m *cqrs.EventMap) {
			cqrs.RegisterEvent(m, cqrs.EventType[RoomWatched]{Name: "room.watched"})
		})},
		{"event_with_unexported_field", invalid, events(func(m *cqrs.EventMap) {
			cqrs.RegisterEvent(m, cqrs.EventType[RoomPriced]{Name: "room.priced"})
		})},
		{"event_with_interface", invalid, events(func(m *cqrs.EventMap) {
			cqrs.RegisterEvent(m, cqrs.EventType[RoomFailed]{Name: "room.failed"})
		})},
		{"event_with_map", invalid, events(func(m *cqrs.EventMap) {
			cqrs.RegisterEvent(m, cqrs.EventType[RoomIndexed]{Name: "room.indexed"})
		})},
		{"command_unbound", invalid, startingDurable(func(m *cqrs.RequestMap) {
			cqrs.RegisterCommand(m, cqrs.CommandType[JoinMeeting]{Name: "meeting.join"})
		}, nil)},
		{"command_is_query", invalid, startingDurable(func(m *cqrs.RequestMap) {
			cqrs.BindRequest[*ReadMeetingHandler](m)
			cqrs.RegisterCommand(m, cqrs.CommandType[ReadMeeting]{Name: "meeting.read"})
		}, nil)},
	}
}
