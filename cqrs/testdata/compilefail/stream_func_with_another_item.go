// A StreamFunc yields the items that its message states.
package app

import "github.com/digcqrs/digcqrs/cqrs"

type ExportMeetings struct{ cqrs.StreamOf[string] }

var handler cqrs.StreamFunc[ExportMeetings, int]
