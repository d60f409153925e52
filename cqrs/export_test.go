package cqrs

import "reflect"

// HasShortWay reports whether requests of the message's type can take the short way.
func HasShortWay(m *Mediator, message any) bool {
	return m.routes[typeID(reflect.TypeOf(message))].short != nil
}
