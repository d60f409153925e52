// A command is not an event: it has one handler, not any number of them.
package app

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type JoinMeeting struct{ cqrs.Command }

type JoinMeetingHandler struct{}

func (h *JoinMeetingHandler) Handle(context.Context, JoinMeeting) error { return nil }

func bind(m *cqrs.EventMap) { cqrs.BindEvent[*JoinMeetingHandler](m) }
