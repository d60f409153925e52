// An event is not a command: it is bound with cqrs.BindEvent.
package app

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type UserJoined struct{ cqrs.DomainEvent }

type UserJoinedHandler struct{}

func (h *UserJoinedHandler) Handle(context.Context, UserJoined) error { return nil }

func bind(m *cqrs.RequestMap) { cqrs.BindCommand[*UserJoinedHandler](m) }
