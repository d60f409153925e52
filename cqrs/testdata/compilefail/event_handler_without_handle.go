// A handler of an event has a method Handle.
package app

import "github.com/digcqrs/digcqrs/cqrs"

type Nobody struct{}

func bind(m *cqrs.EventMap) { cqrs.BindEvent[*Nobody](m) }
