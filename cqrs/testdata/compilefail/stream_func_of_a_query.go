// A StreamFunc handles streams.
package app

import "github.com/digcqrs/digcqrs/cqrs"

type ReadMeeting struct{ cqrs.Query[string] }

var handler cqrs.StreamFunc[ReadMeeting, string]
