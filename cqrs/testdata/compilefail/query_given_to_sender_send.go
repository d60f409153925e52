// A query has a result, which the method Send of a Sender does not return.
package app

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type ReadMeeting struct{ cqrs.Query[string] }

func send(ctx context.Context, sender cqrs.Sender) error {
	return sender.Send(ctx, ReadMeeting{})
}
