// A binding names the type of the handler, not its constructor.
package app

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type JoinMeeting struct{ cqrs.Command }

type JoinMeetingHandler struct{}

func NewJoinMeetingHandler() *JoinMeetingHandler { return &JoinMeetingHandler{} }

func (*JoinMeetingHandler) Handle(context.Context, JoinMeeting) error { return nil }

func bind(m *cqrs.RequestMap) { cqrs.BindCommand(m, NewJoinMeetingHandler) }
