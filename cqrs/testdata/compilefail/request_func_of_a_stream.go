// A RequestFunc returns one result, and a stream has many.
package app

import "github.com/digcqrs/digcqrs/cqrs"

type ExportMeetings struct{ cqrs.StreamOf[string] }

var handler cqrs.RequestFunc[ExportMeetings, string]
