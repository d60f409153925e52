// A handler that declares one event cannot record another.
package app

import "github.com/digcqrs/digcqrs/cqrs"

type (
	UserJoined struct{ cqrs.DomainEvent }
	UserLeft   struct{ cqrs.DomainEvent }
)

type JoinMeetingHandler struct{ cqrs.Records1[UserJoined] }

func (h *JoinMeetingHandler) join() { h.Record(UserLeft{}) }
