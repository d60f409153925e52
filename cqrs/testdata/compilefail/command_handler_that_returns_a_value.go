// A command of this kind has no result: its handler returns an error alone.
package app

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type JoinMeeting struct{ cqrs.Command }

type JoinMeetingHandler struct{}

func (h *JoinMeetingHandler) Handle(context.Context, JoinMeeting) (int, error) { return 1, nil }

func bind(m *cqrs.RequestMap) { cqrs.BindCommand[*JoinMeetingHandler](m) }
