// A CommandFunc handles commands.
package app

import "github.com/digcqrs/digcqrs/cqrs"

type UserJoined struct{ cqrs.DomainEvent }

var handler cqrs.CommandFunc[UserJoined]
