// A command with a result is sent with the function cqrs.Send, which returns it.
package app

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type OpenMeeting struct{ cqrs.CommandOf[int] }

func send(ctx context.Context, mediator *cqrs.Mediator) error {
	return mediator.Send(ctx, OpenMeeting{})
}
