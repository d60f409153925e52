// A handler returns the result that its message states.
package app

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type ReadMeeting struct{ cqrs.Query[string] }

type ReadMeetingHandler struct{}

func (h *ReadMeetingHandler) Handle(context.Context, ReadMeeting) (int, error) { return 1, nil }

func bind(m *cqrs.RequestMap) { cqrs.BindRequest[*ReadMeetingHandler](m) }
