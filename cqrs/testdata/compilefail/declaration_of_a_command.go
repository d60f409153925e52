// Only events can be declared.
package app

import "github.com/digcqrs/digcqrs/cqrs"

type JoinMeeting struct{ cqrs.Command }

type JoinMeetingHandler struct{ cqrs.Records1[JoinMeeting] }
