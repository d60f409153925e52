// A middleware for one type of request returns what that is answered by.
package app

import (
	"context"

	"github.com/digcqrs/digcqrs/cqrs"
)

type ReadPrice struct{ cqrs.Query[int] }

func round(ctx context.Context, q ReadPrice, next func(context.Context) (string, error)) (string, error) {
	return next(ctx)
}

var middleware = cqrs.For(round)
