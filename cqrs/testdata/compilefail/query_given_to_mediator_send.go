// A query has a result, which the method Send of the mediator does not return.
package app

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type ReadMeeting struct{ cqrs.Query[string] }

func send(ctx context.Context, mediator *cqrs.Mediator) error {
	return mediator.Send(ctx, ReadMeeting{})
}
