// A command is not an event, and so cannot be recorded as one.
package app

import "github.com/digcqrs/digcqrs/cqrs"

type JoinMeeting struct{ cqrs.Command }

func record(r *cqrs.EventRecorder) { r.Record(JoinMeeting{}) }
