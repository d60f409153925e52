// What is published embeds cqrs.DomainEvent.
package app

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type UserJoined struct{}

func publish(ctx context.Context, mediator *cqrs.Mediator) error {
	return mediator.Publish(ctx, UserJoined{})
}
