// A query has one result, not a stream of them.
package app

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type ReadMeeting struct{ cqrs.Query[string] }

func read(ctx context.Context, mediator *cqrs.Mediator) {
	for range cqrs.Stream(ctx, mediator, ReadMeeting{}) {
	}
}
