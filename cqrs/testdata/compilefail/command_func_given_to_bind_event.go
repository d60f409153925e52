// A command is not bound as an event, although its handler has the same shape.
package app

import "github.com/digcqrs/digcqrs/cqrs"

type JoinMeeting struct{ cqrs.Command }

func bind(m *cqrs.EventMap) { cqrs.BindEvent[cqrs.CommandFunc[JoinMeeting]](m) }
