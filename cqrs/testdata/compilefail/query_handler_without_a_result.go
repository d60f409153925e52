// A handler of a query returns its result.
package app

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type ReadMeeting struct{ cqrs.Query[string] }

type ReadMeetingHandler struct{}

func (h *ReadMeetingHandler) Handle(context.Context, ReadMeeting) error { return nil }

func bind(m *cqrs.RequestMap) { cqrs.BindCommand[*ReadMeetingHandler](m) }
