// A CommandFunc has no result, so it cannot handle a command that states one.
package app

import "github.com/digcqrs/digcqrs/cqrs"

type JoinMeeting struct{ cqrs.CommandOf[string] }

var handler cqrs.CommandFunc[JoinMeeting]
