// A stream is ranged over, not sent.
package app

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type Export struct{ cqrs.StreamOf[string] }

func send(ctx context.Context, mediator *cqrs.Mediator) {
	cqrs.Send(ctx, mediator, Export{})
}
