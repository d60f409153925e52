// BindCommand is for commands without a result, BindRequest for all else.
package app

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type ReadMeeting struct{ cqrs.Query[string] }

type ReadMeetingHandler struct{}

func (*ReadMeetingHandler) Handle(context.Context, ReadMeeting) (string, error) { return "", nil }

func bind(m *cqrs.RequestMap) { cqrs.BindCommand[*ReadMeetingHandler](m) }
