// The result of a query has the type that the query states.
package app

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type ReadMeeting struct{ cqrs.Query[string] }

func read(ctx context.Context, mediator *cqrs.Mediator) (int, error) {
	return cqrs.Send(ctx, mediator, ReadMeeting{})
}
