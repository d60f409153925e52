package main

import (
	"context"
	"errors"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/outbox/outboxtest"
)

// JoinMeeting is a command that returns the number of a seat.
type JoinMeeting struct {
	cqrs.CommandOf[int]
	User string
}

// Invite is a command that two handlers may take.
type Invite struct {
	cqrs.Command
	User string
}

// CountGuests is a query.
type CountGuests struct{ cqrs.Query[int] }

// UserJoined and the other events report what has happened.
type UserJoined struct {
	cqrs.DomainEvent
	User string
}

type (
	SeatTaken struct{ cqrs.DomainEvent }
	Invited   struct{ cqrs.DomainEvent }
)

// Guests holds what outlives a request.
type Guests struct{ count int }

func NewGuests() *Guests { return &Guests{} }

// The handlers of the requests declare which events they record.

type JoinMeetingHandler struct {
	cqrs.Records1[UserJoined]
	guests *Guests
	tx     *outboxtest.Tx
}

func NewJoinMeetingHandler(g *Guests, tx *outboxtest.Tx) *JoinMeetingHandler {
	return &JoinMeetingHandler{guests: g, tx: tx}
}

func (h *JoinMeetingHandler) Handle(_ context.Context, c JoinMeeting) (int, error) {
	h.guests.count++
	h.Record(UserJoined{User: c.User})
	return h.guests.count, nil
}

type InviteByPhone struct{ cqrs.Records1[Invited] }

func NewInviteByPhone() *InviteByPhone { return &InviteByPhone{} }

func (*InviteByPhone) Handle(context.Context, Invite) error { return errors.New("the line is busy") }

type InviteByMail struct{ cqrs.Records1[Invited] }

func NewInviteByMail() *InviteByMail { return &InviteByMail{} }

func (h *InviteByMail) Handle(context.Context, Invite) error {
	h.Record(Invited{})
	return nil
}

type CountGuestsHandler struct{ guests *Guests }

func NewCountGuestsHandler(g *Guests) *CountGuestsHandler { return &CountGuestsHandler{guests: g} }

func (h *CountGuestsHandler) Handle(context.Context, CountGuests) (int, error) {
	return h.guests.count, nil
}

// These handle events.

type SeatHandler struct {
	cqrs.Records1[SeatTaken]
	tx *outboxtest.Tx
}

func NewSeatHandler(tx *outboxtest.Tx) *SeatHandler { return &SeatHandler{tx: tx} }

func (h *SeatHandler) Handle(context.Context, UserJoined) error {
	h.Record(SeatTaken{})
	return nil
}

type WelcomeMail struct{ tx *outboxtest.Tx }

func NewWelcomeMail(tx *outboxtest.Tx) *WelcomeMail { return &WelcomeMail{tx: tx} }

func (*WelcomeMail) Handle(context.Context, UserJoined) error { return nil }

type Chime struct{}

func NewChime() *Chime { return &Chime{} }

func (*Chime) Handle(context.Context, UserJoined) error { return nil }

type SeatPlan struct{ tx *outboxtest.Tx }

func NewSeatPlan(tx *outboxtest.Tx) *SeatPlan { return &SeatPlan{tx: tx} }

func (*SeatPlan) Handle(context.Context, SeatTaken) error { return nil }

type Invitations struct{}

func NewInvitations() *Invitations { return &Invitations{} }

func (*Invitations) Handle(context.Context, Invited) error { return nil }
