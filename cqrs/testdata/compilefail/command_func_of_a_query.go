// A CommandFunc handles commands without a result.
package app

import "github.com/digcqrs/digcqrs/cqrs"

type ReadMeeting struct{ cqrs.Query[string] }

var handler cqrs.CommandFunc[ReadMeeting]
