// An EventFunc handles events.
package app

import "github.com/digcqrs/digcqrs/cqrs"

type JoinMeeting struct{ cqrs.Command }

var handler cqrs.EventFunc[JoinMeeting]
