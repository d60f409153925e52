// What is bound is the type that has the method, here the pointer.
package app

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type JoinMeeting struct{ cqrs.Command }

type JoinMeetingHandler struct{}

func (h *JoinMeetingHandler) Handle(context.Context, JoinMeeting) error { return nil }

func bind(m *cqrs.RequestMap) { cqrs.BindCommand[JoinMeetingHandler](m) }
