// A RequestFunc returns the result that its message states.
package app

import "github.com/digcqrs/digcqrs/cqrs"

type ReadMeeting struct{ cqrs.Query[string] }

var handler cqrs.RequestFunc[ReadMeeting, int]
