// After-scope is for events: a request has no such option.
package app

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type JoinMeeting struct{ cqrs.Command }

type JoinMeetingHandler struct{}

func (h *JoinMeetingHandler) Handle(context.Context, JoinMeeting) error { return nil }

func bind(m *cqrs.RequestMap) { cqrs.BindCommand[*JoinMeetingHandler](m, cqrs.AfterScope()) }
