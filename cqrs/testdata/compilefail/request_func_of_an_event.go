// A RequestFunc handles queries, and commands with a result.
package app

import "github.com/digcqrs/digcqrs/cqrs"

type UserJoined struct{ cqrs.DomainEvent }

var handler cqrs.RequestFunc[UserJoined, string]
